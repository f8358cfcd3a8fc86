#include <espalier/ops/arithmetic.h>

#include <cmath>
#include <limits>

#include "tests/ops/testing.h"

namespace espalier {
namespace {

struct Unary {
  const char* name;
  Variable (*f)(const Variable&);
  double (*reference)(double);
};

const Unary kUnary[] = {
    {"x + 2.5", [](const Variable& x) { return x + 2.5f; }, [](double x) { return x + 2.5; }},
    {"2.5 + x", [](const Variable& x) { return 2.5f + x; }, [](double x) { return x + 2.5; }},
    {"x - 2.5", [](const Variable& x) { return x - 2.5f; }, [](double x) { return x - 2.5; }},
    {"2.5 - x", [](const Variable& x) { return 2.5f - x; }, [](double x) { return 2.5 - x; }},
    {"-x", [](const Variable& x) { return -x; }, [](double x) { return -x; }},
    {"x * -2.5", [](const Variable& x) { return x * -2.5f; }, [](double x) { return -2.5 * x; }},
    {"-2.5 * x", [](const Variable& x) { return -2.5f * x; }, [](double x) { return -2.5 * x; }},
    {"x / 3", [](const Variable& x) { return x / 3.0f; }, [](double x) { return x / 3; }},
    {"3 / x", [](const Variable& x) { return 3.0f / x; }, [](double x) { return 3 / x; }},
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
    {"divide", [](const Variable& a, const Variable& b) { return a / b; },
     [](double a, double b) { return a / b; }},
};

// Numbers of both signs, none near 0, where quotients are not smooth.
Variable away_from_zero(const Shape& shape, Rng& rng) {
  Tensor x = normal_tensor(shape, 1.0f, rng);
  for (float& v : x.flat()) v += v < 0 ? -0.5f : 0.5f;
  return Variable::parameter(std::move(x));
}

// Two shapes, and that of the result as rows and columns.
struct Pair {
  Shape a, b, result;
};

const Pair kPairs[] = {
    {{0}, {0}, {0}},
    {{1}, {1}, {1}},
    {{3, 7}, {3, 7}, {3, 7}},
    {{2, 3, 4}, {2, 3, 4}, {2, 3, 4}},
    {{0, 5}, {0, 5}, {0, 5}},
    {{3, 7}, {7}, {3, 7}},        // A row,
    {{3, 7}, {1, 7}, {3, 7}},     //
    {{2, 3, 4}, {4}, {2, 3, 4}},  //
    {{3, 7}, {3, 1}, {3, 7}},     // a column,
    {{2, 3, 4}, {2, 3, 1}, {2, 3, 4}},
    {{3, 7}, {1}, {3, 7}},     // a scalar,
    {{3, 7}, {1, 1}, {3, 7}},  //
    {{7}, {1, 1}, {7}},        //
    {{3, 1}, {7}, {3, 7}},     // a column and a row;
    {{3, 1}, {1, 7}, {3, 7}},  //
    {{0, 5}, {5}, {0, 5}},     // empty ones.
    {{0, 5}, {0, 1}, {0, 5}},
    {{0, 5}, {1}, {0, 5}},
    {{3, 0}, {3, 1}, {3, 0}},
    {{0, 1}, {4}, {0, 4}},
    {{700, 61}, {61}, {700, 61}},  // Beyond one block.
    {{700, 61}, {700, 1}, {700, 61}},
    {{700, 61}, {1}, {700, 61}},
    {{700, 1}, {61}, {700, 61}},
};

// Where element (r, c) of the result finds its value in x.
double at(const Variable& x, const Shape& result, std::size_t r, std::size_t c) {
  const Shape& s = x.shape();
  const std::size_t n = s.num_elements();
  if (n == 1) return static_cast<double>(x.value().data()[0]);
  if (s == result) return static_cast<double>(x.value().data()[r * result[result.rank() - 1] + c]);
  return static_cast<double>(x.value().data()[s[s.rank() - 1] == 1 ? r : c]);
}

TEST(ArithmeticTest, AgreesWithPlainLoops) {
  Rng rng(1);
  for (const Pair& pair : kPairs) {
    SCOPED_TRACE(pair.a.to_string() + " and " + pair.b.to_string());
    const Variable a = away_from_zero(pair.a, rng);
    const Variable b = away_from_zero(pair.b, rng);
    const std::size_t cols = pair.result[pair.result.rank() - 1];
    for (const Binary& op : kBinary) {
      SCOPED_TRACE(op.name);
      const Variable y = op.f(a, b), swapped = op.f(b, a);
      ASSERT_EQ(y.value().size(), pair.result.num_elements());
      if (a.value().size() != 1) {
        ASSERT_EQ(y.shape(), pair.result);
      }
      ASSERT_EQ(swapped.shape(), y.shape());
      for (std::size_t i = 0; i < y.value().size(); ++i) {
        const double u = at(a, pair.result, i / cols, i % cols);
        const double v = at(b, pair.result, i / cols, i % cols);
        ASSERT_EQ(y.value().data()[i], static_cast<float>(op.reference(u, v)));
        ASSERT_EQ(swapped.value().data()[i], static_cast<float>(op.reference(v, u)));
      }
    }
    for (const Unary& op : kUnary) {
      SCOPED_TRACE(op.name);
      const Variable y = op.f(a);
      ASSERT_EQ(y.shape(), a.shape());
      for (std::size_t i = 0; i < y.value().size(); ++i) {
        const double expected = op.reference(static_cast<double>(a.value().data()[i]));
        ASSERT_EQ(y.value().data()[i], static_cast<float>(expected));
      }
    }
  }
}

TEST(ArithmeticTest, GradientsMatch) {
  Rng rng(2);
  for (const Pair& pair : kPairs) {
    if (pair.result.num_elements() > 100 || pair.result.num_elements() == 0) continue;
    SCOPED_TRACE(pair.a.to_string() + " and " + pair.b.to_string());
    const Variable a = away_from_zero(pair.a, rng);
    const Variable b = away_from_zero(pair.b, rng);
    for (const Unary& op : kUnary) {
      EXPECT_TRUE(test::gradients_match([&] { return op.f(a); }, {a})) << op.name;
    }
    for (const Binary& op : kBinary) {
      EXPECT_TRUE(test::gradients_match([&] { return op.f(a, b); }, {a, b})) << op.name;
      EXPECT_TRUE(test::gradients_match([&] { return op.f(b, a); }, {a, b})) << op.name;
      EXPECT_TRUE(test::gradients_match([&] { return op.f(a, a); }, {a})) << op.name;
    }
  }
}

// More rows than a block has: what is repeated gains the sum over all of them.
TEST(ArithmeticTest, SumsTheGradientsOfRepetitions) {
  Rng rng(3);
  const Variable x = away_from_zero({700, 61}, rng);
  const Tensor seed = normal_tensor({700, 61}, 1.0f, rng);
  for (const Shape& shape : {Shape{61}, Shape{700, 1}, Shape{1}}) {
    SCOPED_TRACE(shape.to_string());
    const Variable y = away_from_zero(shape, rng);
    multiply(y, x).backward(seed.clone());
    std::vector<double> expected(y.value().size());
    for (std::size_t r = 0; r < 700; ++r) {
      for (std::size_t c = 0; c < 61; ++c) {
        expected[shape[0] == 61    ? c
                 : shape[0] == 700 ? r
                                   : 0] +=
            static_cast<double>(seed.at(r, c)) * static_cast<double>(x.value().at(r, c));
      }
    }
    for (std::size_t i = 0; i < expected.size(); ++i) {
      EXPECT_NEAR(static_cast<double>(y.gradient().data()[i]), expected[i], 1e-4);
    }
    x.clear_gradient();
  }
}

TEST(ArithmeticTest, GivesNoGradientToWhatIsRepeatedNowhere) {
  const Variable none = Variable::parameter(Tensor::zeros({0, 3}));
  const Variable row = Variable::parameter(Tensor::filled({3}, 2.0f));
  const Variable scalar = Variable::parameter(Tensor::filled({1}, 2.0f));
  (none * row / scalar).sum().backward();
  EXPECT_TRUE(row.gradient().empty());
  EXPECT_TRUE(scalar.gradient().empty());
}

TEST(ArithmeticTest, GivesConstantsNoGradient) {
  Rng rng(3);
  const Variable x = test::random_parameter({2, 2}, rng);
  const Variable c(normal_tensor({2, 2}, 1.0f, rng));
  for (const Binary& op : kBinary) {
    op.f(x, c).sum().backward();
    op.f(c, x).sum().backward();
    EXPECT_TRUE(c.gradient().empty()) << op.name;
  }
}

TEST(ArithmeticTest, DividesAsFloatsDo) {
  const Variable one(Tensor::filled({1}, 1.0f)), zero(Tensor::zeros({1}));
  EXPECT_EQ((one / zero).item(), std::numeric_limits<float>::infinity());
  EXPECT_TRUE(std::isnan((zero / zero).item()));
}

TEST(ArithmeticTest, GivesTheSameBitsAtAnyNumberOfThreads) {
  Rng rng(4);
  const Variable a = away_from_zero({700, 61}, rng);
  for (const Unary& op : kUnary) {
    EXPECT_TRUE(test::same_bits_at_any_number_of_threads([&] { return op.f(a); }, {a})) << op.name;
  }
  for (const Shape& shape : {Shape{700, 61}, Shape{61}, Shape{700, 1}, Shape{1}}) {
    const Variable b = away_from_zero(shape, rng);
    for (const Binary& op : kBinary) {
      EXPECT_TRUE(test::same_bits_at_any_number_of_threads([&] { return op.f(a, b); }, {a, b}))
          << op.name << shape.to_string();
    }
  }
}

TEST(ArithmeticTest, NamesBothShapes) {
  const char* const expected =
      ": shapes [2, 3] and [3, 2], expected the same, or a row, a column or a scalar on one side";
  const Variable a(Tensor::zeros({2, 3}));
  const Variable b(Tensor::zeros({3, 2}));
  for (const Binary& op : kBinary) {
    EXPECT_EQ(test::error_of<ShapeError>([&] { op.f(a, b); }), std::string(op.name) + expected);
  }
  for (const Shape& shape : {Shape{2}, Shape{3, 1}, Shape{1, 2}, Shape{2, 3, 1}, Shape{0}}) {
    EXPECT_THROW(add(a, Variable(Tensor::zeros(shape))), ShapeError) << shape.to_string();
    EXPECT_THROW(add(Variable(Tensor::zeros(shape)), a), ShapeError) << shape.to_string();
  }
}

}  // namespace
}  // namespace espalier
