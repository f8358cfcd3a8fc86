#include <espalier/models/sequence_classifier.h>

#include <gtest/gtest.h>

#include <espalier/base/error.h>
#include <espalier/ops/gradient_check.h>
#include <espalier/ops/training_mode.h>
#include <espalier/training/trainer.h>

#include "tests/models/sequences.h"
#include "tests/support/errors.h"

namespace espalier::models {
namespace {

using Task = training::ModelTask<SequenceClassifier>;

SequenceClassifierOptions small_options(Readout readout) {
  return {.num_words = 9,
          .input_size = 3,
          .num_classes = 3,
          .readout = readout,
          .encoder = {.hidden_size = 2, .num_layers = 2, .bidirectional = true}};
}

// For every step, or for the sequence.
std::vector<test::Vector> reference_logits(const SequenceClassifierOptions& options,
                                           const test::Values& values,
                                           const LabelledSequence& sequence) {
  const test::ReferenceStack states =
      test::reference_stack(options.encoder, values, "encoder",
                            test::look_up(values.at("embedding.weight"), sequence.words));
  if (options.readout == Readout::kSummary) {
    return {test::affine(values, "classifier", states.summary(options.encoder.bidirectional))};
  }
  std::vector<test::Vector> logits;
  for (std::size_t t = 0; t < sequence.words.size(); ++t) {
    logits.push_back(test::affine(values, "classifier", test::row(states.h, t)));
  }
  return logits;
}

class SequenceClassifierTest : public testing::TestWithParam<Readout> {
 protected:
  const SequenceClassifierOptions options_ = small_options(GetParam());
  const std::vector<LabelledSequence> sequences_ = test::random_sequences(12, 9, 3, 5, 1);
  Rng rng_{1};
};
INSTANTIATE_TEST_SUITE_P(Readouts, SequenceClassifierTest,
                         testing::Values(Readout::kSteps, Readout::kSummary), [](const auto& test) {
                           return test.param == Readout::kSteps ? "Steps" : "Summary";
                         });

TEST_P(SequenceClassifierTest, AgreesWithTheEquations) {
  for (const RecurrentKind kind :
       {RecurrentKind::kRNN, RecurrentKind::kLSTM, RecurrentKind::kGRU}) {
    for (const bool bidirectional : {false, true}) {
      SequenceClassifierOptions options = options_;
      options.encoder.kind = kind;
      options.encoder.bidirectional = bidirectional;
      const SequenceClassifier model(options, rng_);
      test::draw_parameters(model, rng_);
      const test::Values values = test::values_of(model, {});
      const SequenceWords batch(test::pointers_to(sequences_));
      const Tensor actual = model.logits(batch, rng_).value().clone();
      std::size_t row = 0;
      for (const LabelledSequence& sequence : sequences_) {
        for (const test::Vector& expected : reference_logits(options, values, sequence)) {
          for (std::size_t c = 0; c < 3; ++c) EXPECT_NEAR(actual.at(row, c), expected[c], 2e-6);
          ++row;
        }
      }
      EXPECT_EQ(row, actual.rows());
    }
  }
}

TEST_P(SequenceClassifierTest, LossIsTheMeanOverWhatIsLabelled) {
  const SequenceClassifier model(options_, rng_);
  test::draw_parameters(model, rng_);
  const test::Values values = test::values_of(model, {});
  double sum = 0.0, count = 0.0;
  for (const LabelledSequence& sequence : sequences_) {
    const std::vector<test::Vector> logits = reference_logits(options_, values, sequence);
    std::vector<std::int32_t> labels = sequence.labels;
    if (GetParam() == Readout::kSummary) {
      std::erase(labels, kNoLabel);
      labels = {labels.empty() ? kNoLabel : labels.back()};
    }
    for (std::size_t i = 0; i < labels.size(); ++i) {
      if (labels[i] == kNoLabel) continue;
      sum -= test::log_probability(logits[i], static_cast<std::size_t>(labels[i]));
      count += 1.0;
    }
  }
  ASSERT_GT(count, 5.0);
  const SequenceWords batch(test::pointers_to(sequences_));
  EXPECT_NEAR(model.loss(batch, rng_).item(), sum / count, 2e-6);
}

TEST_P(SequenceClassifierTest, GradientsMatchFiniteDifferences) {
  const SequenceClassifier model(options_, rng_);
  test::draw_parameters(model, rng_);
  const SequenceWords batch(test::pointers_to(sequences_));
  const GradientCheck check =
      check_gradients([&] { return model.loss(batch, rng_); }, model.parameters());
  EXPECT_TRUE(check.ok) << check.to_string();
  EXPECT_EQ(check.num_checked, model.num_parameters());
}

TEST_P(SequenceClassifierTest, HasTheSameBitsAtAnyNumberOfThreads) {
  const std::vector<LabelledSequence> sequences = test::random_sequences(70, 9, 3, 30, 2);
  const SequenceWords batch(test::pointers_to(sequences));
  SequenceClassifierOptions options = options_;
  options.encoder.hidden_size = 20;
  options.encoder.dropout = 0.2f;
  options.dropout = 0.3f;
  const auto make = [&] {
    Rng rng(2);
    return SequenceClassifier(options, rng);
  };
  test::expect_same_bits_at_1_2_and_4_threads(make, [&](const SequenceClassifier& model) {
    Rng rng(3);
    return model.loss(batch, rng);
  });
}

TEST_P(SequenceClassifierTest, SaysOfASequenceWhatItSaysOfItAlone) {
  SequenceClassifierOptions options = options_;
  options.encoder.hidden_size = 19;
  const SequenceClassifier model(options, rng_);
  const std::vector<LabelledSequence> sequences = test::random_sequences(40, 9, 3, 12, 3);
  const Tensor together = model.probabilities(SequenceWords(test::pointers_to(sequences)));
  std::size_t row = 0;
  for (const LabelledSequence& sequence : sequences) {
    const LabelledSequence* const one = &sequence;
    const Tensor alone = model.probabilities(SequenceWords({&one, 1}));
    for (std::size_t r = 0; r < alone.rows(); ++r, ++row) {
      for (std::size_t c = 0; c < 3; ++c) EXPECT_EQ(alone.at(r, c), together.at(row, c));
    }
  }
  EXPECT_EQ(row, together.rows());
}

TEST_P(SequenceClassifierTest, DropsInTrainingAlone) {
  SequenceClassifierOptions options = options_;
  options.dropout = 0.5f;
  const SequenceClassifier model(options, rng_);
  const SequenceWords batch(test::pointers_to(sequences_));
  const Training training;
  EXPECT_FALSE(bitwise_equal(model.logits(batch, rng_).value(), model.logits(batch, rng_).value()));
  EXPECT_TRUE(bitwise_equal(model.probabilities(batch), model.probabilities(batch)));
}

TEST_P(SequenceClassifierTest, EvaluatesEverySequence) {
  const SequenceClassifier model(options_, rng_);
  test::draw_parameters(model, rng_);
  const std::vector<LabelledSequence> sequences = test::random_sequences(200, 9, 3, 4, 4);
  const SequenceWords batch(test::pointers_to(sequences));
  const Tensor p = model.probabilities(batch);
  const PoolVector<std::int32_t> labels = model.labels(batch);
  double num_right = 0.0, num_labelled = 0.0;
  for (std::size_t r = 0; r < p.rows(); ++r) {
    if (labels[r] == kNoLabel) continue;
    num_labelled += 1.0;
    const auto best = std::ranges::max_element(p.row(r)) - p.row(r).begin();
    if (best == labels[r]) num_right += 1.0;
  }
  const training::Metrics metrics = training::evaluate(model, sequences);
  EXPECT_EQ(metrics.size(), 2u);
  EXPECT_EQ(metrics.at("accuracy"), num_right / num_labelled);
  EXPECT_GT(metrics.at("macro_f1"), 0.0);
  EXPECT_TRUE(training::evaluate(model, {}).empty());
}

TEST_P(SequenceClassifierTest, OptionsComeBackFromJson) {
  SequenceClassifierOptions options = options_;
  options.dropout = 0.25f;
  const auto back = from_json<SequenceClassifierOptions>(to_json(options), "test");
  EXPECT_EQ(back.num_words, 9);
  EXPECT_EQ(back.input_size, 3);
  EXPECT_EQ(back.num_classes, 3);
  EXPECT_EQ(back.readout, GetParam());
  EXPECT_EQ(back.dropout, 0.25f);
  EXPECT_EQ(to_json(back.encoder), to_json(options.encoder));
  for (const char* text : {"{\"num_words\": 3}", "{", "[]", "{\"num_words\": \"many\"}"}) {
    const std::string error = test::error_of<ParseError>(
        [&] { from_json<SequenceClassifierOptions>(text, "model.safetensors"); });
    EXPECT_EQ(error.find("model.safetensors: "), 0u) << error;
  }
}

// The class of a sequence of marks and noise is the mark that came first: to be remembered.
std::vector<LabelledSequence> first_marks(std::size_t count, Readout readout, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<LabelledSequence> sequences(count);
  for (LabelledSequence& s : sequences) {
    const auto mark = static_cast<std::uint32_t>(random() % 3);
    s.words = {mark};
    for (std::size_t t = 1 + random() % 5; t > 0; --t) {
      s.words.push_back(static_cast<std::uint32_t>(3 + random() % 6));
    }
    const auto label = static_cast<std::int32_t>(mark);
    s.labels.assign(s.words.size(), readout == Readout::kSteps ? label : kNoLabel);
    s.labels.back() = label;
  }
  return sequences;
}

TEST_P(SequenceClassifierTest, LearnsToRemember) {
  SequenceClassifierOptions options = options_;
  options.input_size = 8;
  options.encoder = {.kind = RecurrentKind::kGRU, .hidden_size = 12};
  const SequenceClassifier model(options, rng_);
  const std::vector<LabelledSequence> train = first_marks(300, GetParam(), 5);
  const std::vector<LabelledSequence> dev = first_marks(100, GetParam(), 6);
  Task task(model, {train, dev, dev}, {.learning_rate = 0.02, .l2 = 0.0, .adam = true}, "{}");
  EXPECT_LT(training::evaluate(model, dev).at("accuracy"), 0.7);
  const training::TrainingResult result =
      training::Trainer({.batch_size = 20, .epochs = 10}).fit(task);
  EXPECT_GT(result.epochs.front().train_loss, result.epochs.back().train_loss);
  EXPECT_EQ(task.evaluate(Split::kTrain).at("accuracy"), 1.0);
  EXPECT_GT(result.test.at("accuracy"), 0.98);
  EXPECT_EQ(result.test, task.evaluate(Split::kDev));
  const std::vector<std::uint32_t> some = {0, 2};
  EXPECT_EQ(task.num_nodes(some), train[0].words.size() + train[2].words.size());
}

TEST_P(SequenceClassifierTest, RefusesWhatCannotBe) {
  const auto option_error = [&](const auto& change) {
    SequenceClassifierOptions options = options_;
    change(options);
    return test::error_of<OptionError>([&] { SequenceClassifier(options, rng_); });
  };
  using Options = SequenceClassifierOptions;
  EXPECT_EQ(option_error([](Options& o) { o.num_words = 0; }).find("num_words is 0, expected"), 0u);
  EXPECT_EQ(option_error([](Options& o) { o.input_size = -1; }).find("input_size is -1, expected"),
            0u);
  EXPECT_EQ(option_error([](Options& o) { o.num_classes = 1; }),
            "num_classes is 1, expected 2 or more");
  EXPECT_EQ(option_error([](Options& o) { o.dropout = 1.0f; }),
            "dropout is 1, expected at least 0 and less than 1");
  EXPECT_EQ(option_error([](Options& o) {
              o.encoder.hidden_size = 0;
            }).find("hidden_size is 0, expected"),
            0u);

  const SequenceClassifier model(options_, rng_);
  std::vector<LabelledSequence> bad = {{.words = {1, 9}, .labels = {0, 0}}};
  EXPECT_EQ(test::error_of<ShapeError>(
                [&] { model.probabilities(SequenceWords(test::pointers_to(bad))); }),
            "embedding: id 9 at position 1, expected less than 9");
  bad[0] = {.words = {1, 2}, .labels = {0}};
  EXPECT_EQ(test::error_of<ShapeError>([&] { SequenceWords(test::pointers_to(bad)); }),
            "a sequence of 2 words has 1 labels, expected one for each word");
  bad[0] = {.words = {1, 2}, .labels = {0, 3}};
  const std::string expected = "sequence 0 has label 3, expected a class below 3, or -1 for none";
  EXPECT_EQ(test::error_of<ShapeError>([&] { training::evaluate(model, bad); }), expected);
  EXPECT_EQ(test::error_of<ShapeError>([&] {
              Task(model, {sequences_, bad, {}}, {}, "{}");
            }),
            expected);
  EXPECT_EQ(test::error_of<OptionError>([&] { Task(model, {}, {}, "{}"); }),
            "no examples to train on");
}

}  // namespace
}  // namespace espalier::models
