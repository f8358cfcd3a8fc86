#include <espalier/ops/sparse.h>

#include "tests/ops/sparse_patterns.h"
#include "tests/ops/testing.h"
#include "tests/support/errors.h"

namespace espalier {
namespace {

struct Sizes {
  std::size_t rows, columns, most, heads, width;
};
const Sizes kSizes[] = {{5, 4, 3, 1, 1},  {7, 9, 4, 2, 3}, {40, 30, 9, 8, 8}, {33, 20, 5, 1, 16},
                        {6, 3, 4, 3, 64}, {0, 4, 1, 1, 2}, {4, 0, 1, 2, 2}};

TEST(SparseProductTest, AgreesWithADenseProduct) {
  Rng rng(1);
  for (const auto& [rows, columns, most, heads, width] : kSizes) {
    const SparsePattern pattern = test::random_pattern(rows, columns, most, rng);
    const Variable w = test::random_parameter({pattern.num_entries(), heads}, rng);
    const Variable x = test::random_parameter({columns, heads * width}, rng);
    const Variable y = sparse_product(pattern, w, x);
    ASSERT_EQ(y.shape(), (Shape{rows, heads * width}));
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t k = 0; k < heads * width; ++k) {
        double sum = 0.0;
        for (std::uint64_t e = pattern.offsets[r]; e < pattern.offsets[r + 1]; ++e) {
          sum += static_cast<double>(w.value().at(e, k / width)) *
                 static_cast<double>(x.value().at(pattern.columns[e], k));
        }
        EXPECT_NEAR(y.value().at(r, k), sum, 1e-5);
      }
    }
  }
}

TEST(SparseProductTest, GradientsMatchDifferences) {
  Rng rng(2);
  for (const auto& [rows, columns, most, heads, width] : kSizes) {
    const SparsePattern pattern = test::random_pattern(rows, columns, most, rng);
    const Variable w = test::random_parameter({pattern.num_entries(), heads}, rng);
    const Variable x = test::random_parameter({columns, heads * width}, rng);
    EXPECT_TRUE(test::gradients_match([&] { return sparse_product(pattern, w, x); }, {w, x}));
    const Variable constant(w.value().clone());
    EXPECT_TRUE(test::gradients_match([&] { return sparse_product(pattern, constant, x); }, {x}));
  }
}

TEST(SparseProductTest, HasTheSameBitsAtAnyNumberOfThreads) {
  Rng rng(3);
  const SparsePattern pattern = test::random_pattern(500, 300, 12, rng);
  const Variable w = test::random_parameter({pattern.num_entries(), 8}, rng);
  const Variable x = test::random_parameter({300, 64}, rng);
  EXPECT_TRUE(test::same_bits_at_any_number_of_threads(
      [&] { return sparse_product(pattern, w, x); }, {w, x}));
}

TEST(SparseProductTest, RefusesWhatDoesNotFit) {
  Rng rng(4);
  const SparsePattern pattern = test::random_pattern(3, 2, 2, rng);
  const std::size_t n = pattern.num_entries();
  const auto error = [&](const Shape& weights, const Shape& x) {
    return test::error_of<ShapeError>([&] {
      sparse_product(pattern, Variable(Tensor::zeros(weights)), Variable(Tensor::zeros(x)));
    });
  };
  EXPECT_EQ(error({n + 1, 1}, {2, 3}),
            message("weights of a sparse product: shape [", n + 1, ", 1], expected [", n, ", 1]"));
  EXPECT_EQ(error({n, 1}, {3, 3}),
            "what a sparse matrix is multiplied with: shape [3, 3], expected [2, 3]");
  EXPECT_EQ(error({n, 2}, {2, 3}), "sparse product: 3 columns for 2 heads, expected a multiple");
}

}  // namespace
}  // namespace espalier
