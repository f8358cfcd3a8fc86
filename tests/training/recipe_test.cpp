#include <espalier/training/recipe.h>

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <espalier/base/error.h>
#include <espalier/ops/random.h>
#include <espalier/training/adagrad.h>
#include <espalier/training/adam.h>
#include <espalier/training/sgd.h>

namespace espalier::training {
namespace {

// A table, a layer, and a table by another name.
class Network : public Module {
 public:
  explicit Network(bool has_table = true) {
    Rng rng(1);
    if (has_table) add_parameter("embedding.weight", normal_tensor({4, 3}, 1.0f, rng));
    add_parameter("lstm.weight_ih", normal_tensor({2, 3}, 1.0f, rng));
    add_parameter("other.embedding.weight", normal_tensor({4, 3}, 1.0f, rng));
  }
};

// Three steps with the same gradients.
template <class Step>
void train(const Network& network, const Step& step) {
  for (int i = 0; i < 3; ++i) {
    Rng rng(7);
    for (const NamedParameter& p : network.parameters()) {
      p.variable.add_gradient(normal_tensor(p.variable.shape(), 1.0f, rng));
    }
    step();
    network.clear_gradients();
  }
}

template <class Optimizer, class Options>
void train_some(const Network& network, const std::vector<std::string>& names, Options options) {
  std::vector<NamedParameter> some;
  for (const std::string& name : names) some.push_back({name, network.parameter(name)});
  Optimizer optimizer(some, options);
  train(network, [&] { optimizer.step(); });
}

void expect_equal(const Network& actual, const Network& expected) {
  for (const NamedParameter& p : expected.parameters()) {
    EXPECT_TRUE(bitwise_equal(actual.parameter(p.name).value(), p.variable.value())) << p.name;
  }
}

const std::vector<std::string> kNetwork = {"lstm.weight_ih", "other.embedding.weight"};

TEST(RecipeTest, AdagradForTheNetworkAndGradientDescentForTheWordVectors) {
  const Network actual, expected;
  const auto optimizer = make_optimizer(
      actual.parameters(), {.learning_rate = 0.3, .embedding_learning_rate = 0.2, .l2 = 0.01});
  train(actual, [&] { optimizer->step(); });
  train_some<Adagrad>(expected, kNetwork, AdagradOptions{.learning_rate = 0.3, .l2 = 0.01});
  train_some<SGD>(expected, {"embedding.weight"}, SGDOptions{.learning_rate = 0.2});
  expect_equal(actual, expected);
}

TEST(RecipeTest, WordVectorsWithoutALearningRateStay) {
  for (const bool adam : {false, true}) {
    const Network actual, before;
    const auto optimizer =
        make_optimizer(actual.parameters(), {.embedding_learning_rate = 0.0, .adam = adam});
    train(actual, [&] { optimizer->step(); });
    EXPECT_TRUE(bitwise_equal(actual.parameter("embedding.weight").value(),
                              before.parameter("embedding.weight").value()));
    for (const std::string& name : kNetwork) {
      EXPECT_FALSE(bitwise_equal(actual.parameter(name).value(), before.parameter(name).value()));
    }
    EXPECT_EQ(optimizer->parameters().size(), 2u);
  }
}

TEST(RecipeTest, AdamForAll) {
  const Network actual, expected;
  const auto optimizer =
      make_optimizer(actual.parameters(), {.learning_rate = 0.3, .l2 = 0.01, .adam = true});
  train(actual, [&] { optimizer->step(); });
  train_some<Adam>(expected, {"embedding.weight", "lstm.weight_ih", "other.embedding.weight"},
                   AdamOptions{.learning_rate = 0.3, .l2 = 0.01});
  expect_equal(actual, expected);
}

TEST(RecipeTest, NeedsNoWordVectors) {
  const Network actual(false), expected(false);
  const auto optimizer = make_optimizer(actual.parameters(), {});
  train(actual, [&] { optimizer->step(); });
  train_some<Adagrad>(expected, kNetwork, AdagradOptions{.learning_rate = 0.05, .l2 = 1e-4});
  expect_equal(actual, expected);
}

TEST(RecipeTest, RefusesRatesThatAreNone) {
  const Network network;
  EXPECT_THROW(make_optimizer(network.parameters(), {.learning_rate = -1.0}), OptionError);
  EXPECT_THROW(make_optimizer(network.parameters(), {.embedding_learning_rate = -1.0}),
               OptionError);
  EXPECT_THROW(make_optimizer(network.parameters(), {.l2 = -1.0, .adam = true}), OptionError);
}

}  // namespace
}  // namespace espalier::training
