#include <espalier/training/elementwise_optimizer.h>

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include <espalier/base/error.h>
#include <espalier/training/adagrad.h>
#include <espalier/training/adam.h>
#include <espalier/training/sgd.h>

#include "tests/support/threads.h"
#include "tests/training/training_test_support.h"

namespace espalier::training {
namespace {

using Make = std::unique_ptr<Optimizer> (*)(std::vector<NamedParameter>);

const Make kEveryKind[] = {[](std::vector<NamedParameter> p) -> std::unique_ptr<Optimizer> {
                             return std::make_unique<SGD>(std::move(p), SGDOptions{});
                           },
                           [](std::vector<NamedParameter> p) -> std::unique_ptr<Optimizer> {
                             return std::make_unique<SGD>(std::move(p),
                                                          SGDOptions{.momentum = 0.9});
                           },
                           [](std::vector<NamedParameter> p) -> std::unique_ptr<Optimizer> {
                             return std::make_unique<Adagrad>(std::move(p), AdagradOptions{});
                           },
                           [](std::vector<NamedParameter> p) -> std::unique_ptr<Optimizer> {
                             return std::make_unique<Adam>(std::move(p), AdamOptions{});
                           },
                           [](std::vector<NamedParameter> p) -> std::unique_ptr<Optimizer> {
                             return std::make_unique<AdamW>(std::move(p), AdamWOptions{});
                           }};

// More than a block of elements, and not a whole number of them.
std::vector<NamedParameter> parameters_of_two_shapes() {
  Rng rng(3);
  return {test::random_parameter("a", {301, 77}, rng), test::random_parameter("b", {9}, rng)};
}

void take_steps(Optimizer& optimizer, int first, int last) {
  for (int step = first; step < last; ++step) {
    Rng rng(static_cast<std::uint64_t>(step));
    for (const NamedParameter& p : optimizer.parameters()) {
      p.variable.add_gradient(normal_tensor(p.variable.shape(), 1.0f, rng));
    }
    optimizer.step();
  }
}

void expect_same_values(const Optimizer& a, const Optimizer& b) {
  for (std::size_t i = 0; i < a.parameters().size(); ++i) {
    EXPECT_TRUE(
        bitwise_equal(a.parameters()[i].variable.value(), b.parameters()[i].variable.value()));
  }
}

TEST(ElementwiseOptimizerTest, GoesOnBitForBitFromASavedState) {
  for (const Make make : kEveryKind) {
    const auto whole = make(parameters_of_two_shapes());
    take_steps(*whole, 0, 6);

    const auto first = make(parameters_of_two_shapes());
    take_steps(*first, 0, 3);
    const auto second = make(parameters_of_two_shapes());
    load_parameters(second->parameters(), clone_values(first->parameters()), "values");
    second->load_state(first->state(), "state");
    take_steps(*second, 3, 6);
    expect_same_values(*whole, *second);
  }
}

TEST(ElementwiseOptimizerTest, GivesTheSameBitsAtAnyNumberOfThreads) {
  for (const Make make : kEveryKind) {
    const auto one = make(parameters_of_two_shapes());
    espalier::test::with_num_threads(1, [&] { take_steps(*one, 0, 3); });
    const auto four = make(parameters_of_two_shapes());
    espalier::test::with_num_threads(4, [&] { take_steps(*four, 0, 3); });
    expect_same_values(*one, *four);
  }
}

TEST(ElementwiseOptimizerTest, LeavesWhatHasNoGradient) {
  for (const Make make : kEveryKind) {
    const auto optimizer = make(parameters_of_two_shapes());
    const NamedTensors before = clone_values(optimizer->parameters());
    optimizer->parameters()[1].variable.add_gradient(Tensor::filled({9}, 1.0f));
    optimizer->step();
    const std::span<const NamedParameter> after = optimizer->parameters();
    EXPECT_TRUE(bitwise_equal(after[0].variable.value(), before.at("a")));
    EXPECT_FALSE(bitwise_equal(after[1].variable.value(), before.at("b")));
  }
}

TEST(ElementwiseOptimizerTest, CountsAChangeOfTheValueOnce) {
  const auto optimizer = kEveryKind[0](parameters_of_two_shapes());
  const Variable& a = optimizer->parameters()[0].variable;
  const std::uint64_t before = a.version();
  take_steps(*optimizer, 0, 1);
  EXPECT_EQ(a.version(), before + 1);
}

TEST(ElementwiseOptimizerTest, ScalesTheLearningRate) {
  const NamedParameter w{"w", Variable::parameter(Tensor::filled({1}, 1.0f))};
  SGD sgd({w}, {.learning_rate = 0.5});
  sgd.set_learning_rate_factor(0.25);
  w.variable.add_gradient(Tensor::filled({1}, 1.0f));
  sgd.step();
  EXPECT_EQ(w.variable.item(), 0.875f);
  EXPECT_EQ(sgd.learning_rate(), 0.5);
  sgd.set_learning_rate(1.0);
  w.variable.add_gradient(Tensor::filled({1}, 1.0f));
  sgd.step();
  EXPECT_EQ(w.variable.item(), 0.625f);
}

TEST(ElementwiseOptimizerTest, RefusesAStateThatDoesNotFit) {
  const auto optimizer = kEveryKind[2](parameters_of_two_shapes());
  OptimizerState state = optimizer->state();
  state.tensors.erase("squares/a");
  state.tensors.insert_or_assign("squares/b", Tensor::zeros({10}));
  state.tensors.emplace("momentum/b", Tensor::zeros({9}));
  const std::string text =
      test::error_of<Error>([&] { optimizer->load_state(state, "old.safetensors"); });
  EXPECT_EQ(text,
            "old.safetensors does not fit; missing: \"squares/a\"; not expected: \"momentum/b\"; "
            "of another shape: \"squares/b\" has [10], expected [9]");
}

TEST(ElementwiseOptimizerTest, RefusesParametersListedTwice) {
  Rng rng(1);
  const NamedParameter a = test::random_parameter("a", {2}, rng);
  const NamedParameter tied{"b", a.variable};
  const NamedParameter namesake = test::random_parameter("a", {2}, rng);
  EXPECT_THROW(SGD({a, tied}, {}), OptionError);
  EXPECT_THROW(SGD({a, namesake}, {}), OptionError);
  EXPECT_THROW(SGD({{"c", Variable(Tensor::zeros({2}))}}, {}), OptionError);
}

}  // namespace
}  // namespace espalier::training
