#include <espalier/training/sgd.h>

#include <gtest/gtest.h>

#include <limits>
#include <memory>
#include <vector>

#include <espalier/base/error.h>

#include "tests/training/training_test_support.h"

namespace espalier::training {
namespace {

TEST(SGDTest, AgreesWithTheFormula) {
  Rng rng(1);
  const NamedParameter w = test::random_parameter("w", {7, 5}, rng);
  SGD sgd({w}, {.learning_rate = 0.1, .l2 = 0.01});
  test::expect_follows(sgd, w.variable, 20, [](std::size_t, double x, double g, int) {
    return x - 0.1 * (g + 0.01 * x);
  });
}

TEST(SGDTest, AgreesWithTheFormulaWithMomentum) {
  Rng rng(2);
  const NamedParameter w = test::random_parameter("w", {7, 5}, rng);
  SGD sgd({w}, {.learning_rate = 0.05, .momentum = 0.9, .l2 = 0.01});
  std::vector<double> m(35, 0.0);
  test::expect_follows(sgd, w.variable, 20, [&](std::size_t i, double x, double g, int) {
    m[i] = 0.9 * m[i] + (g + 0.01 * x);
    return x - 0.05 * m[i];
  });
}

TEST(SGDTest, UpdatesNamedRowsOnly) {
  for (const double momentum : {0.0, 0.9}) {
    test::expect_updates_named_rows_only([=](NamedParameter w) {
      return std::make_unique<SGD>(std::vector{w}, SGDOptions{.momentum = momentum, .l2 = 0.1});
    });
  }
}

TEST(SGDTest, RefusesOptionsOutOfRange) {
  EXPECT_THROW(SGD(std::vector<NamedParameter>(), {.learning_rate = -1.0}), OptionError);
  EXPECT_THROW(SGD(std::vector<NamedParameter>(),
                   {.learning_rate = std::numeric_limits<double>::quiet_NaN()}),
               OptionError);
  EXPECT_THROW(SGD(std::vector<NamedParameter>(), {.momentum = 1.0}), OptionError);
  EXPECT_THROW(SGD(std::vector<NamedParameter>(), {.l2 = -0.1}), OptionError);
}

}  // namespace
}  // namespace espalier::training
