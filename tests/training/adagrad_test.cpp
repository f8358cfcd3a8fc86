#include <espalier/training/adagrad.h>

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <vector>

#include <espalier/base/error.h>

#include "tests/training/training_test_support.h"

namespace espalier::training {
namespace {

TEST(AdagradTest, AgreesWithTheFormula) {
  for (const double initial : {0.0, 0.1}) {
    Rng rng(1);
    const NamedParameter w = test::random_parameter("w", {7, 5}, rng);
    Adagrad adagrad({w}, {.learning_rate = 0.05, .l2 = 1e-2, .initial_accumulator = initial});
    std::vector<double> s(35, initial);
    test::expect_follows(adagrad, w.variable, 20, [&](std::size_t i, double x, double g, int) {
      g += 1e-2 * x;
      s[i] += g * g;
      return x - 0.05 * g / (std::sqrt(s[i]) + 1e-10);
    });
  }
}

TEST(AdagradTest, AGradientOfZeroChangesNothing) {
  const NamedParameter w{"w", Variable::parameter(Tensor::filled({3}, 2.0f))};
  Adagrad adagrad({w}, {});
  w.variable.add_gradient(Tensor::zeros({3}));
  adagrad.step();
  EXPECT_TRUE(bitwise_equal(w.variable.value(), Tensor::filled({3}, 2.0f)));
}

TEST(AdagradTest, UpdatesNamedRowsOnly) {
  test::expect_updates_named_rows_only([](NamedParameter w) {
    return std::make_unique<Adagrad>(std::vector{w}, AdagradOptions{.l2 = 0.1});
  });
}

TEST(AdagradTest, RefusesOptionsOutOfRange) {
  EXPECT_THROW(Adagrad(std::vector<NamedParameter>(), {.l2 = -0.1}), OptionError);
  EXPECT_THROW(Adagrad(std::vector<NamedParameter>(), {.epsilon = 0.0}), OptionError);
  EXPECT_THROW(Adagrad(std::vector<NamedParameter>(), {.initial_accumulator = -0.1}), OptionError);
}

}  // namespace
}  // namespace espalier::training
