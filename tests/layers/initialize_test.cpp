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

TEST(InitializeTest, SizesMustBePositive) {
  EXPECT_EQ(positive_size(3, "hidden_size"), 3u);
  EXPECT_EQ(test::error_of<OptionError>([] { positive_size(0, "hidden_size"); }),
            "hidden_size is 0, expected 1 or more");
  EXPECT_EQ(test::error_of<OptionError>([] { positive_size(-2, "arity"); }),
            "arity is -2, expected 1 or more");
}

}  // namespace
}  // namespace espalier
