#include <espalier/training/internal/labelled_rows.h>

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include <espalier/base/error.h>

namespace espalier::training::internal {
namespace {

TEST(LabelledRowsTest, TheLabelledAreSelectedInOrder) {
  const std::vector<std::int32_t> labels{-1, 2, 0, -1};
  const Tensor rows = Tensor::from_values({4, 2}, {0, 1, 2, 3, 4, 5, 6, 7});
  EXPECT_EQ(labelled_rows(labels), (std::vector<std::size_t>{1, 2}));
  const LabelledRows selected = select_rows(rows, labels, std::vector<std::size_t>{2, 1});
  EXPECT_EQ(selected.labels, (std::vector<std::int32_t>{0, 2}));
  EXPECT_TRUE(bitwise_equal(selected.rows, Tensor::from_values({2, 2}, {4, 5, 2, 3})));
}

TEST(LabelledRowsTest, ABadRowIsNamed) {
  Tensor rows = Tensor::zeros({3, 2});
  check_labelled_rows(rows, std::vector<std::int32_t>(3), "rows");
  EXPECT_THROW(check_labelled_rows(rows, std::vector<std::int32_t>(2), "rows"), ShapeError);
  rows.at(2, 1) = NAN;
  try {
    check_finite_rows(rows, "embeddings");
    FAIL() << "expected an Error";
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(), "embeddings: row 2 has nan at 1, expected finite numbers");
  }
}

}  // namespace
}  // namespace espalier::training::internal
