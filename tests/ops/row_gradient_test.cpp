#include <espalier/ops/row_gradient.h>

#include <algorithm>
#include <array>
#include <vector>

#include "tests/ops/testing.h"

namespace espalier {
namespace {

std::vector<std::uint32_t> rows_of(const RowGradient& gradient) {
  return {gradient.rows().begin(), gradient.rows().end()};
}

TEST(RowGradientTest, SumsEachRowOnceAndAscending) {
  RowGradient gradient;
  EXPECT_TRUE(gradient.empty());
  gradient.add(std::array<std::uint32_t, 3>{4, 1, 4},
               Tensor::from_values({3, 2}, {1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(rows_of(gradient), (std::vector<std::uint32_t>{1, 4}));
  EXPECT_TRUE(bitwise_equal(gradient.values(), Tensor::from_values({2, 2}, {3, 4, 6, 8})));

  gradient.add(std::array<std::uint32_t, 2>{0, 1}, Tensor::from_values({2, 2}, {1, 1, 10, 10}));
  EXPECT_EQ(rows_of(gradient), (std::vector<std::uint32_t>{0, 1, 4}));
  EXPECT_TRUE(bitwise_equal(gradient.values(), Tensor::from_values({3, 2}, {1, 1, 13, 14, 6, 8})));
}

TEST(RowGradientTest, SumsInTheOrderOfAdding) {
  const std::vector<float> terms = {1e8f, 1.0f, -1e8f, 1.0f, 3e-8f};
  float expected = 0;
  RowGradient gradient;
  for (const float term : terms) {
    expected += term;
    gradient.add(std::array<std::uint32_t, 1>{7}, Tensor::filled({1, 1}, term));
  }
  EXPECT_EQ(gradient.values().item(), expected);
}

TEST(RowGradientTest, ClearsAndTakesOtherColumnsThen) {
  RowGradient gradient;
  gradient.add(std::array<std::uint32_t, 1>{7}, Tensor::zeros({1, 3}));
  gradient.clear();
  EXPECT_TRUE(gradient.empty());
  EXPECT_TRUE(gradient.rows().empty());
  EXPECT_TRUE(gradient.values().empty());
  gradient.add(std::array<std::uint32_t, 1>{7}, Tensor::zeros({1, 2}));
  EXPECT_EQ(gradient.mutable_values().shape(), Shape({1, 2}));
}

TEST(RowGradientTest, IgnoresAnEmptyContribution) {
  RowGradient gradient;
  gradient.add({}, Tensor::zeros({0, 3}));
  EXPECT_TRUE(gradient.empty());
}

TEST(RowGradientTest, RefusesWhatDoesNotFit) {
  RowGradient gradient;
  gradient.add(std::array<std::uint32_t, 1>{7}, Tensor::zeros({1, 3}));
  EXPECT_EQ(test::error_of<ShapeError>([&] {
              gradient.add(std::array<std::uint32_t, 2>{7, 8}, Tensor::zeros({2, 2}));
            }),
            "row gradient: shape [2, 2], expected [2, 3]");
  EXPECT_THROW(gradient.add(std::array<std::uint32_t, 2>{7, 8}, Tensor::zeros({1, 3})), ShapeError);
}

}  // namespace
}  // namespace espalier
