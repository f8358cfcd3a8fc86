#pragma once

#include <algorithm>
#include <cstddef>

#include <espalier/base/memory.h>
#include <espalier/ops/parallel.h>
#include <espalier/ops/tensor.h>

// Sums in an order that the sizes alone decide, so that they have the same bits at any number of
// threads: in blocks of a fixed size, side by side, and then the blocks' sums one after the other.
namespace espalier::detail {

inline constexpr std::size_t kSumBlock = 16 * 1024;  // Elements: enough to hide what a task costs.

/// Rows of a block.
inline std::size_t sum_block_rows(std::size_t cols) {
  return kSumBlock / std::max<std::size_t>(cols, 1) + 1;
}

/// term(0) + ... + term(n - 1) in double, in four interleaved sums that do not wait for one
/// another.
template <class Term>
double sum_of(std::size_t n, const Term& term) {
  double sums[4] = {};
  std::size_t i = 0;
  for (; i + 4 <= n; i += 4) {
    for (std::size_t lane = 0; lane < 4; ++lane) sums[lane] += static_cast<double>(term(i + lane));
  }
  for (; i < n; ++i) sums[0] += static_cast<double>(term(i));
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

/// The sum of block_sum(begin, end), in double, over blocks of `block` of n things.
template <class BlockSum>
double sum_of_blocks(std::size_t n, std::size_t block, const BlockSum& block_sum) {
  PoolVector<double> sums((n + block - 1) / block);
  parallel_rows(n, block, [&](std::size_t begin, std::size_t end) {
    sums[begin / block] = block_sum(begin, end);
  });
  double total = 0;
  for (const double sum : sums) total += sum;
  return total;
}

/// A row of `cols` sums to which add_row(r, sums) adds what row r gives; zeros if there is no row.
/// The result has `shape`, of `cols` elements.
template <class AddRow>
Tensor sum_of_rows(std::size_t rows, const Shape& shape, const AddRow& add_row) {
  const std::size_t cols = shape.num_elements();
  Tensor sum = Tensor::zeros(shape);
  const std::size_t block = sum_block_rows(cols);
  if (rows <= block) {
    for (std::size_t r = 0; r < rows; ++r) add_row(r, sum.data());
    return sum;
  }
  Tensor parts = Tensor::zeros({(rows + block - 1) / block, cols});
  parallel_rows(rows, block, [&](std::size_t begin, std::size_t end) {
    float* const part = parts.data() + begin / block * cols;
    for (std::size_t r = begin; r < end; ++r) add_row(r, part);
  });
  for (std::size_t p = 0; p < parts.rows(); ++p) {
    for (std::size_t c = 0; c < cols; ++c) sum.data()[c] += parts.data()[p * cols + c];
  }
  return sum;
}

}  // namespace espalier::detail
