#include <espalier/ops/reduce.h>

#include <algorithm>
#include <vector>

#include "tests/ops/testing.h"

namespace espalier {
namespace {

// Of each its shape, and that of its rows' sums.
const std::pair<Shape, Shape> kShapes[] = {
    {{1}, {1}},
    {{5}, {1}},
    {{0}, {1}},
    {{0, 3}, {0, 1}},
    {{3, 0}, {3, 1}},
    {{4, 7}, {4, 1}},
    {{2, 3, 5}, {2, 3, 1}},
    {{5000, 11}, {5000, 1}},
    {{3, 40000}, {3, 1}},
};

TEST(ReduceTest, AgreesWithPlainLoops) {
  Rng rng(1);
  for (const auto& [shape, column] : kShapes) {
    SCOPED_TRACE(shape.to_string());
    const Variable x = test::random_parameter(shape, rng);
    const std::size_t cols = shape[shape.rank() - 1];
    const Variable sums = row_sum(x), means = row_mean(x), whole = mean(x);
    ASSERT_EQ(sums.shape(), column);
    ASSERT_EQ(means.shape(), column);
    ASSERT_EQ(whole.shape(), Shape{1});
    double total = 0;
    for (std::size_t r = 0; r < column.num_elements(); ++r) {
      double sum = 0;
      for (std::size_t c = 0; c < cols; ++c) {
        sum += static_cast<double>(x.value().data()[r * cols + c]);
      }
      ASSERT_NEAR(static_cast<double>(sums.value().data()[r]), sum, 1e-6 * (1 + std::abs(sum)));
      const double n = std::max(1.0, static_cast<double>(cols));
      ASSERT_NEAR(static_cast<double>(means.value().data()[r]), sum / n, 1e-6);
      total += sum;
    }
    const double n = std::max(1.0, static_cast<double>(shape.num_elements()));
    EXPECT_NEAR(static_cast<double>(whole.item()), total / n, 1e-6);
  }
}

TEST(ReduceTest, GradientsMatch) {
  Rng rng(2);
  for (const auto& [shape, column] : kShapes) {
    if (shape.num_elements() > 100 || shape.num_elements() == 0) continue;
    const Variable x = test::random_parameter(shape, rng);
    EXPECT_TRUE(test::gradients_match([&] { return row_sum(x); }, {x}));
    EXPECT_TRUE(test::gradients_match([&] { return row_mean(x); }, {x}));
    EXPECT_TRUE(test::gradients_match([&] { return mean(x); }, {x}));
    // As written in models: rows that sum to 1.
    EXPECT_TRUE(test::gradients_match([&] { return exp(x) / row_sum(exp(x)); }, {x}));
  }
}

TEST(ReduceTest, TakesEmptyTensorsBackward) {
  for (const Shape& shape : {Shape{0}, Shape{0, 3}, Shape{3, 0}}) {
    const Variable x = Variable::parameter(Tensor::zeros(shape));
    mean(x).backward();
    row_mean(x).sum().backward();
    EXPECT_EQ(x.gradient().shape(), shape);
  }
}

TEST(ReduceTest, GivesTheSameBitsAtAnyNumberOfThreads) {
  Rng rng(3);
  const Variable x = test::random_parameter({5000, 11}, rng);
  EXPECT_TRUE(test::same_bits_at_any_number_of_threads([&] { return row_sum(x); }, {x}));
  EXPECT_TRUE(test::same_bits_at_any_number_of_threads([&] { return row_mean(x); }, {x}));
  EXPECT_TRUE(test::same_bits_at_any_number_of_threads([&] { return mean(x); }, {x}));
}

}  // namespace
}  // namespace espalier
