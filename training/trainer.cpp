#include <espalier/training/trainer.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include <espalier/base/error.h>
#include <espalier/ops/training_mode.h>
#include <espalier/training/checkpoint.h>
#include <espalier/training/early_stopping.h>
#include <espalier/training/internal/file_lock.h>
#include <espalier/training/internal/resumption.h>

namespace espalier::training {
namespace {

using Clock = std::chrono::steady_clock;

// Sets the trainer's random streams apart from those that a model may draw from the same seed.
constexpr std::uint64_t kTrainerStream = 0x747261696e657200;

double factor(const LearningRateSchedule& schedule, std::uint64_t time) {
  return schedule == nullptr ? 1.0 : schedule(time);
}

Metrics evaluate(Task& task, Split split) {
  const Answering answering;
  return task.evaluate(split);
}

double selection_score(const Task& task, const Metrics& dev) {
  const auto found = dev.find(task.selection_metric());
  if (found != dev.end()) return found->second;
  std::string names;
  for (const auto& [name, value] : dev) names += " " + name;
  throw OptionError(message("trainer: no metric \"", task.selection_metric(),
                            "\" on the dev split; there are:", names));
}

Settings settings_of(const Clipping& clipping) {
  if (!std::isfinite(clipping.limit)) return {{"clipping", "none"}};
  const char* const by = clipping.by == Clipping::By::kGlobalNorm ? "norm of all gradients"
                         : clipping.by == Clipping::By::kNorm     ? "norm of each gradient"
                                                                  : "value";
  return {{"clipping", message(setting(clipping.limit), " by ", by)}};
}

// One call of fit().
class Run {
 public:
  Run(const TrainerOptions& options, Task& task);
  TrainingResult operator()();

 private:
  void start();
  void resume();
  void save();
  bool finished() const { return state_.epoch >= options_.epochs || early_stopping_.should_stop(); }
  bool is_stopped();

  void train_epoch();
  void train_step();
  void update_parameters(const Variable& loss);
  void clear_gradients() const;
  void end_epoch();
  bool checkpoint_is_due() const;
  double nodes_per_second() const;
  void report_step() const;

  const TrainerOptions& options_;
  Task& task_;
  EarlyStopping early_stopping_;
  RunState state_;
  NamedTensors best_parameters_;
  std::optional<FileLock> lock_;  // Of the checkpoint.
  bool stopped_ = false;

  std::uint64_t num_steps_;           // In an epoch.
  std::vector<std::uint32_t> order_;  // Of the examples in this epoch.
  Rng epoch_rng_{0};
  std::uint64_t steps_since_save_ = 0;
  Clock::time_point saved_at_ = Clock::now();
};

Run::Run(const TrainerOptions& options, Task& task)
    : options_(options), task_(task), early_stopping_(options.patience, task.higher_is_better()) {
  const std::size_t num_examples = task.num_examples();
  if (num_examples == 0 || num_examples > std::numeric_limits<std::uint32_t>::max()) {
    throw OptionError(message("trainer: ", num_examples, " examples, expected 1 to ",
                              std::numeric_limits<std::uint32_t>::max()));
  }
  task.check_trainable();
  state_.seed = options.seed;
  state_.batch_size = options.batch_size;
  state_.num_examples = num_examples;
  state_.settings = options.settings;
  state_.settings.emplace("patience", message(options.patience));
  for (const Settings& settings : {task.settings(), settings_of(options.clipping)}) {
    state_.settings.insert(settings.begin(), settings.end());
  }
  state_.num_epochs = options.epochs;
  state_.platform = platform();
  num_steps_ = (num_examples - 1) / options.batch_size + 1;
  order_.resize(num_examples);
}

TrainingResult Run::operator()() {
  start();
  clear_gradients();  // Of whatever was done with the model before.
  while (!finished() && !is_stopped()) train_epoch();
  if (stopped_) {
    return {.epochs = state_.history, .best_epoch = state_.best_epoch, .interrupted = true};
  }

  if (!best_parameters_.empty()) {
    load_parameters(task_.parameters(), best_parameters_, "the best epoch");
  }
  TrainingResult result{.epochs = state_.history,
                        .best_epoch = state_.best_epoch,
                        .stopped_early = state_.epoch < options_.epochs,
                        .test = evaluate(task_, Split::kTest)};
  for (Reporter* reporter : options_.reporters) reporter->on_result(result.test);
  return result;
}

// What is wrong with the checkpoint or what reporters write is better known now than after an
// epoch.
void Run::start() {
  const bool is_kept = !options_.checkpoint.empty();
  bool is_there = false;
  if (is_kept) {
    lock_.emplace(options_.checkpoint);
    is_there = std::filesystem::is_regular_file(options_.checkpoint);
    state_.data = task_.data_fingerprint();
    if (options_.resume && is_there) resume();
  }
  for (Reporter* reporter : options_.reporters) reporter->on_start(state_.history);
  // Another run's checkpoint is better than parameters that have learnt nothing.
  if (is_kept && (options_.resume || !is_there)) save();
}

bool Run::is_stopped() {
  if (options_.stop && options_.stop()) stopped_ = true;
  return stopped_;
}

void Run::resume() {
  const std::string source = options_.checkpoint.string();
  Checkpoint checkpoint = load_checkpoint(options_.checkpoint);
  check_configuration(checkpoint, task_.configuration(), source);
  const Resumption resumption = check_resumption(checkpoint.run, state_, source);
  if (checkpoint.run.step > num_steps_) {
    throw Error(message(source, ": a run at step ", checkpoint.run.step, ", expected at most ",
                        num_steps_));
  }
  if (!checkpoint.best_parameters.empty()) {
    check_names_and_shapes(checkpoint.best_parameters, shapes_of(task_.parameters()), source);
  }
  load_parameters(task_.parameters(), checkpoint.parameters, source);
  task_.optimizer().load_state(checkpoint.optimizer, source + ": the optimizer's state");
  best_parameters_ = std::move(checkpoint.best_parameters);
  RunState begun = std::exchange(state_, std::move(checkpoint.run));
  state_.settings = std::move(begun.settings);
  state_.data = std::move(begun.data);
  state_.num_epochs = begun.num_epochs;
  state_.platform = std::move(begun.platform);
  early_stopping_.set_state(state_.early_stopping);

  const std::string when = message(" after epoch ", state_.epoch);
  for (const std::string& change : resumption.changes) state_.changes.push_back(change + when);
  for (const auto* notices : {&resumption.unchecked, &resumption.changes}) {
    for (const std::string& notice : *notices) {
      for (Reporter* reporter : options_.reporters) {
        reporter->on_notice(message(source, ": ", notice));
      }
    }
  }
}

void Run::save() {
  if (options_.checkpoint.empty()) return;
  save_checkpoint(options_.checkpoint, {.configuration = task_.configuration(),
                                        .parameters = alias_values(task_.parameters()),
                                        .best_parameters = alias(best_parameters_),
                                        .optimizer = task_.optimizer().state(),
                                        .run = state_});
  steps_since_save_ = 0;
  saved_at_ = Clock::now();
}

void Run::train_epoch() {
  epoch_rng_ = Rng(options_.seed).fork(kTrainerStream).fork(state_.epoch);
  std::iota(order_.begin(), order_.end(), std::uint32_t{0});
  Rng shuffling = epoch_rng_;
  shuffling.shuffle(std::span(order_));
  while (state_.step < num_steps_) {
    train_step();
    report_step();
    if (is_stopped()) return save();
    if (state_.step < num_steps_ && checkpoint_is_due()) save();
  }
  end_epoch();
}

void Run::train_step() {
  const Clock::time_point start = Clock::now();
  const std::size_t begin = state_.step * options_.batch_size;
  const std::size_t size = std::min(options_.batch_size, order_.size() - begin);
  const std::span<const std::uint32_t> examples = std::span(order_).subspan(begin, size);

  Rng rng = epoch_rng_.fork(state_.step);
  const Variable loss = [&] {
    const Training training;
    return task_.loss(examples, rng);
  }();
  const auto value = static_cast<double>(loss.item());
  if (!std::isfinite(value)) {
    throw Error(message("epoch ", state_.epoch + 1, ", batch ", state_.step + 1, " of ", num_steps_,
                        ": the loss is ", value, ", expected a number; the learning rate may be ",
                        "too high"));
  }
  update_parameters(loss);

  ++state_.step;
  ++steps_since_save_;
  state_.loss_sum += value * static_cast<double>(size);
  state_.nodes += task_.num_nodes(examples);
  state_.seconds += std::chrono::duration<double>(Clock::now() - start).count();
}

void Run::update_parameters(const Variable& loss) {
  loss.backward();
  Optimizer& optimizer = task_.optimizer();
  if (std::isfinite(clip(optimizer.parameters(), options_.clipping))) {
    const std::uint64_t time = state_.epoch * num_steps_ + state_.step;
    optimizer.set_learning_rate_factor(factor(options_.schedule_by_epoch, state_.epoch) *
                                       factor(options_.schedule_by_step, time));
    optimizer.step();
  } else {
    ++state_.skipped_steps;
  }
  // After a skipped step, and of frozen parameters, there is something left.
  clear_gradients();
}

void Run::clear_gradients() const {
  for (const NamedParameter& p : task_.parameters()) p.variable.clear_gradient();
}

void Run::end_epoch() {
  EpochReport report{.epoch = state_.epoch + 1,
                     .train_loss = state_.loss_sum / static_cast<double>(order_.size()),
                     .dev = evaluate(task_, Split::kDev),
                     .seconds = state_.seconds,
                     .nodes_per_second = nodes_per_second(),
                     .skipped_steps = state_.skipped_steps};
  if (early_stopping_.update(selection_score(task_, report.dev))) {
    best_parameters_ = clone_values(task_.parameters());
    state_.best_epoch = report.epoch;
  }
  state_.early_stopping = early_stopping_.state();
  state_.epoch = report.epoch;
  state_.step = 0;
  state_.loss_sum = 0.0;
  state_.seconds = 0.0;
  state_.nodes = 0;
  state_.skipped_steps = 0;
  state_.history.push_back(report);
  save();  // Before the reports: a log that is written anew on resuming then misses nothing.
  for (Reporter* reporter : options_.reporters) reporter->on_epoch(report);
  if (options_.on_epoch) options_.on_epoch(report);
}

bool Run::checkpoint_is_due() const {
  if (options_.checkpoint.empty()) return false;
  const bool by_steps =
      options_.checkpoint_steps > 0 && steps_since_save_ >= options_.checkpoint_steps;
  const bool by_time = options_.checkpoint_interval.count() > 0 &&
                       Clock::now() - saved_at_ >= options_.checkpoint_interval;
  return by_steps || by_time;
}

double Run::nodes_per_second() const {
  return state_.seconds > 0.0 ? static_cast<double>(state_.nodes) / state_.seconds : 0.0;
}

void Run::report_step() const {
  const std::uint64_t num_done =
      state_.step < num_steps_ ? state_.step * options_.batch_size : order_.size();
  const StepReport report{.epoch = state_.epoch + 1,
                          .num_epochs = options_.epochs,
                          .step = state_.step,
                          .num_steps = num_steps_,
                          .mean_loss = state_.loss_sum / static_cast<double>(num_done),
                          .seconds = state_.seconds,
                          .nodes_per_second = nodes_per_second()};
  for (Reporter* reporter : options_.reporters) reporter->on_step(report);
}

}  // namespace

Trainer::Trainer(TrainerOptions options) : options_(std::move(options)) {
  if (options_.batch_size == 0) throw OptionError("trainer: batch size 0, expected at least 1");
  if (std::ranges::find(options_.reporters, nullptr) != options_.reporters.end()) {
    throw OptionError("trainer: a null reporter");
  }
}

TrainingResult Trainer::fit(Task& task) const { return Run(options_, task)(); }

}  // namespace espalier::training
