#include <espalier/training/optimizer_set.h>

#include <gtest/gtest.h>

#include <espalier/base/error.h>
#include <espalier/training/adagrad.h>
#include <espalier/training/sgd.h>

#include "tests/training/training_test_support.h"

namespace espalier::training {
namespace {

// Tai et al.'s: Adagrad for the network, plain gradient steps for the word vectors.
OptimizerSet adagrad_and_sgd(const NamedParameter& network, const NamedParameter& vectors) {
  std::vector<std::unique_ptr<Optimizer>> optimizers;
  optimizers.push_back(
      std::make_unique<Adagrad>(std::vector{network}, AdagradOptions{.learning_rate = 0.05}));
  optimizers.push_back(
      std::make_unique<SGD>(std::vector{vectors}, SGDOptions{.learning_rate = 0.5}));
  return OptimizerSet(std::move(optimizers));
}

class OptimizerSetTest : public testing::Test {
 protected:
  NamedParameter network_{"network", Variable::parameter(Tensor::filled({2}, 1.0f))};
  NamedParameter vectors_{"vectors", Variable::parameter(Tensor::filled({3, 2}, 1.0f))};
};

TEST_F(OptimizerSetTest, EachUpdatesItsOwn) {
  OptimizerSet set = adagrad_and_sgd(network_, vectors_);
  set.set_learning_rate_factor(2.0);
  network_.variable.add_gradient(Tensor::filled({2}, 3.0f));
  const std::vector<std::uint32_t> rows{1};
  vectors_.variable.mutable_row_gradient().add(rows, Tensor::filled({1, 2}, 1.0f));
  set.step();
  EXPECT_TRUE(all_close(network_.variable.value(), Tensor::filled({2}, 0.9f)));
  EXPECT_TRUE(
      bitwise_equal(vectors_.variable.value(), Tensor::from_values({3, 2}, {1, 1, 0, 0, 1, 1})));
  EXPECT_EQ(set.parameters().size(), 2u);
}

TEST_F(OptimizerSetTest, StateComesBack) {
  OptimizerSet set = adagrad_and_sgd(network_, vectors_);
  network_.variable.add_gradient(Tensor::filled({2}, 3.0f));
  set.step();
  OptimizerState state = set.state();
  EXPECT_TRUE(bitwise_equal(state.tensors.at("0/squares/network"), Tensor::filled({2}, 9.0f)));
  EXPECT_EQ(state.counters.at("1/steps"), 1u);

  OptimizerSet other = adagrad_and_sgd(network_, vectors_);
  other.load_state(state, "state");
  EXPECT_TRUE(
      bitwise_equal(other.state().tensors.at("0/squares/network"), Tensor::filled({2}, 9.0f)));

  state.tensors.emplace("2/momentum/vectors", Tensor::zeros({3, 2}));
  EXPECT_THROW(other.load_state(state, "state"), Error);
}

TEST_F(OptimizerSetTest, RefusesSharedParameters) {
  EXPECT_THROW(adagrad_and_sgd(network_, network_), OptionError);
  EXPECT_THROW(adagrad_and_sgd(network_, {"tied", network_.variable}), OptionError);
  EXPECT_THROW(OptimizerSet({}), OptionError);
}

}  // namespace
}  // namespace espalier::training
