#include <espalier/ops/elementwise.h>

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
    {"scale", [](const Variable& x) { return scale(x, -2.5f); }, [](double x) { return -2.5 * x; }},
    {"abs", [](const Variable& x) { return abs(x); }, [](double x) { return std::fabs(x); }},
    {"tanh", [](const Variable& x) { return tanh(x); }, [](double x) { return std::tanh(x); }},
    {"sigmoid", [](const Variable& x) { return sigmoid(x); },
     [](double x) { return 1 / (1 + std::exp(-x)); }},
    {"relu", [](const Variable& x) { return relu(x); }, [](double x) { return x > 0 ? x : 0; }},
};

struct Binary {
  const char* name;
  Variable (*f)(const Variable&, const Variable&);
  double (*reference)(double, double);
};

const Binary kBinary[] = {
    {"add", [](const Variable& a, const Variable& b) { return a + b; },
     [](double a, double b) { return a + b; }},
    {"subtract", [](const Variable& a, const Variable& b) { return a - b; },
     [](double a, double b) { return a - b; }},
    {"multiply", [](const Variable& a, const Variable& b) { return a * b; },
     [](double a, double b) { return a * b; }},
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
    const Variable b = away_from_zero(shape, rng);
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
    for (const Binary& op : kBinary) {
      SCOPED_TRACE(op.name);
      const Variable y = op.f(a, b);
      ASSERT_EQ(y.shape(), shape);
      for (std::size_t i = 0; i < a.value().size(); ++i) {
        const double expected = op.reference(static_cast<double>(a.value().data()[i]),
                                             static_cast<double>(b.value().data()[i]));
        ASSERT_EQ(y.value().data()[i], static_cast<float>(expected));
      }
    }
  }
}

TEST(ElementwiseTest, GradientsMatch) {
  Rng rng(2);
  for (const Shape& shape : {Shape{1}, Shape{3, 7}}) {
    const Variable a = away_from_zero(shape, rng);
    const Variable b = away_from_zero(shape, rng);
    for (const Unary& op : kUnary) {
      EXPECT_TRUE(test::gradients_match([&] { return op.f(a); }, {a})) << op.name;
    }
    for (const Binary& op : kBinary) {
      EXPECT_TRUE(test::gradients_match([&] { return op.f(a, b); }, {a, b})) << op.name;
      EXPECT_TRUE(test::gradients_match([&] { return op.f(a, a); }, {a})) << op.name;
    }
  }
}

TEST(ElementwiseTest, GivesConstantsNoGradient) {
  Rng rng(3);
  const Variable x = test::random_parameter({2, 2}, rng);
  const Variable c(normal_tensor({2, 2}, 1.0f, rng));
  for (const Binary& op : kBinary) {
    op.f(x, c).sum().backward();
    op.f(c, x).sum().backward();
    EXPECT_TRUE(c.gradient().empty()) << op.name;
  }
}

TEST(ElementwiseTest, GivesTheSameBitsAtAnyNumberOfThreads) {
  Rng rng(4);
  const Variable a = away_from_zero({257, 301}, rng);
  const Variable b = away_from_zero({257, 301}, rng);
  for (const Unary& op : kUnary) {
    EXPECT_TRUE(test::same_bits_at_any_number_of_threads([&] { return op.f(a); }, {a})) << op.name;
  }
  for (const Binary& op : kBinary) {
    EXPECT_TRUE(test::same_bits_at_any_number_of_threads([&] { return op.f(a, b); }, {a, b}))
        << op.name;
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

TEST(ElementwiseTest, NamesBothShapes) {
  const Variable a(Tensor::zeros({2, 3}));
  const Variable b(Tensor::zeros({3, 2}));
  EXPECT_EQ(test::error_of<ShapeError>([&] { add(a, b); }), "add: shape [3, 2], expected [2, 3]");
  EXPECT_EQ(test::error_of<ShapeError>([&] { subtract(a, b); }),
            "subtract: shape [3, 2], expected [2, 3]");
  EXPECT_EQ(test::error_of<ShapeError>([&] { multiply(a, b); }),
            "multiply: shape [3, 2], expected [2, 3]");
}

}  // namespace
}  // namespace espalier
