#pragma once

#include <functional>
#include <span>
#include <vector>

#include <espalier/graph/adjacency.h>
#include <espalier/ops/tensor.h>
#include <espalier/ops/variable.h>

namespace espalier {

/// The graph Fourier transform: L = U diag(lambda) U^T, of a symmetric Laplacian
/// (graph/laplacian.h).
///
/// Shuman et al., "The Emerging Field of Signal Processing on Graphs", IEEE Signal Processing
/// Magazine 2013. By LAPACK's ssyevd in double precision: memory of nodes squared and time of nodes
/// cubed, so for graphs of some thousands of nodes. Eigenvalues ascend; of a vector, the entry
/// largest in magnitude (the first of several) is positive. Within one eigenvalue that repeats, the
/// basis is arbitrary.
class GraphFourier {
 public:
  /// Throws GraphError if the Laplacian is not square, has more than `max_nodes` nodes, or LAPACK
  /// does not converge.
  explicit GraphFourier(const Adjacency& laplacian, NodeId max_nodes = 5000);

  std::span<const float> eigenvalues() const { return eigenvalues_; }
  const Tensor& eigenvectors() const { return vectors_.value(); }  ///< U, [nodes, nodes].

  /// U^T x, of x [nodes, columns]; and U x, back. Throw ShapeError unless x has a row for each
  /// node.
  Variable transform(const Variable& x) const;
  Variable inverse(const Variable& x) const;

  /// U diag(response(lambda)) U^T x.
  Variable filter(const Variable& x, const std::function<double(double)>& response) const;

 private:
  std::vector<float> eigenvalues_;
  Variable vectors_;     // U,
  Variable transposed_;  // and U^T.
};

}  // namespace espalier
