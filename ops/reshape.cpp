#include <espalier/ops/reshape.h>

#include <algorithm>

#include <espalier/base/error.h>
#include <espalier/ops/parallel.h>

namespace espalier {
namespace {

// Square by square, so that what is read and what is written stay in the cache.
Tensor transposed(const Tensor& x) {
  constexpr std::size_t kSide = 32;
  const std::size_t rows = x.shape()[0], cols = x.shape()[1];
  Tensor y = Tensor::uninitialized({cols, rows});
  const std::size_t strip = (16 * 1024 / std::max<std::size_t>(rows, 1) / kSide + 1) * kSide;
  parallel_rows(cols, strip, [&](std::size_t begin, std::size_t end) {
    for (std::size_t c0 = begin; c0 < end; c0 += kSide) {
      const std::size_t c1 = std::min(c0 + kSide, end);
      for (std::size_t r0 = 0; r0 < rows; r0 += kSide) {
        const std::size_t r1 = std::min(r0 + kSide, rows);
        for (std::size_t c = c0; c < c1; ++c) {
          for (std::size_t r = r0; r < r1; ++r) y.data()[c * rows + r] = x.data()[r * cols + c];
        }
      }
    }
  });
  return y;
}

}  // namespace

Variable reshape(const Variable& x, const Shape& shape) {
  if (shape.num_elements() != x.value().size()) {
    throw ShapeError(message("reshape: shape ", x.shape().to_string(), " to ", shape.to_string(),
                             ", expected as many elements"));
  }
  return record(x.value().alias(shape), {x},
                [x](const Tensor& gradient) { x.add_gradient(gradient.alias(x.shape())); });
}

Variable transpose(const Variable& x) {
  if (x.shape().rank() != 2) {
    throw ShapeError(
        message("transpose: shape ", x.shape().to_string(), ", expected [rows, columns]"));
  }
  return record(transposed(x.value()), {x},
                [x](const Tensor& gradient) { x.add_gradient(transposed(gradient)); });
}

}  // namespace espalier
