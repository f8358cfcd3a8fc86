#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include <espalier/base/memory.h>
#include <espalier/ops/matmul.h>
#include <espalier/ops/packed_weights.h>
#include <espalier/ops/variable.h>

namespace espalier {

/// Rows first .. first + count - 1 of a weight matrix: one gate, or neighbouring ones.
struct GateRows {
  std::size_t first = 0;
  std::size_t count = 0;
};

/// A matrix through which inputs or states reach the gates, packed for both directions.
///
/// Its rows are gates in storage order. *Main* gates are there once for each node; *forget* gates
/// only where a node reads a predecessor, once for each, and may be missing from a matrix.
class GateWeights {
 public:
  /// `weight` is [gates, columns].
  GateWeights(Variable weight, PoolVector<GateRows> main, PoolVector<GateRows> forget);

  std::size_t cols() const { return weight_.cols(); }
  std::size_t main_width() const { return main_width_; }
  std::size_t forget_width() const { return forget_width_; }
  const Variable& weight() const { return weight_; }

  std::span<const GateRows> main() const { return main_; }
  std::span<const GateRows> forget() const { return forget_; }

  /// Adds the packing of the matrices of those directions; the weight's owner knows when it is due.
  void append_jobs(PackDirections directions, PackJobs& jobs);

  // Good once those jobs have run.
  const PackedMatrix& forward_main() const { return forward_main_; }       ///< [cols, main_width]
  const PackedMatrix& backward_main() const { return backward_main_; }     ///< [main_width, cols]
  const PackedMatrix& forward_forget() const { return *forward_forget_; }  ///< [cols, forget_width]
  const PackedMatrix& backward_forget() const { return *backward_forget_; }

  /// PackedMatrix::warm_up() of the forward matrices, which must be packed.
  void warm_up(bool bias) const;

 private:
  Variable weight_;
  PoolVector<GateRows> main_, forget_;
  std::size_t main_width_ = 0;
  std::size_t forget_width_ = 0;
  PackedMatrix forward_main_;
  PackedMatrix backward_main_;
  std::optional<PackedMatrix> forward_forget_;
  std::optional<PackedMatrix> backward_forget_;
};

/// Appends the products that add to a matrix's gradient:
/// `delta` holds gradients of pre-activations for the gates `rows` side by side, and
/// `operand`, [delta.rows, matrix columns], what the matrix was multiplied with.
void append_gradient_products(const Variable& matrix, std::span<const GateRows> rows,
                              MatrixView delta, StridedView operand,
                              PoolVector<GradientProduct>& products);

/// The same for a bias's gradient, one value for each gate row: sums over the rows of `delta`.
void append_bias_products(Tensor& gradient, std::span<const GateRows> rows, MatrixView delta,
                          PoolVector<GradientProduct>& products);

}  // namespace espalier
