#include <espalier/training/gradients.h>

#include <gtest/gtest.h>

#include <vector>

namespace espalier::training {
namespace {

TEST(GradientsTest, RowsAreAddedToAFullGradient) {
  const Variable w = Variable::parameter(Tensor::zeros({3, 2}));
  EXPECT_TRUE(gradient_elements(w).empty());

  const std::vector<std::uint32_t> rows{2, 0, 2};
  w.mutable_row_gradient().add(rows, Tensor::from_values({3, 2}, {1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(gradient_elements(w).size(), 4u);  // Two rows were named.

  w.add_gradient(Tensor::filled({3, 2}, 10.0f));
  EXPECT_EQ(gradient_elements(w).size(), 6u);
  EXPECT_TRUE(w.row_gradient().empty());
  EXPECT_TRUE(bitwise_equal(w.gradient(), Tensor::from_values({3, 2}, {13, 14, 10, 10, 16, 18})));
}

}  // namespace
}  // namespace espalier::training
