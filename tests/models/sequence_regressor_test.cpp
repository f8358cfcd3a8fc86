#include <espalier/models/sequence_regressor.h>

#include <gtest/gtest.h>

#include <espalier/base/error.h>
#include <espalier/ops/gradient_check.h>
#include <espalier/ops/loss.h>
#include <espalier/training/trainer.h>

#include "tests/models/sequences.h"
#include "tests/support/errors.h"

namespace espalier::models {
namespace {

using Task = training::ModelTask<SequenceRegressor>;

SequenceRegressorOptions small_options() {
  return {.input_size = 3, .encoder = {.hidden_size = 2, .num_layers = 2, .bidirectional = true}};
}

// Of 0 .. max_length steps.
std::vector<Tensor> random_inputs(std::size_t count, std::size_t features, std::size_t max_length,
                                  Rng& rng) {
  std::vector<Tensor> inputs;
  for (std::size_t i = 0; i < count; ++i) {
    inputs.push_back(normal_tensor({rng.below(max_length + 1), features}, 1.0f, rng));
  }
  return inputs;
}

std::vector<RegressionExample> examples_of(const std::vector<Tensor>& inputs,
                                           const std::vector<float>& targets) {
  std::vector<RegressionExample> examples;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    examples.push_back({inputs[i].clone(), targets[i]});
  }
  return examples;
}

class SequenceRegressorTest : public testing::Test {
 protected:
  Rng rng_{1};
  const std::vector<Tensor> inputs_ = random_inputs(9, 3, 5, rng_);
  const std::vector<float> targets_ = std::vector<float>(9, 0.5f);
};

TEST_F(SequenceRegressorTest, AgreesWithTheEquations) {
  for (const bool bidirectional : {false, true}) {
    SequenceRegressorOptions options = small_options();
    options.encoder.bidirectional = bidirectional;
    const SequenceRegressor model(options, rng_);
    test::draw_parameters(model, rng_);
    const test::Values values = test::values_of(model, {});
    const Tensor actual = model.predict(test::pointers_to(inputs_));
    ASSERT_EQ(actual.shape(), (Shape{9, 1}));
    double squares = 0.0;
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      const test::ReferenceStack states =
          test::reference_stack(options.encoder, values, "encoder", test::Matrix(inputs_[i]));
      const double expected = test::affine(values, "output", states.summary(bidirectional))[0];
      EXPECT_NEAR(actual.at(i, 0), expected, 2e-6);
      squares += (expected - 0.5) * (expected - 0.5);
    }
    const std::vector<RegressionExample> examples = examples_of(inputs_, targets_);
    Task task(model, {examples, {}, {}}, {}, "{}");
    const std::vector<std::uint32_t> all = {0, 1, 2, 3, 4, 5, 6, 7, 8};
    EXPECT_NEAR(task.loss(all, rng_).item(), squares / 9.0, 2e-6);
    EXPECT_NEAR(task.evaluate(Split::kTrain).at("mse"), squares / 9.0, 2e-6);
  }
}

TEST_F(SequenceRegressorTest, GradientsMatchFiniteDifferences) {
  const SequenceRegressor model(small_options(), rng_);
  test::draw_parameters(model, rng_);
  const Tensor targets = Tensor::filled({9, 1}, 0.5f);
  const GradientCheck check = check_gradients(
      [&] { return mean_squared_error(model.forward(test::pointers_to(inputs_), rng_), targets); },
      model.parameters());
  EXPECT_TRUE(check.ok) << check.to_string();
  EXPECT_EQ(check.num_checked, model.num_parameters());
}

TEST_F(SequenceRegressorTest, HasTheSameBitsAtAnyNumberOfThreads) {
  const std::vector<Tensor> inputs = random_inputs(70, 3, 30, rng_);
  const auto make = [] {
    SequenceRegressorOptions options = small_options();
    options.encoder.hidden_size = 20;
    options.encoder.dropout = 0.3f;
    Rng rng(2);
    return SequenceRegressor(options, rng);
  };
  test::expect_same_bits_at_1_2_and_4_threads(make, [&](const SequenceRegressor& model) {
    Rng rng(3);
    return model.forward(test::pointers_to(inputs), rng).sum();
  });
}

TEST_F(SequenceRegressorTest, SaysOfASequenceWhatItSaysOfItAlone) {
  const SequenceRegressor model(small_options(), rng_);
  const std::vector<Tensor> inputs = random_inputs(40, 3, 12, rng_);
  const Tensor together = model.predict(test::pointers_to(inputs));
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Tensor* const one = &inputs[i];
    EXPECT_EQ(model.predict({&one, 1}).item(), together.at(i, 0));
  }
}

TEST_F(SequenceRegressorTest, OptionsComeBackFromJson) {
  const SequenceRegressorOptions options = small_options();
  const auto back = from_json<SequenceRegressorOptions>(to_json(options), "test");
  EXPECT_EQ(back.input_size, 3);
  EXPECT_EQ(to_json(back.encoder), to_json(options.encoder));
  for (const char* text : {"{\"input_size\": 3}", "{", "[]", "{\"input_size\": \"many\"}"}) {
    const std::string error = test::error_of<ParseError>(
        [&] { from_json<SequenceRegressorOptions>(text, "model.safetensors"); });
    EXPECT_EQ(error.find("model.safetensors: "), 0u) << error;
  }
}

// The sum of those steps that are marked: the adding problem, short and in small.
TEST_F(SequenceRegressorTest, LearnsToAdd) {
  std::vector<Tensor> inputs;
  std::vector<float> targets;
  for (std::size_t i = 0; i < 500; ++i) {
    const std::size_t length = 4 + rng_.below(3);
    inputs.push_back(Tensor::zeros({length, 2}));
    for (std::size_t t = 0; t < length; ++t) inputs.back().at(t, 0) = rng_.uniform();
    targets.push_back(0.0f);
    for (const std::size_t t : {rng_.below(2), 2 + rng_.below(length - 2)}) {
      inputs.back().at(t, 1) = 1.0f;
      targets.back() += inputs.back().at(t, 0);
    }
  }
  const SequenceRegressor model({.input_size = 2, .encoder = {.hidden_size = 16}}, rng_);
  const std::vector<RegressionExample> examples = examples_of(inputs, targets);
  const std::span<const RegressionExample> all = examples, dev = all.last(100);
  Task task(model, {all.first(400), dev, dev}, {.learning_rate = 0.02, .l2 = 0.0, .adam = true},
            "{}");
  EXPECT_FALSE(task.higher_is_better());
  const training::TrainingResult result =
      training::Trainer({.batch_size = 20, .epochs = 30}).fit(task);
  EXPECT_LT(result.test.at("mse"), 0.02);  // Always 1: 1/6.
  EXPECT_GT(result.test.at("pearson"), 0.95);
  double least = result.epochs[0].dev.at("mse");
  for (const training::EpochReport& epoch : result.epochs) {
    least = std::min(least, epoch.dev.at("mse"));
  }
  EXPECT_EQ(result.test.at("mse"), least);
  const std::vector<std::uint32_t> some = {0, 2};
  EXPECT_EQ(task.num_nodes(some), inputs[0].rows() + inputs[2].rows());
  EXPECT_TRUE(training::evaluate(model, {}).empty());
}

TEST_F(SequenceRegressorTest, RefusesWhatCannotBe) {
  EXPECT_EQ(test::error_of<OptionError>([&] {
              SequenceRegressor({}, rng_);
            }).find("input_size is 0, expected"),
            0u);
  const SequenceRegressor model(small_options(), rng_);
  const Tensor narrow = Tensor::zeros({4, 2});
  const Tensor* const one = &narrow;
  EXPECT_EQ(test::error_of<ShapeError>([&] {
              model.predict({&one, 1});
            }),
            "steps of a sequence: shape [4, 2], expected [4, 3]");
  EXPECT_EQ(test::error_of<OptionError>([&] { Task(model, {}, {}, "{}"); }),
            "no examples to train on");
}

}  // namespace
}  // namespace espalier::models
