#include <espalier/ops/sparse.h>

#include <algorithm>

#include <espalier/base/error.h>
#include <espalier/ops/internal/neighbour_kernels.h>
#include <espalier/ops/parallel.h>

namespace espalier {
namespace {

constexpr std::size_t kBlockRows = 32;

// dx[c] += sum of weights[e] * dy[row of e], over a column's entries.
void multiply_transposed(const SparsePattern& p, const Variable& weights, const Tensor& dy,
                         Tensor& dx, HeadWidth head) {
  parallel_rows(p.num_columns, kBlockRows, [&](std::size_t begin, std::size_t end) {
    neighbour_kernels().multiply_rows(head, begin, end, p.column_offsets.data(), p.rows.data(),
                                      p.entries.data(), weights.value().data(), dy.data(),
                                      dx.data());
  });
}

// dw[e] += the dot product of dy[row] and x[column], head by head.
void multiply_sampled(const SparsePattern& p, const Tensor& dy, const Tensor& x, Tensor& dw,
                      HeadWidth head) {
  parallel_rows(p.num_rows, kBlockRows, [&](std::size_t begin, std::size_t end) {
    PoolVector<float> dots(head.heads);
    for (std::size_t r = begin; r < end; ++r) {
      for (std::uint64_t e = p.offsets[r]; e < p.offsets[r + 1]; ++e) {
        neighbour_kernels().dots(head, dy.row(r).data(), x.row(p.columns[e]).data(), dots.data());
        for (std::size_t h = 0; h < head.heads; ++h) dw.at(e, h) += dots[h];
      }
    }
  });
}

}  // namespace

Variable sparse_product(const SparsePattern& pattern, const Variable& weights, const Variable& x) {
  check_shape(weights.shape(), {pattern.num_entries(), weights.cols()},
              "weights of a sparse product");
  check_shape(x.shape(), {pattern.num_columns, x.cols()},
              "what a sparse matrix is multiplied with");
  if (weights.cols() == 0 || x.cols() % weights.cols() != 0) {
    throw ShapeError(message("sparse product: ", x.cols(), " columns for ", weights.cols(),
                             " heads, expected a multiple"));
  }
  const HeadWidth head{weights.cols(), x.cols() / weights.cols()};
  Tensor y = Tensor::uninitialized({pattern.num_rows, x.cols()});
  parallel_rows(pattern.num_rows, kBlockRows, [&](std::size_t begin, std::size_t end) {
    std::ranges::fill(y.flat().subspan(begin * y.cols(), (end - begin) * y.cols()), 0.0f);
    neighbour_kernels().multiply_rows(head, begin, end, pattern.offsets.data(),
                                      pattern.columns.data(), nullptr, weights.value().data(),
                                      x.value().data(), y.data());
  });
  return record(std::move(y), {weights, x}, [=](const Tensor& dy) {
    if (x.requires_gradient()) {
      multiply_transposed(pattern, weights, dy, x.mutable_gradient(), head);
    }
    if (weights.requires_gradient()) {
      multiply_sampled(pattern, dy, x.value(), weights.mutable_gradient(), head);
    }
  });
}

}  // namespace espalier
