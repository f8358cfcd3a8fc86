#include <espalier/ops/reduce.h>

#include <algorithm>
#include <array>
#include <span>

#include <espalier/ops/internal/sums.h>
#include <espalier/ops/parallel.h>

namespace espalier {
namespace {

double inverse(std::size_t count) { return count == 0 ? 0.0 : 1.0 / static_cast<double>(count); }

// `shape` with 1 for its last size.
Shape column_shape(const Shape& shape) {
  if (shape.rank() == 0) return {1};
  std::array<std::size_t, Shape::kMaxRank> sizes{};
  for (std::size_t i = 0; i < shape.rank(); ++i) sizes[i] = shape[i];
  sizes[shape.rank() - 1] = 1;
  return Shape(std::span(sizes.data(), shape.rank()));
}

// factor times the sum of each row.
Variable scaled_row_sum(const Variable& x, double factor) {
  const std::size_t cols = x.cols();
  Tensor y = Tensor::uninitialized(column_shape(x.shape()));
  // A row without columns is a sum too, though not a row of the matrix [0] is seen as.
  const std::size_t rows = y.size();
  const std::size_t block_rows = detail::sum_block_rows(cols);
  parallel_rows(rows, block_rows, [&](std::size_t begin, std::size_t end) {
    for (std::size_t r = begin; r < end; ++r) {
      const float* const row = x.value().data() + r * cols;
      const double sum = detail::sum_of(cols, [row](std::size_t c) { return row[c]; });
      y.data()[r] = static_cast<float>(factor * sum);
    }
  });
  return record(std::move(y), {x}, [=](const Tensor& gradient) {
    Tensor dx = Tensor::uninitialized(x.shape());
    parallel_rows(rows, block_rows, [&](std::size_t begin, std::size_t end) {
      for (std::size_t r = begin; r < end; ++r) {
        std::fill_n(dx.data() + r * cols, cols, static_cast<float>(factor) * gradient.data()[r]);
      }
    });
    x.add_gradient(std::move(dx));
  });
}

}  // namespace

Variable mean(const Variable& x) {
  const double factor = inverse(x.value().size());
  const double sum = detail::sum_of_blocks(
      x.value().size(), detail::kSumBlock, [&](std::size_t begin, std::size_t end) {
        const float* const from = x.value().data() + begin;
        return detail::sum_of(end - begin, [from](std::size_t i) { return from[i]; });
      });
  return record(Tensor::filled({1}, static_cast<float>(factor * sum)), {x},
                [x, factor](const Tensor& gradient) {
                  const float share = static_cast<float>(factor) * gradient.data()[0];
                  x.add_gradient(Tensor::filled(x.shape(), share));
                });
}

Variable row_sum(const Variable& x) { return scaled_row_sum(x, 1.0); }

Variable row_mean(const Variable& x) { return scaled_row_sum(x, inverse(x.cols())); }

}  // namespace espalier
