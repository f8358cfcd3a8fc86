#include <espalier/training/clipping.h>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include <espalier/base/error.h>

#include "tests/support/threads.h"
#include "tests/training/training_test_support.h"

namespace espalier::training {
namespace {

// Gradients (3, 0) and, in row 1 of four, (0, 4): norms 3 and 4, together 5.
class ClippingTest : public testing::Test {
 protected:
  ClippingTest() {
    parameters_[0].variable.add_gradient(Tensor::from_values({2}, {3, 0}));
    const std::vector<std::uint32_t> rows{1};
    parameters_[1].variable.mutable_row_gradient().add(rows, Tensor::from_values({1, 2}, {0, -4}));
  }

  void expect_gradients(float x, float y) {
    EXPECT_FLOAT_EQ(parameters_[0].variable.gradient().flat()[0], x);
    EXPECT_FLOAT_EQ(parameters_[1].variable.row_gradient().values().at(0, 1), y);
  }

  std::vector<NamedParameter> parameters_{{"a", Variable::parameter(Tensor::zeros({2}))},
                                          {"b", Variable::parameter(Tensor::zeros({4, 2}))},
                                          {"without", Variable::parameter(Tensor::zeros({3}))}};
};

TEST_F(ClippingTest, ByGlobalNormKeepsTheDirection) {
  EXPECT_DOUBLE_EQ(clip_by_global_norm(parameters_, 2.5), 5.0);
  expect_gradients(1.5f, -2.0f);
  EXPECT_NEAR(gradient_norm(parameters_), 2.5, 1e-6);
}

TEST_F(ClippingTest, BelowTheLimitNothingChanges) {
  EXPECT_DOUBLE_EQ(clip_by_global_norm(parameters_, 5.0), 5.0);
  EXPECT_DOUBLE_EQ(clip_by_norm(parameters_, 4.0), 5.0);
  EXPECT_DOUBLE_EQ(clip(parameters_, {}), 5.0);
  EXPECT_EQ(parameters_[0].variable.gradient().flat()[0], 3.0f);
  expect_gradients(3.0f, -4.0f);
}

TEST_F(ClippingTest, ByNormLooksAtEachParameter) {
  EXPECT_DOUBLE_EQ(clip_by_norm(parameters_, 3.5), 5.0);
  expect_gradients(3.0f, -3.5f);
}

TEST_F(ClippingTest, ByValue) {
  EXPECT_DOUBLE_EQ(clip(parameters_, {.by = Clipping::By::kValue, .limit = 2.0}), 5.0);
  expect_gradients(2.0f, -2.0f);
}

TEST_F(ClippingTest, AGradientThatIsNotFiniteStaysAsItIs) {
  for (const float bad :
       {std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity(),
        std::numeric_limits<float>::quiet_NaN()}) {
    parameters_[0].variable.mutable_gradient().flat()[1] = bad;
    EXPECT_FALSE(std::isfinite(clip_by_global_norm(parameters_, 1.0)));
    EXPECT_FALSE(std::isfinite(clip_by_norm(parameters_, 1.0)));
    EXPECT_FALSE(std::isfinite(clip_by_value(parameters_, 1.0)));
    expect_gradients(3.0f, -4.0f);
  }
}

TEST_F(ClippingTest, HugeGradientsHaveAFiniteNorm) {
  const std::vector<NamedParameter> one{{"w", Variable::parameter(Tensor::zeros({100}))}};
  one[0].variable.add_gradient(Tensor::filled({100}, 3e38f));
  EXPECT_NEAR(clip_by_global_norm(one, 1.0), 3e39, 1e33);
  EXPECT_NEAR(gradient_norm(one), 1.0, 1e-5);
}

TEST_F(ClippingTest, ZeroHasFactorOne) {
  const std::vector<NamedParameter> one{{"w", Variable::parameter(Tensor::zeros({3}))}};
  one[0].variable.add_gradient(Tensor::zeros({3}));
  EXPECT_EQ(clip_by_global_norm(one, 1.0), 0.0);
  EXPECT_EQ(clip_by_norm(one, 1.0), 0.0);
  EXPECT_TRUE(bitwise_equal(one[0].variable.gradient(), Tensor::zeros({3})));
}

TEST_F(ClippingTest, TheNormDoesNotDependOnTheNumberOfThreads) {
  Rng rng(1);
  const std::vector<NamedParameter> one{{"w", Variable::parameter(Tensor::zeros({300, 301}))}};
  one[0].variable.add_gradient(normal_tensor({300, 301}, 1.0f, rng));
  double alone = 0.0;
  espalier::test::with_num_threads(1, [&] { alone = gradient_norm(one); });
  espalier::test::with_num_threads(4, [&] { EXPECT_EQ(gradient_norm(one), alone); });

  double sum = 0.0;
  for (const float x : one[0].variable.gradient().flat()) {
    sum += static_cast<double>(x) * static_cast<double>(x);
  }
  EXPECT_NEAR(alone, std::sqrt(sum), 1e-9);
}

TEST_F(ClippingTest, RefusesALimitThatIsNotPositive) {
  EXPECT_THROW(clip_by_global_norm(parameters_, 0.0), OptionError);
  EXPECT_THROW(clip_by_norm(parameters_, -1.0), OptionError);
  EXPECT_THROW(clip_by_value(parameters_, std::nan("")), OptionError);
}

}  // namespace
}  // namespace espalier::training
