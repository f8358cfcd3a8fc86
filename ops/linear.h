#pragma once

#include <cstdint>
#include <memory>

#include <espalier/ops/matmul.h>
#include <espalier/ops/variable.h>

namespace espalier {

/// The weight of a linear map, [outputs, inputs], and its packed forms, which are made anew when
/// the weight has changed. Copies share the packed forms.
class LinearWeight {
 public:
  explicit LinearWeight(Variable weight);

  const Variable& variable() const { return weight_; }
  std::size_t inputs() const { return weight_.cols(); }
  std::size_t outputs() const { return weight_.rows(); }

  // Valid until the weight changes. Any number of threads may ask.
  const PackedMatrix& forward() const;   ///< [inputs, outputs]
  const PackedMatrix& backward() const;  ///< [outputs, inputs]

 private:
  struct Packed;

  Variable weight_;
  std::shared_ptr<Packed> packed_;
};

/// Adds y b to the gradient of x, which has its shape, in parallel.
void add_product_to_gradient(MatrixView y, const PackedMatrix& b, const Variable& x);

/// y = x W^T + b: x is [rows, inputs], y [rows, outputs]; `bias` is [outputs], or undefined for
/// none. Throws ShapeError if they do not fit.
Variable linear(const Variable& x, const LinearWeight& weight, const Variable& bias);

}  // namespace espalier
