#include <espalier/ops/gradient_check.h>

#include <stdexcept>

#include <espalier/ops/embedding.h>

#include "tests/ops/testing.h"

namespace espalier {
namespace {

// x^2, with a gradient that is off by `error` at element 1.
Variable square(const Variable& x, float error) {
  Tensor y = Tensor::uninitialized(x.shape());
  for (std::size_t i = 0; i < y.size(); ++i)
    y.data()[i] = x.value().data()[i] * x.value().data()[i];
  return record(std::move(y), {x}, [x, error](const Tensor& gradient) {
    Tensor dx = Tensor::uninitialized(x.shape());
    for (std::size_t i = 0; i < dx.size(); ++i) {
      dx.data()[i] = 2 * x.value().data()[i] * gradient.data()[i];
    }
    dx.data()[1] += error;
    x.add_gradient(std::move(dx));
  });
}

class GradientCheckTest : public testing::Test {
 protected:
  Variable x_ = Variable::parameter(Tensor::from_values({3}, {1, 2, 3}));
  std::vector<NamedParameter> parameters_ = {{"x", x_}};
};

TEST_F(GradientCheckTest, AcceptsTheRightGradient) {
  const GradientCheck check = check_gradients([&] { return square(x_, 0).sum(); }, parameters_);
  EXPECT_TRUE(check.ok) << check.to_string();
  EXPECT_LE(check.worst_error, 1);
  EXPECT_EQ(check.num_checked, 3u);
}

TEST_F(GradientCheckTest, PointsAtTheWrongElement) {
  const GradientCheck check = check_gradients([&] { return square(x_, 0.5f); }, parameters_);
  EXPECT_FALSE(check.ok);
  EXPECT_EQ(check.parameter, "x");
  EXPECT_EQ(check.element, 1u);
  EXPECT_NEAR(check.expected, 4, 1e-3);
  EXPECT_NEAR(check.actual, 4.5, 1e-6);
  EXPECT_GT(check.worst_error, 1);
  EXPECT_EQ(
      check.to_string().find("gradients differ (3 checked); the worst is x at element 1: 4.5, "
                             "expected 4"),
      0u)
      << check.to_string();
}

TEST_F(GradientCheckTest, NoticesAGradientThatIsMissing) {
  const Variable constant(x_.value().clone());
  const auto loss = [&] { return multiply(x_, Variable(x_.value().clone())); };  // Half of it.
  EXPECT_FALSE(check_gradients(loss, parameters_).ok);
  const auto cut = [&] { return square(Variable(x_.value().clone()), 0); };  // All of it.
  EXPECT_FALSE(check_gradients(cut, parameters_).ok);
}

TEST_F(GradientCheckTest, NoticesNaN) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_FALSE(check_gradients([&] { return scale(x_, nan); }, parameters_).ok);
  EXPECT_FALSE(check_gradients([&] { return square(x_, nan); }, parameters_).ok);
}

TEST_F(GradientCheckTest, AddsRowGradientsToDenseOnes) {
  const Variable table = Variable::parameter(Tensor::from_values({2, 2}, {1, 2, 3, 4}));
  const std::vector<NamedParameter> parameters = {{"table", table}};
  const std::vector<std::uint32_t> ids = {1, 1};
  const auto loss = [&] { return multiply(table, embedding(table, ids)); };
  EXPECT_TRUE(check_gradients(loss, parameters).ok);
}

TEST_F(GradientCheckTest, HoldsToItsTolerances) {
  const auto loss = [&] { return square(x_, 0.1f); };
  EXPECT_FALSE(check_gradients(loss, parameters_).ok);
  EXPECT_TRUE(check_gradients(loss, parameters_, {.absolute_tolerance = 0.2}).ok);
  EXPECT_TRUE(check_gradients(loss, parameters_, {.relative_tolerance = 0.05}).ok);
  const auto zero = [&] { return scale(x_, 0); };
  EXPECT_TRUE(
      check_gradients(zero, parameters_, {.relative_tolerance = 0, .absolute_tolerance = 0}).ok);
}

TEST_F(GradientCheckTest, LeavesParametersAsTheyWere) {
  x_.add_gradient(Tensor::filled({3}, 5.0f));
  const Tensor before = x_.value().clone();
  EXPECT_TRUE(check_gradients([&] { return square(x_, 0); }, parameters_).ok);
  EXPECT_TRUE(bitwise_equal(x_.value(), before));
  EXPECT_TRUE(x_.gradient().empty());

  const auto fails_when_moved = [&] {
    if (!bitwise_equal(x_.value(), before)) throw std::runtime_error("moved");
    return square(x_, 0);
  };
  EXPECT_THROW(check_gradients(fails_when_moved, parameters_), std::runtime_error);
  EXPECT_TRUE(bitwise_equal(x_.value(), before));
}

TEST_F(GradientCheckTest, RefusesALossThatIsNoFunction) {
  float calls = 0;
  EXPECT_EQ(test::error_of<Error>(
                [&] { check_gradients([&] { return scale(x_, ++calls); }, parameters_); }),
            "check_gradients: the loss was 6, then 12 at the same parameters, expected a function "
            "of them");
}

TEST_F(GradientCheckTest, TakesNoParameters) {
  const GradientCheck check = check_gradients([&] { return square(x_, 0); }, {});
  EXPECT_TRUE(check.ok);
  EXPECT_EQ(check.to_string(), "no gradients to check");
}

}  // namespace
}  // namespace espalier
