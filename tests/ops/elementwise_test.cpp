#include <espalier/ops/elementwise.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/ops/testing.h"

namespace espalier {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

struct Unary {
  const char* name;
  Variable (*f)(const Variable&);
  double (*reference)(double);
};

const Unary kUnary[] = {
    {"abs", [](const Variable& x) { return abs(x); }, [](double x) { return std::fabs(x); }},
    {"tanh", [](const Variable& x) { return tanh(x); }, [](double x) { return std::tanh(x); }},
    {"sigmoid", [](const Variable& x) { return sigmoid(x); },
     [](double x) { return 1 / (1 + std::exp(-x)); }},
    {"relu", [](const Variable& x) { return relu(x); }, [](double x) { return x > 0 ? x : 0; }},
    {"exp", [](const Variable& x) { return exp(x); }, [](double x) { return std::exp(x); }},
    {"log", [](const Variable& x) { return log(abs(x)); },
     [](double x) { return std::log(std::fabs(x)); }},
    {"sqrt", [](const Variable& x) { return sqrt(abs(x)); },
     [](double x) { return std::sqrt(std::fabs(x)); }},
    {"leaky_relu", [](const Variable& x) { return leaky_relu(x, 0.25f); },
     [](double x) { return x > 0 ? x : 0.25 * x; }},
    {"elu", [](const Variable& x) { return elu(x, 1.5f); },
     [](double x) { return x > 0 ? x : 1.5 * std::expm1(x); }},
    {"clamp", [](const Variable& x) { return clamp(x, -0.04f, 0.04f); },
     [](double x) { return std::min(std::max(x, -0.04), 0.04); }},
    {"clamp, wide", [](const Variable& x) { return clamp(x, -50.0f, 50.0f); },
     [](double x) { return x; }},
};

// Numbers of both signs, none within a step of 0, where abs and relu have their kink.
Variable away_from_zero(const Shape& shape, Rng& rng) {
  Tensor x = normal_tensor(shape, 1.0f, rng);
  for (float& v : x.flat()) v += v < 0 ? -0.1f : 0.1f;
  return Variable::parameter(std::move(x));
}

const Shape kShapes[] = {{0}, {1}, {3, 7}, {2, 3, 4}, {0, 5}, {129, 257}};

TEST(ElementwiseTest, AgreesWithPlainLoops) {
  Rng rng(1);
  for (const Shape& shape : kShapes) {
    const Variable a = away_from_zero(shape, rng);
    for (const Unary& op : kUnary) {
      SCOPED_TRACE(op.name);
      const Variable y = op.f(a);
      ASSERT_EQ(y.shape(), shape);
      for (std::size_t i = 0; i < a.value().size(); ++i) {
        const double expected = op.reference(static_cast<double>(a.value().data()[i]));
        ASSERT_NEAR(static_cast<double>(y.value().data()[i]), expected,
                    1e-6 * (1 + std::abs(expected)));
      }
    }
  }
}

TEST(ElementwiseTest, GradientsMatch) {
  Rng rng(2);
  for (const Shape& shape : {Shape{1}, Shape{3, 7}}) {
    const Variable a = away_from_zero(shape, rng);
    for (const Unary& op : kUnary) {
      EXPECT_TRUE(test::gradients_match([&] { return op.f(a); }, {a})) << op.name;
    }
  }
}

TEST(ElementwiseTest, GivesTheSameBitsAtAnyNumberOfThreads) {
  Rng rng(4);
  const Variable a = away_from_zero({257, 301}, rng);
  for (const Unary& op : kUnary) {
    EXPECT_TRUE(test::same_bits_at_any_number_of_threads([&] { return op.f(a); }, {a})) << op.name;
  }
}

TEST(ElementwiseTest, HasNoDerivativeAtAKinkAndKeepsNaN) {
  const Variable x = Variable::parameter(Tensor::from_values({2}, {0.0f, -0.0f}));
  (abs(x) + relu(x)).sum().backward();
  EXPECT_EQ(x.gradient().data()[0], 0.0f);
  EXPECT_EQ(x.gradient().data()[1], 0.0f);
  EXPECT_TRUE(std::isnan(relu(Variable(Tensor::filled({1}, kNaN))).item()));
}

TEST(ElementwiseTest, SaturatesWithoutNaN) {
  const Variable x = Variable::parameter(Tensor::from_values({2}, {1000.0f, -1000.0f}));
  EXPECT_TRUE(bitwise_equal(tanh(x).value(), Tensor::from_values({2}, {1, -1})));
  EXPECT_TRUE(all_close(sigmoid(x).value(), Tensor::from_values({2}, {1, 0})));
  (tanh(x) + sigmoid(x)).sum().backward();
  EXPECT_TRUE(all_close(x.gradient(), Tensor::zeros({2})));
}

TEST(ElementwiseTest, IsAsFloatsAreAtTheEdges) {
  const Variable x = Variable::parameter(Tensor::from_values({3}, {0.0f, -1.0f, 2.0f}));
  const Tensor logs = log(x).value().clone();
  EXPECT_EQ(logs.data()[0], -std::numeric_limits<float>::infinity());
  EXPECT_TRUE(std::isnan(logs.data()[1]));
  EXPECT_TRUE(std::isnan(sqrt(x).value().data()[1]));
  // Both limits belong to the part that moves.
  clamp(x, -1.0f, 2.0f).sum().backward();
  EXPECT_TRUE(bitwise_equal(x.gradient(), Tensor::filled({3}, 1.0f)));
  x.clear_gradient();
  (leaky_relu(x, 0.5f) + elu(x, 3.0f)).sum().backward();
  EXPECT_EQ(x.gradient().data()[0], 3.5f);  // The slopes from below.
  const Variable nan(Tensor::filled({1}, kNaN));
  for (const Unary& op : kUnary) EXPECT_TRUE(std::isnan(op.f(nan).item())) << op.name;
}

TEST(ElementwiseTest, NamesLimitsThatAreNone) {
  const Variable x(Tensor::zeros({2}));
  EXPECT_EQ(test::error_of<OptionError>([&] { clamp(x, 1, -1); }),
            "clamp: from 1 to -1, expected low <= high");
  EXPECT_THROW(clamp(x, kNaN, 1), OptionError);
}

}  // namespace
}  // namespace espalier
