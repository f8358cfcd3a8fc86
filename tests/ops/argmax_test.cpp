#include <espalier/ops/argmax.h>

#include <limits>

#include <gtest/gtest.h>

namespace espalier {
namespace {

TEST(ArgmaxTest, FindsTheFirstGreatestOfEachRow) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  Tensor values = Tensor::uninitialized({4, 3});
  const float rows[4][3] = {
      {1, 3, 2}, {-1, -1, -2}, {-kInfinity, -kInfinity, -7}, {0, kInfinity, kInfinity}};
  for (std::size_t r = 0; r < 4; ++r) {
    for (std::size_t c = 0; c < 3; ++c) values.at(r, c) = rows[r][c];
  }
  EXPECT_EQ(argmax_rows(values.view()), (std::vector<std::int32_t>{1, 0, 2, 1}));
  EXPECT_EQ(argmax_rows(Tensor::uninitialized({0, 3}).view()), std::vector<std::int32_t>());
}

}  // namespace
}  // namespace espalier
