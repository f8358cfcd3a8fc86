#include <espalier/training/trainer.h>

#include <gtest/gtest.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include <espalier/base/error.h>
#include <espalier/ops/platform.h>
#include <espalier/training/checkpoint.h>
#include <espalier/training/metrics_log.h>

#include "tests/training/toy_task.h"
#include "tests/training/training_test_support.h"

namespace espalier::training {
namespace {

using test::ToyTask;

TrainerOptions small_options() {
  return {.batch_size = 10,
          .epochs = 6,
          .seed = 3,
          .clipping = {.limit = 0.5},
          .schedule_by_epoch = exponential_decay(0.9),
          .schedule_by_step = linear_warm_up(7)};
}

void expect_same_run(const TrainingResult& actual, const Task& actual_task,
                     const TrainingResult& expected, const Task& expected_task) {
  ASSERT_EQ(actual.epochs.size(), expected.epochs.size());
  for (std::size_t i = 0; i < actual.epochs.size(); ++i) {
    EXPECT_EQ(actual.epochs[i].train_loss, expected.epochs[i].train_loss) << "epoch " << i + 1;
    EXPECT_EQ(actual.epochs[i].dev, expected.epochs[i].dev) << "epoch " << i + 1;
  }
  EXPECT_EQ(actual.best_epoch, expected.best_epoch);
  EXPECT_EQ(actual.test, expected.test);
  for (std::size_t i = 0; i < actual_task.parameters().size(); ++i) {
    EXPECT_TRUE(bitwise_equal(actual_task.parameters()[i].variable.value(),
                              expected_task.parameters()[i].variable.value()));
  }
}

// Throws after a number of steps: a crash that the test survives.
class Crash : public Reporter {
 public:
  struct Now {};
  explicit Crash(int steps) : steps_(steps) {}
  void on_step(const StepReport&) override {
    if (--steps_ == 0) throw Now();
  }

 private:
  int steps_;
};

TEST(TrainerTest, Learns) {
  ToyTask task;
  const double before = task.evaluate(Split::kDev).at("mse");
  const TrainingResult result = Trainer(small_options()).fit(task);
  ASSERT_EQ(result.epochs.size(), 6u);
  EXPECT_LT(result.epochs.back().train_loss, 0.9 * result.epochs.front().train_loss);
  EXPECT_LT(result.test.at("mse"), before);
  EXPECT_FALSE(result.stopped_early);
}

TEST(TrainerTest, AnEpochShowsEveryExampleOnceInAnOrderOfItsOwn) {
  class Watching : public ToyTask {
   public:
    Variable loss(std::span<const std::uint32_t> examples, Rng& rng) override {
      seen.insert(seen.end(), examples.begin(), examples.end());
      sizes.push_back(examples.size());
      return ToyTask::loss(examples, rng);
    }
    std::vector<std::uint32_t> seen;
    std::vector<std::size_t> sizes;
  };
  Watching task;
  TrainerOptions options = small_options();
  options.epochs = 2;
  Trainer(options).fit(task);
  EXPECT_EQ(task.sizes, (std::vector<std::size_t>{10, 10, 10, 10, 7, 10, 10, 10, 10, 7}));
  const auto half = task.seen.begin() + ToyTask::kTrain;
  EXPECT_FALSE(std::equal(task.seen.begin(), half, half));
  for (auto begin : {task.seen.begin(), half}) {
    std::vector<std::uint32_t> order(begin, begin + ToyTask::kTrain);
    std::ranges::sort(order);
    for (std::uint32_t i = 0; i < ToyTask::kTrain; ++i) EXPECT_EQ(order[i], i);
  }
}

TEST(TrainerTest, TheTrainLossIsTheMeanOverExamples) {
  ToyTask task;
  task.spoil_loss = [&](float) { return task.num_losses == 5 ? 57.0f : 10.0f; };  // 7 of 47.
  TrainerOptions options = small_options();
  options.epochs = 1;
  const TrainingResult result = Trainer(options).fit(task);
  EXPECT_DOUBLE_EQ(result.epochs[0].train_loss, 10.0 + 47.0 * 7.0 / 47.0);
}

TEST(TrainerTest, ARunKilledAnywhereAndResumedGivesTheSameBits) {
  ToyTask whole;
  const TrainingResult expected = Trainer(small_options()).fit(whole);
  for (int steps = 1; steps <= 30; ++steps) {  // 5 steps an epoch.
    const test::TemporaryFolder folder;
    TrainerOptions options = small_options();
    options.checkpoint = folder / "toy.safetensors";
    options.checkpoint_steps = 2;
    Crash crash(steps);
    options.reporters = {&crash};
    ToyTask first;
    EXPECT_THROW(Trainer(options).fit(first), Crash::Now);

    options.reporters = {};
    ToyTask second;
    const TrainingResult actual = Trainer(options).fit(second);
    SCOPED_TRACE(message("after ", steps, " steps"));
    EXPECT_LE(second.num_losses, 30u - static_cast<std::size_t>(steps) + 2u);
    expect_same_run(actual, second, expected, whole);
  }
}

TEST(TrainerTest, SavesByTheClock) {
  const test::TemporaryFolder folder;
  TrainerOptions options = small_options();
  options.checkpoint = folder / "toy.safetensors";
  options.checkpoint_interval = std::chrono::milliseconds(1);
  Crash crash(4);
  options.reporters = {&crash};
  ToyTask task;
  task.spoil_loss = [](float x) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    return x;
  };
  EXPECT_THROW(Trainer(options).fit(task), Crash::Now);
  EXPECT_EQ(load_checkpoint(options.checkpoint).run.step, 3u);
}

// In a child, which must not live on as a second test program: hence noexcept.
[[noreturn]] void train_and_exit(const TrainerOptions& options) noexcept {
  ToyTask task;
  task.spoil_loss = [](float x) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return x;
  };
  Trainer(options).fit(task);
  ::_exit(0);
}

TEST(TrainerTest, SurvivesBeingKilledAgainAndAgain) {
  ToyTask whole;
  const TrainingResult expected = Trainer(small_options()).fit(whole);
  const test::TemporaryFolder folder;
  TrainerOptions options = small_options();
  options.checkpoint = folder / "toy.safetensors";
  options.checkpoint_steps = 1;
  MetricsLog log(folder / "log.jsonl");
  options.reporters = {&log};

  Rng rng(5);
  int num_kills = 0;
  for (bool finished = false; !finished && num_kills < 300;) {
    const pid_t child = ::fork();
    if (child == 0) train_and_exit(options);
    std::this_thread::sleep_for(std::chrono::microseconds(5000 + rng.below(25000)));
    ::kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    finished = WIFEXITED(status);
    num_kills += finished ? 0 : 1;
  }
  ToyTask task;
  const TrainingResult actual = Trainer(options).fit(task);
  EXPECT_GT(num_kills, 0);
  expect_same_run(actual, task, expected, whole);

  const std::string lines = test::read_file(folder / "log.jsonl");
  EXPECT_EQ(std::ranges::count(lines, '\n'), 7);
  EXPECT_TRUE(test::contains(lines, "{\"event\":\"result\",\"split\":\"test\"")) << lines;
}

TEST(TrainerTest, GoesOnWhenThereAreMoreEpochs) {
  ToyTask whole;
  const TrainingResult expected = Trainer(small_options()).fit(whole);
  const test::TemporaryFolder folder;
  TrainerOptions options = small_options();
  options.checkpoint = folder / "toy.safetensors";
  options.epochs = 2;
  ToyTask first;
  Trainer(options).fit(first);
  options.epochs = 6;
  ToyTask second;
  expect_same_run(Trainer(options).fit(second), second, expected, whole);

  ToyTask third;  // Nothing is left to do.
  expect_same_run(Trainer(options).fit(third), third, expected, whole);
  EXPECT_EQ(third.num_losses, 0u);

  options.resume = false;
  ToyTask fourth;
  expect_same_run(Trainer(options).fit(fourth), fourth, expected, whole);
  EXPECT_EQ(fourth.num_losses, 30u);
}

TEST(TrainerTest, KeepsTheBestEpochAndStopsWhenPatienceEnds) {
  ToyTask task;
  task.scores = {0.5, 0.3, 0.4, std::nan(""), 0.35, 0.1};
  TrainerOptions options = small_options();
  options.patience = 3;
  NamedTensors second_epoch;
  options.on_epoch = [&](const EpochReport& epoch) {
    if (epoch.epoch == 2) second_epoch = clone_values(task.parameters());
  };
  const TrainingResult result = Trainer(options).fit(task);
  EXPECT_TRUE(result.stopped_early);
  EXPECT_EQ(result.epochs.size(), 5u);
  EXPECT_EQ(result.best_epoch, 2u);
  for (const NamedParameter& p : task.parameters()) {
    EXPECT_TRUE(bitwise_equal(p.variable.value(), second_epoch.at(p.name)));
  }
}

TEST(TrainerTest, AResumedRunRemembersTheBestEpochAndItsPatience) {
  const std::vector<double> scores{0.1, 0.5, 0.4, 0.3, 0.35, 0.2};
  TrainerOptions options = small_options();
  options.patience = 4;
  ToyTask whole;
  whole.scores = scores;
  const TrainingResult expected = Trainer(options).fit(whole);
  EXPECT_EQ(expected.best_epoch, 1u);
  EXPECT_EQ(expected.epochs.size(), 5u);

  const test::TemporaryFolder folder;
  options.checkpoint = folder / "toy.safetensors";
  Crash crash(12);  // In the third epoch.
  options.reporters = {&crash};
  ToyTask first;
  first.scores = scores;
  EXPECT_THROW(Trainer(options).fit(first), Crash::Now);
  options.reporters = {};
  ToyTask second;
  second.scores.assign(scores.begin() + 2, scores.end());
  expect_same_run(Trainer(options).fit(second), second, expected, whole);
}

TEST(TrainerTest, SchedulesSeeEveryEpochAndStep) {
  std::vector<std::uint64_t> epochs;
  std::vector<std::uint64_t> steps;
  TrainerOptions options = small_options();
  options.epochs = 2;
  options.schedule_by_epoch = [&](std::uint64_t time) {
    epochs.push_back(time);
    return 1.0;
  };
  options.schedule_by_step = [&](std::uint64_t time) {
    steps.push_back(time);
    return 1.0;
  };
  ToyTask task;
  Trainer(options).fit(task);
  EXPECT_EQ(epochs, (std::vector<std::uint64_t>{0, 0, 0, 0, 0, 1, 1, 1, 1, 1}));
  EXPECT_EQ(steps, (std::vector<std::uint64_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
}

TEST(TrainerTest, ALossThatIsNoNumberNamesEpochAndBatch) {
  ToyTask task;
  task.spoil_loss = [&](float x) { return task.num_losses == 8 ? std::nanf("") : x; };
  const std::string text = test::error_of<Error>([&] { Trainer(small_options()).fit(task); });
  EXPECT_TRUE(test::contains(text, "epoch 2, batch 3 of 5: the loss is nan")) << text;
}

TEST(TrainerTest, AStepWithoutAFiniteGradientIsSkippedAndCounted) {
  ToyTask task;
  task.spoil_gradient = [&](Tensor& gradient) {
    if (task.num_losses <= 2) gradient.data()[0] = std::numeric_limits<float>::infinity();
  };
  TrainerOptions options = small_options();
  options.epochs = 2;
  const TrainingResult result = Trainer(options).fit(task);
  EXPECT_EQ(result.epochs[0].skipped_steps, 2u);
  EXPECT_EQ(result.epochs[1].skipped_steps, 0u);
  EXPECT_EQ(task.optimizer().state().counters.at("0/steps"), 8u);
  for (const float w : task.parameters()[0].variable.value().flat()) EXPECT_TRUE(std::isfinite(w));
}

TEST(TrainerTest, RefusesACheckpointOfAnotherRun) {
  const test::TemporaryFolder folder;
  TrainerOptions options = small_options();
  options.epochs = 1;
  options.checkpoint = folder / "toy.safetensors";
  ToyTask task;
  Trainer(options).fit(task);
  const auto error_with = [&](const TrainerOptions& changed, const std::string& configuration) {
    ToyTask other;
    other.configuration_ = configuration;
    return test::error_of<Error>([&] { Trainer(changed).fit(other); });
  };
  const std::string same = task.configuration();
  EXPECT_TRUE(test::contains(error_with(options, R"({"model":"HAN"})"), "of the model \"Toy\""));
  TrainerOptions changed = options;
  changed.seed = 4;
  EXPECT_TRUE(test::contains(error_with(changed, same), "a run with seed 3, expected 4"));
  changed = options;
  changed.batch_size = 11;
  EXPECT_TRUE(test::contains(error_with(changed, same), "a run with batch size 10, expected 11"));
  changed = options;
  changed.patience = 2;
  EXPECT_TRUE(test::contains(error_with(changed, same), "patience 0, expected 2"));
  changed = options;
  changed.clipping.limit = 1.0;
  EXPECT_TRUE(test::contains(error_with(changed, same), "clipping 0.5 by norm of all gradients"));
  changed = options;
  changed.settings = {{"decay", "0.9"}};
  EXPECT_TRUE(test::contains(error_with(changed, same), "decay none, expected 0.9"));
}

TEST(TrainerTest, ARunThatIsStoppedAnywhereAndResumedGivesTheSameBits) {
  ToyTask whole;
  const TrainingResult expected = Trainer(small_options()).fit(whole);
  for (std::size_t steps = 1; steps <= 30; ++steps) {  // 5 steps an epoch.
    const test::TemporaryFolder folder;
    TrainerOptions options = small_options();
    options.checkpoint = folder / "toy.safetensors";
    ToyTask first;
    options.stop = [&] { return first.num_losses >= steps; };
    const TrainingResult stopped = Trainer(options).fit(first);
    EXPECT_TRUE(stopped.interrupted);
    EXPECT_TRUE(stopped.test.empty());
    EXPECT_EQ(first.num_losses, steps);

    options.stop = {};
    ToyTask second;
    const TrainingResult actual = Trainer(options).fit(second);
    SCOPED_TRACE(message("after ", steps, " steps"));
    EXPECT_EQ(second.num_losses, 30 - steps);  // None is done again.
    EXPECT_FALSE(actual.interrupted);
    expect_same_run(actual, second, expected, whole);
  }
}

TEST(TrainerTest, ASecondRunOnACheckpointIsRefused) {
  const test::TemporaryFolder folder;
  TrainerOptions options = small_options();
  options.checkpoint = folder / "toy.safetensors";
  std::string refusal;
  options.on_epoch = [&](const EpochReport& epoch) {
    if (epoch.epoch > 1) return;
    ToyTask second;
    TrainerOptions same = small_options();
    same.checkpoint = options.checkpoint;
    refusal = test::error_of<FileError>([&] { Trainer(same).fit(second); });
    EXPECT_EQ(second.num_losses, 0u);
  };
  ToyTask task;
  Trainer(options).fit(task);
  EXPECT_TRUE(test::contains(refusal, "toy.safetensors: another run is at work")) << refusal;
  EXPECT_EQ(folder.num_files(), 1u);
}

TEST(TrainerTest, AnOldCheckpointIsNotReplacedByUntrainedParameters) {
  const test::TemporaryFolder folder;
  TrainerOptions options = small_options();
  options.checkpoint = folder / "toy.safetensors";
  ToyTask task;
  Trainer(options).fit(task);
  const std::string before = test::read_file(options.checkpoint);
  options.resume = false;
  Crash crash(1);
  options.reporters = {&crash};
  ToyTask second;
  EXPECT_THROW(Trainer(options).fit(second), Crash::Now);
  EXPECT_EQ(test::read_file(options.checkpoint), before);
}

TEST(TrainerTest, TellsAndRecordsWhatMayChange) {
  class Notices : public Reporter {
   public:
    void on_notice(std::string_view notice) override { all.emplace_back(notice); }
    std::vector<std::string> all;
  };
  const test::TemporaryFolder folder;
  TrainerOptions options = small_options();
  options.epochs = 2;
  options.checkpoint = folder / "toy.safetensors";
  ToyTask first;
  Trainer(options).fit(first);
  Notices notices;
  options.reporters = {&notices};
  options.epochs = 3;
  ToyTask second;
  Trainer(options).fit(second);
  ASSERT_EQ(notices.all.size(), 1u);
  EXPECT_TRUE(test::contains(notices.all[0], "the number of epochs was 2, now 3"));
  const RunState run = load_checkpoint(options.checkpoint).run;
  EXPECT_EQ(run.num_epochs, 3u);
  EXPECT_EQ(run.changes,
            std::vector<std::string>{"the number of epochs was 2, now 3 after epoch 2"});
  EXPECT_EQ(run.platform, platform());
}

TEST(TrainerTest, FindsOutAtOnceThatItCannotSave) {
  TrainerOptions options = small_options();
  options.checkpoint = "/no/such/folder/toy.safetensors";
  ToyTask task;
  EXPECT_THROW(Trainer(options).fit(task), FileError);
  EXPECT_EQ(task.num_losses, 0u);
}

TEST(TrainerTest, RefusesWhatCannotBeTrained) {
  EXPECT_THROW(Trainer({.batch_size = 0}), OptionError);
  EXPECT_THROW(Trainer({.reporters = {nullptr}}), OptionError);
  ToyTask task;
  task.selection_metric_ = "accuracy";
  const std::string text = test::error_of<OptionError>([&] { Trainer(small_options()).fit(task); });
  EXPECT_EQ(text, "trainer: no metric \"accuracy\" on the dev split; there are: mse");
}

}  // namespace
}  // namespace espalier::training
