#include <espalier/models/thread_classifier.h>

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include <espalier/base/error.h>
#include <espalier/datasets/generated_threads.h>
#include <espalier/training/model_task.h>

#include "tests/support/errors.h"

namespace espalier::models {
namespace {

class ThreadClassifierTest : public testing::Test {
 protected:
  ThreadClassifierTest()
      : splits_(datasets::generate_threads(
            {.num_train = 6, .num_dev = 2, .num_test = 2, .min_comments = 3, .max_comments = 9})) {
    for (const LabelledThread& thread : splits_.train) threads_.push_back(&thread);
  }

  ThreadClassifierOptions options(ThreadStates states, ThreadReadout readout) const {
    return {.num_words = static_cast<int>(splits_.vocabulary.size()),
            .word_size = 5,
            .num_classes = 4,
            .hidden_size = 6,
            .states = states,
            .readout = readout};
  }

  datasets::ThreadDataset splits_;
  std::vector<const LabelledThread*> threads_;
  Rng rng_{1};
};

constexpr ThreadStates kAllStates[] = {ThreadStates::kForward, ThreadStates::kBackward,
                                       ThreadStates::kBoth, ThreadStates::kNone};

TEST_F(ThreadClassifierTest, LossIsTheMeanOfMinusLogP) {
  for (const ThreadStates states : kAllStates) {
    const ThreadClassifier model(options(states, ThreadReadout::kClasses), rng_);
    const ThreadBatch batch = model.batch(threads_);
    const Tensor p = model.probabilities(batch);
    double sum = 0, count = 0;
    for (NodeId v = 0; v < batch.num_nodes(); ++v) {
      if (batch.labels[v] == kNoLabel) continue;
      sum -= std::log(static_cast<double>(p.at(v, static_cast<std::size_t>(batch.labels[v]))));
      ++count;
    }
    EXPECT_NEAR(static_cast<double>(model.loss(batch, rng_).value().flat()[0]), sum / count, 1e-5);
  }
}

TEST_F(ThreadClassifierTest, LevelsAreProbabilitiesOfBeingAboveEach) {
  const ThreadClassifier model(options(ThreadStates::kBoth, ThreadReadout::kLevels), rng_);
  const ThreadBatch batch = model.batch(threads_);
  const Tensor p = model.probabilities(batch);
  const auto classes = model.classes(batch);
  for (std::size_t v = 0; v < p.rows(); ++v) {
    float sum = 0, above = 1;
    std::int32_t level = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      EXPECT_GE(p.at(v, k), 0.0f);
      sum += p.at(v, k);
      above -= p.at(v, k);
      if (level == static_cast<std::int32_t>(k) && k < 3 && above > 0.5f) ++level;
    }
    EXPECT_NEAR(sum, 1.0f, 1e-6f);
    EXPECT_EQ(classes[v], level);
  }
  EXPECT_GT(model.loss(batch, rng_).value().flat()[0], 0.0f);
}

TEST_F(ThreadClassifierTest, AThreadIsClassifiedAsWellAloneAsInABatch) {
  const ThreadClassifier model(options(ThreadStates::kBoth, ThreadReadout::kClasses), rng_);
  const Tensor together = model.probabilities(model.batch(threads_));
  std::size_t first = 0;
  for (const LabelledThread*& thread : threads_) {
    const Tensor alone = model.probabilities(model.batch({&thread, 1}));
    for (std::size_t v = 0; v < alone.rows(); ++v) {
      for (std::size_t k = 0; k < 4; ++k) {
        EXPECT_EQ(alone.at(v, k), together.at(first + v, k));
      }
    }
    first += alone.rows();
  }
}

TEST_F(ThreadClassifierTest, EvaluatesClassesOrLevels) {
  const ThreadClassifier model(options(ThreadStates::kBoth, ThreadReadout::kClasses), rng_);
  const ThreadBatch batch = model.batch(threads_);
  const std::vector<std::int32_t> predicted = model.classes(batch);
  std::vector<LabelledThread> threads;
  for (const LabelledThread* thread : threads_) threads.push_back(*thread);
  EXPECT_EQ(training::evaluate(model, threads),
            (training::Metrics{{"accuracy", training::accuracy(predicted, batch.labels)},
                               {"macro_f1", training::macro_f1(predicted, batch.labels)},
                               {"weighted_f1", training::weighted_f1(predicted, batch.labels)}}));
  const ThreadEvaluation levels(ThreadMetrics::kLevels);
  EXPECT_EQ(levels.selection_metric(), "weighted_f1");
  const training::LevelF1 expected = training::level_f1(predicted, batch.labels, 4);
  EXPECT_EQ(training::evaluate(model, threads, levels),
            (training::Metrics{{"accuracy", training::accuracy(predicted, batch.labels)},
                               {"macro_f1", expected.mean},
                               {"weighted_f1", expected.weighted_mean}}));
  EXPECT_TRUE(training::evaluate(model, {}).empty());
}

TEST_F(ThreadClassifierTest, OptionsComeBackFromJson) {
  ThreadClassifierOptions some = options(ThreadStates::kBackward, ThreadReadout::kLevels);
  some.edges = ReplyEdges::kChain;
  some.candidate = Candidate::kTanh;
  some.null_state = NullState::kTrained;
  some.dropout = 0.25f;
  const std::string text = to_json(some);
  const auto back = from_json<ThreadClassifierOptions>(text, "test");
  EXPECT_EQ(back.states, some.states);
  EXPECT_EQ(back.edges, some.edges);
  EXPECT_EQ(back.readout, some.readout);
  EXPECT_EQ(to_json(back), text);
  EXPECT_THROW(from_json<ThreadClassifierOptions>("{}", "test"), ParseError);
}

TEST_F(ThreadClassifierTest, RefusesWhatDoesNotFit) {
  ThreadClassifierOptions some = options(ThreadStates::kBoth, ThreadReadout::kClasses);
  some.num_classes = 1;
  EXPECT_EQ(test::error_of<OptionError>([&] { ThreadClassifier(some, rng_); }),
            "num_classes is 1, expected 2 or more");
  some.num_classes = 4;
  some.num_features = 2;
  const ThreadClassifier model(some, rng_);
  EXPECT_THROW(model.batch(threads_), ShapeError);
  LabelledThread damaged = splits_.train[0];
  damaged.labels.pop_back();
  const LabelledThread* const pointer = &damaged;
  EXPECT_THROW(ThreadBatch({&pointer, 1}, 0), GraphError);
}

}  // namespace
}  // namespace espalier::models
