#include <espalier/layers/initialize.h>

#include <cmath>

#include "tests/layers/testing.h"

namespace espalier {
namespace {

TEST(InitializeTest, IsUniformWithinTheBoundOfTheFanIn) {
  Rng rng(1);
  const Tensor t = uniform_by_fan_in({100, 25}, 25, rng);
  ASSERT_EQ(t.shape(), (Shape{100, 25}));
  double sum = 0, squares = 0;
  for (const float x : t.flat()) {
    EXPECT_LE(std::abs(x), 0.2f);
    sum += static_cast<double>(x);
    squares += static_cast<double>(x) * static_cast<double>(x);
  }
  EXPECT_NEAR(sum / 2500, 0.0, 0.01);
  EXPECT_NEAR(squares / 2500, 0.2 * 0.2 / 3, 0.001);
}

TEST(InitializeTest, FollowsTheRandomNumbers) {
  Rng a(2), b(2), c(3);
  const Tensor expected = uniform_by_fan_in({4, 5}, 5, a);
  EXPECT_TRUE(bitwise_equal(uniform_by_fan_in({4, 5}, 5, b), expected));
  EXPECT_FALSE(bitwise_equal(uniform_by_fan_in({4, 5}, 5, c), expected));
}

TEST(InitializeTest, OrthogonalMatricesAreOrthogonalEachByItself) {
  Rng rng(4);
  for (const std::size_t n : {1u, 2u, 7u, 64u}) {
    const Tensor q = recurrent_matrix(RecurrentInit::kOrthogonal, 3, n, rng);
    ASSERT_EQ(q.shape(), (Shape{3 * n, n}));
    for (std::size_t a = 0; a < 3 * n; ++a) {
      for (std::size_t b = a / n * n; b < a / n * n + n; ++b) {
        double dot = 0;
        for (std::size_t k = 0; k < n; ++k) {
          dot += static_cast<double>(q.at(a, k)) * static_cast<double>(q.at(b, k));
        }
        ASSERT_NEAR(dot, a == b ? 1.0 : 0.0, 1e-6) << "rows " << a << " and " << b << " of " << n;
      }
    }
    EXPECT_TRUE(n == 1 || q.at(0, 0) != q.at(n, 0));
  }
}

// Of either sign alike: were the rows not random, the mean over many would show it.
TEST(InitializeTest, OrthogonalMatricesFavourNoDirection) {
  Rng rng(5);
  const Tensor q = recurrent_matrix(RecurrentInit::kOrthogonal, 500, 3, rng);
  for (std::size_t e = 0; e < 9; ++e) {
    double sum = 0;
    for (std::size_t gate = 0; gate < 500; ++gate) {
      sum += static_cast<double>(q.at(3 * gate + e / 3, e % 3));
    }
    EXPECT_NEAR(sum / 500, 0.0, 4 * std::sqrt(1.0 / 3 / 500)) << e;  // Four standard errors.
  }
}

TEST(InitializeTest, TheIdentityAndUniformMatrices) {
  Rng rng(6), same(6);
  const Tensor identity = recurrent_matrix(RecurrentInit::kIdentity, 2, 3, rng);
  EXPECT_TRUE(bitwise_equal(identity, Tensor::from_values({6, 3}, {1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0,
                                                                   0, 0, 1, 0, 0, 0, 1})));
  EXPECT_TRUE(bitwise_equal(recurrent_matrix(RecurrentInit::kUniform, 2, 3, rng),
                            uniform_by_fan_in({6, 3}, 3, same)));
}

TEST(InitializeTest, ChronoBiasesRememberForTheirTimes) {
  Rng rng(7);
  const Tensor biases = chrono_biases(4000, 101, rng);
  double times = 0, greatest = 0;
  for (const float bias : biases.flat()) {
    EXPECT_GE(bias, 0.0f);
    times += std::exp(static_cast<double>(bias)) / 4000;
    greatest = std::max(greatest, std::exp(static_cast<double>(bias)));
  }
  EXPECT_NEAR(times, 50.5, 2.0);  // The mean of 1 .. 100.
  EXPECT_NEAR(greatest, 100.0, 1.0);
  EXPECT_EQ(test::error_of<OptionError>([&] { chrono_biases(3, 1, rng); }),
            "chrono_steps is 1, expected 2 or more");
}

}  // namespace
}  // namespace espalier
