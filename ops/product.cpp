#include <espalier/ops/product.h>

#include <array>

#include <espalier/base/error.h>
#include <espalier/ops/matmul.h>

namespace espalier {

Variable matmul(const Variable& a, const Variable& b) {
  if (a.shape().rank() != 2 || b.shape().rank() != 2 || a.shape()[1] != b.shape()[0]) {
    throw ShapeError(message("matmul: shapes ", a.shape().to_string(), " and ",
                             b.shape().to_string(), ", expected [m, k] and [k, n]"));
  }
  const std::size_t m = a.shape()[0], k = a.shape()[1], n = b.shape()[1];
  // Not as Tensor::view() has it, where a matrix without columns has lost its rows.
  const auto view_a = [=] { return MatrixView{a.value().data(), m, k}; };
  const auto view_b = [=] { return MatrixView{b.value().data(), k, n}; };
  Tensor y = Tensor::uninitialized({m, n});
  multiply_once(view_a(), view_b(), {y.data(), m, n});
  return record(std::move(y), {a, b}, [=](const Tensor& gradient) {
    const MatrixView dy{gradient.data(), m, n};
    if (a.requires_gradient()) {
      multiply_once_transposed(dy, view_b(), {a.mutable_gradient().data(), m, k}, Store::kAdd);
    }
    if (b.requires_gradient()) {
      add_gradient_products(
          std::array{GradientProduct{.a = view_a(), .b = dy, .sum = b.mutable_gradient().data()}});
    }
  });
}

}  // namespace espalier
