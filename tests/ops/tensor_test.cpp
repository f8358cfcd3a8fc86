#include <espalier/ops/tensor.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include <espalier/base/memory.h>
#include <espalier/base/memory_error.h>

#include "tests/ops/testing.h"

namespace espalier {
namespace {

TEST(ShapeTest, KnowsItsSizesAndText) {
  const Shape shape{3, 4};
  EXPECT_EQ(shape.rank(), 2u);
  EXPECT_EQ(shape.num_elements(), 12u);
  EXPECT_EQ(shape.to_string(), "[3, 4]");
  EXPECT_EQ(Shape{}.num_elements(), 1u);
  EXPECT_EQ(Shape{}.to_string(), "[]");
  EXPECT_NE(Shape({3, 4}), Shape({4, 3}));
  EXPECT_NE(Shape({3}), Shape({3, 0}));
}

TEST(ShapeTest, RefusesFiveSizes) {
  EXPECT_EQ(test::error_of<ShapeError>([] {
              Shape{1, 2, 3, 4, 5};
            }),
            "a tensor of 5 sizes, expected at most 4");
}

TEST(ShapeTest, RefusesProductsThatOverflow) {
  constexpr std::size_t k2To30 = std::size_t{1} << 30;
  EXPECT_EQ(Shape({k2To30, k2To30}).num_elements(), std::size_t{1} << 60);
  for (const auto& sizes : std::vector<std::vector<std::size_t>>{
           {(std::size_t{1} << 60) + 1},
           {std::size_t{1} << 62, 1},
           {k2To30, k2To30, 2},
           {std::size_t{1} << 32, std::size_t{1} << 32},
           {std::size_t{1} << 40, std::size_t{1} << 40, 0},  // As many rows as that has none.
           {3, std::numeric_limits<std::size_t>::max()}}) {
    EXPECT_THROW(Shape(std::span<const std::size_t>(sizes)), ShapeError);
  }
  EXPECT_EQ(test::error_of<ShapeError>([] {
              Tensor::uninitialized({std::size_t{1} << 62, 1});
            }),
            "a tensor of shape [4611686018427387904, 1], expected at most 1152921504606846976 "
            "elements");
}

TEST(TensorTest, SaysForWhatMemoryRanOut) {
  EXPECT_TRUE(test::error_of<MemoryError>([] {
                Tensor::zeros({std::size_t{1} << 50, 4});
              }).starts_with("a tensor of shape [1125899906842624, 4]: out of memory: no "));
  fail_block(1);
  EXPECT_EQ(test::error_of<MemoryError>([] {
              Tensor::zeros({2, 3});
            }),
            "a tensor of shape [2, 3]: out of memory: no 88 bytes more");
  EXPECT_EQ(Tensor::zeros({2, 3}).size(), 6u);
}

TEST(TensorTest, IsRowMajorAndAligned) {
  Tensor t = Tensor::from_values({2, 3}, {1, 2, 3, 4, 5, 6});
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(t.data()) % 64, 0u);
  EXPECT_EQ(t.at(1, 0), 4.0f);
  EXPECT_EQ(t.row(1)[2], 6.0f);
  t.at(0, 2) = 7;
  EXPECT_EQ(t.flat()[2], 7.0f);
  EXPECT_EQ(t.view().slice(1, 2).data, t.data() + 3);
}

TEST(TensorTest, IsAMatrixByItsLastSize) {
  const auto rows_and_cols = [](const Shape& shape) {
    const Tensor t = Tensor::zeros(shape);
    return std::pair(t.rows(), t.cols());
  };
  EXPECT_EQ(rows_and_cols({5}), std::pair(std::size_t{1}, std::size_t{5}));
  EXPECT_EQ(rows_and_cols({2, 3}), std::pair(std::size_t{2}, std::size_t{3}));
  EXPECT_EQ(rows_and_cols({2, 3, 4}), std::pair(std::size_t{6}, std::size_t{4}));
  EXPECT_EQ(rows_and_cols({0, 3}), std::pair(std::size_t{0}, std::size_t{3}));
}

TEST(TensorTest, WithoutColumnsKeepsTheRowsOfAllLeadingSizes) {
  EXPECT_EQ(Tensor::zeros({7, 0}).rows(), 7u);
  EXPECT_EQ(Tensor::zeros({2, 3, 0}).rows(), 6u);
}

TEST(TensorTest, MovesLeaveAnEmptyTensorAndClonesAreApart) {
  Tensor a = Tensor::filled({2, 2}, 3.0f);
  Tensor copy = a.clone();
  copy.at(0, 0) = 1;
  EXPECT_EQ(a.at(0, 0), 3.0f);
  const Tensor b = std::move(a);
  EXPECT_TRUE(a.empty());  // NOLINT(bugprone-use-after-move): that is the point.
  EXPECT_EQ(a.shape(), Shape{});
  EXPECT_EQ(b.shape(), Shape({2, 2}));
  EXPECT_TRUE(Tensor().clone().empty());
  EXPECT_EQ(Tensor::zeros({0, 3}).clone().shape(), Shape({0, 3}));
}

TEST(TensorTest, RefusesWhatDoesNotFit) {
  EXPECT_EQ(test::error_of<ShapeError>([] {
              Tensor::from_values({2, 2}, {1, 2, 3});
            }),
            "3 values, expected 4 for shape [2, 2]");
  EXPECT_EQ(test::error_of<ShapeError>([] { Tensor::zeros({2}).item(); }),
            "a tensor of shape [2], expected one element");
  EXPECT_EQ(test::error_of<ShapeError>([] {
              check_shape({1, 2}, {2, 1}, "here");
            }),
            "here: shape [1, 2], expected [2, 1]");
  EXPECT_EQ(Tensor::filled({1, 1}, 5.0f).item(), 5.0f);
}

TEST(TensorTest, ComparesByToleranceAndByBits) {
  const Tensor a = Tensor::from_values({2}, {1.0f, 0.0f});
  EXPECT_TRUE(all_close(a, Tensor::from_values({2}, {1.000001f, 0.0f})));
  EXPECT_FALSE(all_close(a, Tensor::from_values({2}, {1.001f, 0.0f})));
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Tensor n = Tensor::from_values({2}, {1.0f, nan});
  EXPECT_FALSE(all_close(n, n));
  EXPECT_TRUE(bitwise_equal(n, n));
  EXPECT_FALSE(bitwise_equal(a, Tensor::from_values({2}, {1.0f, -0.0f})));
  EXPECT_FALSE(bitwise_equal(a, Tensor::from_values({2, 1}, {1.0f, 0.0f})));
  EXPECT_THROW(all_close(a, Tensor::zeros({3})), ShapeError);
}

}  // namespace
}  // namespace espalier
