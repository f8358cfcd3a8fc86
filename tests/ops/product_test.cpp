#include <espalier/ops/product.h>

#include <cmath>

#include "tests/ops/testing.h"

namespace espalier {
namespace {

struct Sizes {
  std::size_t m, k, n;
};

// Empty ones, and some of more than one tile.
const Sizes kSizes[] = {{1, 1, 1}, {0, 3, 2},  {3, 0, 2},     {3, 2, 0},
                        {5, 7, 3}, {1, 64, 9}, {300, 40, 70}, {70, 30, 1100}};

TEST(ProductTest, AgreesWithPlainLoops) {
  Rng rng(1);
  for (const auto& [m, k, n] : kSizes) {
    SCOPED_TRACE(testing::Message() << m << " " << k << " " << n);
    const Variable a = test::random_parameter({m, k}, rng);
    const Variable b = test::random_parameter({k, n}, rng);
    const Variable y = matmul(a, b);
    ASSERT_EQ(y.shape(), Shape({m, n}));
    const Tensor seed = normal_tensor({m, n}, 1.0f, rng);
    y.backward(seed.clone());
    if (m * n == 0) {  // Nothing comes back from nothing.
      EXPECT_TRUE(a.gradient().empty() && b.gradient().empty());
      continue;
    }
    const auto close = [](float actual, double expected) {
      return std::abs(static_cast<double>(actual) - expected) <= 1e-4 * (1 + std::abs(expected));
    };
    for (std::size_t i = 0; i < m; ++i) {
      for (std::size_t j = 0; j < n; ++j) {
        double sum = 0;
        for (std::size_t l = 0; l < k; ++l) {
          sum += static_cast<double>(a.value().at(i, l)) * static_cast<double>(b.value().at(l, j));
        }
        ASSERT_TRUE(close(y.value().at(i, j), sum));
      }
      for (std::size_t l = 0; l < k; ++l) {
        double sum = 0;
        for (std::size_t j = 0; j < n; ++j) {
          sum += static_cast<double>(seed.at(i, j)) * static_cast<double>(b.value().at(l, j));
        }
        ASSERT_TRUE(close(a.gradient().at(i, l), sum));
      }
    }
    for (std::size_t l = 0; l < k; ++l) {
      for (std::size_t j = 0; j < n; ++j) {
        double sum = 0;
        for (std::size_t i = 0; i < m; ++i) {
          sum += static_cast<double>(a.value().at(i, l)) * static_cast<double>(seed.at(i, j));
        }
        ASSERT_TRUE(close(b.gradient().at(l, j), sum));
      }
    }
  }
}

TEST(ProductTest, GradientsMatch) {
  Rng rng(2);
  const Variable a = test::random_parameter({3, 4}, rng);
  const Variable b = test::random_parameter({4, 2}, rng);
  const Variable square = test::random_parameter({3, 3}, rng);
  EXPECT_TRUE(test::gradients_match([&] { return matmul(a, b); }, {a, b}));
  EXPECT_TRUE(test::gradients_match([&] { return matmul(square, square); }, {square}));
  const Variable constant(normal_tensor({4, 2}, 1.0f, rng));
  matmul(a, constant).sum().backward();
  EXPECT_TRUE(constant.gradient().empty());
}

TEST(ProductTest, GivesTheSameBitsAtAnyNumberOfThreads) {
  Rng rng(3);
  for (const auto& [m, k, n] : {Sizes{300, 40, 70}, Sizes{70, 30, 1100}}) {
    const Variable a = test::random_parameter({m, k}, rng);
    const Variable b = test::random_parameter({k, n}, rng);
    EXPECT_TRUE(test::same_bits_at_any_number_of_threads([&] { return matmul(a, b); }, {a, b}));
  }
}

TEST(ProductTest, NamesBothShapes) {
  const Variable a(Tensor::zeros({2, 3}));
  EXPECT_EQ(test::error_of<ShapeError>([&] { matmul(a, a); }),
            "matmul: shapes [2, 3] and [2, 3], expected [m, k] and [k, n]");
  EXPECT_EQ(test::error_of<ShapeError>([&] { matmul(a, Variable(Tensor::zeros({3}))); }),
            "matmul: shapes [2, 3] and [3], expected [m, k] and [k, n]");
}

}  // namespace
}  // namespace espalier
