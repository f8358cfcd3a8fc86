#include <espalier/ops/matmul.h>

#include <malloc.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <thread>
#include <utility>
#include <vector>

#include "tests/ops/testing.h"

namespace espalier {
namespace {

using test::error_of;

Tensor random_matrix(std::size_t rows, std::size_t cols, Rng& rng) {
  return normal_tensor({rows, cols}, 1.0f, rng);
}

double at(MatrixView m, std::size_t r, std::size_t c) { return static_cast<double>(m.row(r)[c]); }

// A sum of products in double, and the sum of their sizes: what a float's rounding is relative to.
struct Sum {
  double value = 0;
  double size = 0;

  void add(double term) {
    value += term;
    size += std::abs(term);
  }
  bool agrees(float actual) const {
    return std::abs(static_cast<double>(actual) - value) <= 1e-6 * size;
  }
};

// start (null: 0) + x b + bias (null: 0).
testing::AssertionResult is_product(MatrixView y, MatrixView x, MatrixView b,
                                    const float* bias = nullptr, const Tensor* start = nullptr) {
  for (std::size_t r = 0; r < y.rows; ++r) {
    for (std::size_t c = 0; c < y.cols; ++c) {
      Sum sum;
      if (start != nullptr) sum.add(at(start->view(), r, c));
      if (bias != nullptr) sum.add(static_cast<double>(bias[c]));
      for (std::size_t k = 0; k < x.cols; ++k) sum.add(at(x, r, k) * at(b, k, c));
      if (!sum.agrees(y.row(r)[c])) {
        return testing::AssertionFailure() << "element " << r << ", " << c << " is " << y.row(r)[c]
                                           << ", expected " << sum.value;
      }
    }
  }
  return testing::AssertionSuccess();
}

bool same_bits(MatrixView a, MatrixView b) {
  return bitwise_equal(Tensor::from_values({a.rows, a.cols}, a.flat()),
                       Tensor::from_values({b.rows, b.cols}, b.flat()));
}

// k and n of every product in the Tree-LSTMs at their published sizes, and some small ones.
constexpr std::pair<std::size_t, std::size_t> kSizes[] = {
    {150, 600}, {150, 450}, {300, 750}, {750, 300}, {450, 150}, {450, 300}, {300, 300},
    {150, 5},   {50, 200},  {1, 1},     {3, 4},     {7, 1},     {1, 9},     {4, 16}};

TEST(MatmulTest, AgreesWithPlainLoops) {
  Rng rng(1);
  for (const std::size_t k : {1u, 2u, 3u, 16u, 17u, 50u, 150u, 750u}) {
    for (const std::size_t n : {1u, 2u, 5u, 16u, 33u, 150u}) {
      const Tensor b = random_matrix(k, n, rng);
      const Tensor bias = random_matrix(1, n, rng);
      PackedMatrix packed(k, n);
      EXPECT_EQ(packed.k(), k);
      EXPECT_EQ(packed.n(), n);
      packed.pack(b.view());
      for (const std::size_t rows : {0u, 1u, 2u, 13u, 64u, 65u, 150u}) {
        SCOPED_TRACE(message(rows, " rows, k ", k, ", n ", n));
        const Tensor x = random_matrix(rows, k, rng);
        Tensor y = Tensor::filled({rows, n}, 7.0f);
        packed.multiply(x.view(), y.view());
        EXPECT_TRUE(is_product(y.view(), x.view(), b.view()));
        packed.multiply(x.view(), y.view(), bias.data());
        EXPECT_TRUE(is_product(y.view(), x.view(), b.view(), bias.data()));
        const Tensor start = random_matrix(rows, n, rng);
        y = start.clone();
        packed.multiply(x.view(), y.view(), nullptr, Store::kAdd);
        EXPECT_TRUE(is_product(y.view(), x.view(), b.view(), nullptr, &start));
        Tensor plain = Tensor::uninitialized({rows, n});
        if (rows > 0) multiply_plain(x.view(), b.view(), plain.view());
        EXPECT_TRUE(is_product(plain.view(), x.view(), b.view()));
      }
    }
  }
}

TEST(MatmulTest, ARowHasTheSameBitsForEveryNumberOfRowsAndPosition) {
  Rng rng(2);
  for (const auto& [k, n] : kSizes) {
    const Tensor x = random_matrix(PackedMatrix::kTileRows, k, rng);
    const Tensor start = random_matrix(PackedMatrix::kTileRows, n, rng);
    const Tensor bias = random_matrix(1, n, rng);
    PackedMatrix packed(k, n);
    packed.pack(random_matrix(k, n, rng).view());
    for (const auto& [with_bias, store] :
         {std::pair{false, Store::kReplace}, {true, Store::kReplace}, {false, Store::kAdd}}) {
      const float* const b = with_bias ? bias.data() : nullptr;
      Tensor whole = start.clone();
      packed.multiply(x.view(), whole.view(), b, store);
      for (std::size_t rows = 1; rows <= PackedMatrix::kTileRows; ++rows) {
        // At the start, at the end, and in between, at odd addresses.
        const std::size_t last = PackedMatrix::kTileRows - rows;
        for (const std::size_t first : {std::size_t{0}, last / 3, last / 2, last}) {
          Tensor y = start.clone();
          const MutableMatrixView part = y.view().slice(first, first + rows);
          packed.multiply(x.view().slice(first, first + rows), part, b, store);
          ASSERT_TRUE(same_bits(part, whole.view().slice(first, first + rows)))
              << rows << " rows from " << first << ", k " << k << ", n " << n << ", bias "
              << with_bias << ", add " << (store == Store::kAdd);
        }
      }
    }
  }
}

// A node without an input in a tile of nodes that have one starts from the bias; alone, it does
// not.
TEST(MatmulTest, AddingToTheBiasGivesTheBitsOfAProductWithBias) {
  Rng rng(3);
  for (const auto& [k, n] : kSizes) {
    const Tensor bias = random_matrix(1, n, rng);
    PackedMatrix packed(k, n);
    packed.pack(random_matrix(k, n, rng).view());
    for (const std::size_t rows : {1u, 5u, 64u}) {
      const Tensor x = random_matrix(rows, k, rng);
      Tensor with_bias = Tensor::uninitialized({rows, n});
      packed.multiply(x.view(), with_bias.view(), bias.data());
      Tensor added = Tensor::uninitialized({rows, n});
      for (std::size_t r = 0; r < rows; ++r) std::copy_n(bias.data(), n, added.row(r).data());
      packed.multiply(x.view(), added.view(), nullptr, Store::kAdd);
      EXPECT_TRUE(bitwise_equal(added, with_bias)) << rows << " rows, k " << k << ", n " << n;
    }
  }
}

TEST(MatmulTest, InParallelGivesTheSameBits) {
  Rng rng(4);
  const Tensor x = random_matrix(1000, 150, rng);
  const Tensor bias = random_matrix(1, 450, rng);
  PackedMatrix packed(150, 450);
  packed.pack(random_matrix(150, 450, rng).view());
  Tensor expected = Tensor::uninitialized({1000, 450});
  packed.multiply(x.view(), expected.view(), bias.data());
  test::for_each_number_of_threads([&](int threads) {
    Tensor y = Tensor::uninitialized({1000, 450});
    parallel_multiply(x.view(), packed, y.view(), bias.data());
    EXPECT_TRUE(bitwise_equal(y, expected)) << threads << " threads";
  });
}

TEST(MatmulTest, PacksTheTransposeOfBlocks) {
  Rng rng(5);
  for (const auto& [k, n] : kSizes) {
    const Tensor b = random_matrix(n, k, rng);  // Of which the transpose is wanted.
    Tensor transposed = Tensor::uninitialized({k, n});
    for (std::size_t i = 0; i < k; ++i) {
      for (std::size_t j = 0; j < n; ++j) transposed.at(i, j) = b.at(j, i);
    }
    const Tensor x = random_matrix(3, k, rng);
    PackedMatrix packed(k, n);
    packed.pack(transposed.view());
    Tensor expected = Tensor::uninitialized({3, n});
    packed.multiply(x.view(), expected.view());

    const MatrixView all = b.view();
    const std::vector<std::vector<MatrixView>> cuts = {
        {all},
        {all.slice(0, n / 2), all.slice(n / 2, n)},
        {all.slice(0, 0), all.slice(0, n / 3), all.slice(n / 3, n / 2), all.slice(n / 2, n)}};
    for (const std::vector<MatrixView>& blocks : cuts) {
      packed.pack_transposed(blocks);
      Tensor y = Tensor::uninitialized({3, n});
      packed.multiply(x.view(), y.view());
      EXPECT_TRUE(bitwise_equal(y, expected)) << blocks.size() << " blocks, k " << k << ", n " << n;
    }
  }
}

TEST(MatmulTest, RefusesMatricesOfAnotherShape) {
  EXPECT_EQ(error_of<ShapeError>([] { PackedMatrix(0, 3); }), "a [0, 3] matrix to multiply with");
  EXPECT_EQ(error_of<ShapeError>([] { PackedMatrix(3, 0); }), "a [3, 0] matrix to multiply with");
  PackedMatrix packed(2, 3);
  const Tensor wrong = Tensor::zeros({3, 2});
  EXPECT_EQ(error_of<ShapeError>([&] { packed.pack(wrong.view()); }),
            "packing a matrix: shape [3, 2], expected [3, 3]");
  const Tensor wide = Tensor::zeros({3, 4});
  EXPECT_EQ(error_of<ShapeError>([&] { packed.pack_transposed(std::array{wide.view()}); }),
            "packing a matrix: shape [3, 4], expected [3, 2]");
  EXPECT_EQ(error_of<ShapeError>([&] {
              packed.pack_transposed(std::array{wrong.view(), wrong.view()});
            }),
            "packing a matrix: shape [6, 2], expected [3, 2]");
}

// a^T b, and the sums of a's columns, added to what is there.
struct GradientCase {
  Tensor a, b, sum, column_sums;

  GradientCase(std::size_t rows, std::size_t m, std::size_t n, Rng& rng)
      : a(random_matrix(rows, m + 3, rng)),
        b(random_matrix(rows, n + 2, rng)),
        sum(random_matrix(m, n, rng)),
        column_sums(random_matrix(1, m, rng)) {}

  GradientProduct product(Tensor& to, Tensor& columns) const {
    return {.a = StridedView(a.view(), 1, a.cols() - 3),  // Columns in the middle.
            .b = StridedView(b.view(), 2, b.cols() - 2),
            .sum = to.data(),
            .column_sums = columns.data()};
  }

  void expect_sums(const Tensor& to, const Tensor& columns) const {
    for (std::size_t i = 0; i < sum.rows(); ++i) {
      Sum column;
      column.add(at(column_sums.view(), 0, i));
      for (std::size_t r = 0; r < a.rows(); ++r) column.add(at(a.view(), r, i + 1));
      EXPECT_TRUE(column.agrees(columns.at(0, i))) << "column " << i;
      for (std::size_t j = 0; j < sum.cols(); ++j) {
        Sum expected;
        expected.add(at(sum.view(), i, j));
        for (std::size_t r = 0; r < a.rows(); ++r) {
          expected.add(at(a.view(), r, i + 1) * at(b.view(), r, j + 2));
        }
        EXPECT_TRUE(expected.agrees(to.at(i, j))) << "element " << i << ", " << j;
      }
    }
  }
};

TEST(MatmulTest, AddsGradientProductsWithTheSameBitsAtAnyNumberOfThreads) {
  Rng rng(6);
  std::vector<GradientCase> cases;
  for (const auto& [rows, m, n] : std::vector<std::array<std::size_t, 3>>{{0, 3, 4},
                                                                          {1, 1, 1},
                                                                          {2, 5, 1},
                                                                          {40, 64, 7},
                                                                          {37, 65, 3},
                                                                          {925, 450, 150},
                                                                          {300, 1, 9},
                                                                          {50, 97, 3},
                                                                          {20, 193, 5}})
    cases.emplace_back(rows, m, n, rng);

  std::vector<Tensor> expected;
  test::for_each_number_of_threads([&](int threads) {
    std::vector<Tensor> results;
    for (const GradientCase& c : cases) {
      results.push_back(c.sum.clone());
      results.push_back(c.column_sums.clone());
    }
    std::vector<GradientProduct> products;
    for (std::size_t i = 0; i < cases.size(); ++i) {
      products.push_back(cases[i].product(results[2 * i], results[2 * i + 1]));
    }
    add_gradient_products(products);
    if (threads == 1) {
      for (std::size_t i = 0; i < cases.size(); ++i) {
        SCOPED_TRACE(i);
        cases[i].expect_sums(results[2 * i], results[2 * i + 1]);
      }
      expected = std::move(results);
      return;
    }
    for (std::size_t i = 0; i < results.size(); ++i) {
      EXPECT_TRUE(bitwise_equal(results[i], expected[i])) << i << " at " << threads << " threads";
    }
  });
}

TEST(MatmulTest, AddsColumnSumsAloneAndProductsAlone) {
  Rng rng(7);
  const GradientCase c(20, 6, 4, rng);
  Tensor sum = c.sum.clone(), column_sums = c.column_sums.clone();
  GradientProduct sums_alone = c.product(sum, column_sums), product_alone = sums_alone;
  sums_alone.b = {};
  sums_alone.sum = nullptr;
  product_alone.column_sums = nullptr;
  add_gradient_products(std::array{sums_alone, product_alone});
  c.expect_sums(sum, column_sums);
  add_gradient_products({});
}

// A server may start a thread for each request.
TEST(MatmulTest, ThreadsThatEndLeaveNothingBehind) {
  Rng rng(9);
  PackedMatrix packed(40, 30);
  packed.pack(random_matrix(40, 30, rng).view());
  const Tensor x = random_matrix(300, 40, rng);
  const auto run_threads = [&](int count) {
    for (int i = 0; i < count; ++i) {
      std::thread([&] {
        for (const std::size_t rows : {1u, 7u, 30u, 300u}) {
          Tensor y = Tensor::uninitialized({rows, 30});
          packed.multiply(x.view().slice(0, rows), y.view());
        }
      }).join();
    }
  };
  run_threads(20);  // What all share is there now.
  const std::size_t before = mallinfo2().uordblks;
  run_threads(500);
  const std::size_t after = mallinfo2().uordblks;
  EXPECT_LT(after, before + 500 * 64) << "bytes in use, before there were " << before;
}

}  // namespace
}  // namespace espalier
