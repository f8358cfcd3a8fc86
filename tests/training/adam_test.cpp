#include <espalier/training/adam.h>

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <vector>

#include <espalier/base/error.h>

#include "tests/training/training_test_support.h"

namespace espalier::training {
namespace {

// Algorithm 1 of Kingma and Ba, for every weight; decays the weight first.
class Reference {
 public:
  Reference(double l2, double weight_decay) : l2_(l2), weight_decay_(weight_decay) {}

  double operator()(std::size_t i, double w, double g, int t) {
    w -= 0.01 * weight_decay_ * w;
    g += l2_ * w;
    m_[i] = 0.9 * m_[i] + 0.1 * g;
    v_[i] = 0.99 * v_[i] + 0.01 * g * g;
    const double m_hat = m_[i] / (1.0 - std::pow(0.9, t));
    const double v_hat = v_[i] / (1.0 - std::pow(0.99, t));
    return w - 0.01 * m_hat / (std::sqrt(v_hat) + 1e-8);
  }

 private:
  double l2_;
  double weight_decay_;
  std::vector<double> m_ = std::vector<double>(35, 0.0);
  std::vector<double> v_ = std::vector<double>(35, 0.0);
};

TEST(AdamTest, AgreesWithTheFormula) {
  Rng rng(1);
  const NamedParameter w = test::random_parameter("w", {7, 5}, rng);
  Adam adam({w}, {.learning_rate = 0.01, .beta2 = 0.99, .l2 = 0.02});
  test::expect_follows(adam, w.variable, 30, Reference(0.02, 0.0));
}

TEST(AdamTest, AdamWDecaysApartFromTheGradient) {
  Rng rng(2);
  const NamedParameter w = test::random_parameter("w", {7, 5}, rng);
  AdamW adam({w}, {.learning_rate = 0.01, .beta2 = 0.99, .weight_decay = 0.3});
  test::expect_follows(adam, w.variable, 30, Reference(0.0, 0.3));
}

TEST(AdamTest, UpdatesNamedRowsOnly) {
  test::expect_updates_named_rows_only([](NamedParameter w) {
    return std::make_unique<Adam>(std::vector{w}, AdamOptions{.l2 = 0.1});
  });
  test::expect_updates_named_rows_only(
      [](NamedParameter w) { return std::make_unique<AdamW>(std::vector{w}, AdamWOptions{}); });
}

TEST(AdamTest, RefusesOptionsOutOfRange) {
  EXPECT_THROW(Adam(std::vector<NamedParameter>(), {.beta1 = 1.0}), OptionError);
  EXPECT_THROW(Adam(std::vector<NamedParameter>(), {.beta2 = -0.1}), OptionError);
  EXPECT_THROW(Adam(std::vector<NamedParameter>(), {.epsilon = 0.0}), OptionError);
  EXPECT_THROW(AdamW(std::vector<NamedParameter>(), {.weight_decay = -1.0}), OptionError);
}

}  // namespace
}  // namespace espalier::training
