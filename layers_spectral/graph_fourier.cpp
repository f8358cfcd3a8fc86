#include <espalier/layers_spectral/graph_fourier.h>

#include <algorithm>
#include <cmath>

#include <lapacke.h>

#include <espalier/base/error.h>
#include <espalier/ops/arithmetic.h>
#include <espalier/ops/product.h>

namespace espalier {

GraphFourier::GraphFourier(const Adjacency& laplacian, NodeId max_nodes) {
  const std::size_t n = laplacian.num_rows();
  if (n != laplacian.num_columns() || n > max_nodes) {
    throw GraphError(message("graph Fourier transform of a matrix ", n, " x ",
                             laplacian.num_columns(), ", expected a square one of at most ",
                             max_nodes, " rows"));
  }
  std::vector<double> matrix(n * n, 0.0), values(n);
  for (NodeId r = 0; r < n; ++r) {
    for (EdgeId e = laplacian.offsets()[r]; e < laplacian.offsets()[r + 1]; ++e) {
      matrix[r * n + laplacian.columns()[e]] +=
          laplacian.has_weights() ? static_cast<double>(laplacian.weights()[e]) : 1.0;
    }
  }
  const auto size = static_cast<lapack_int>(n);
  // The eigenvectors replace the matrix, one in each column.
  if (n > 0 &&
      LAPACKE_dsyevd(LAPACK_ROW_MAJOR, 'V', 'U', size, matrix.data(), size, values.data()) != 0) {
    throw GraphError("graph Fourier transform: LAPACK's dsyevd did not converge");
  }
  eigenvalues_.assign(values.begin(), values.end());
  Tensor u = Tensor::uninitialized({n, n}), transposed = Tensor::uninitialized({n, n});
  for (std::size_t k = 0; k < n; ++k) {
    double largest = 0.0;
    for (std::size_t r = 0; r < n; ++r) {
      const double entry = matrix[r * n + k];
      if (std::abs(entry) > std::abs(largest) * (1.0 + 1e-9)) largest = entry;
    }
    for (std::size_t r = 0; r < n; ++r) {
      const auto entry = static_cast<float>(largest < 0.0 ? -matrix[r * n + k] : matrix[r * n + k]);
      u.at(r, k) = entry;
      transposed.at(k, r) = entry;
    }
  }
  vectors_ = Variable(std::move(u));
  transposed_ = Variable(std::move(transposed));
}

Variable GraphFourier::transform(const Variable& x) const { return matmul(transposed_, x); }

Variable GraphFourier::inverse(const Variable& x) const { return matmul(vectors_, x); }

Variable GraphFourier::filter(const Variable& x,
                              const std::function<double(double)>& response) const {
  Tensor factors = Tensor::uninitialized({eigenvalues_.size(), 1});
  std::ranges::transform(eigenvalues_, factors.data(), [&](float lambda) {
    return static_cast<float>(response(static_cast<double>(lambda)));
  });
  return inverse(transform(x) * Variable(std::move(factors)));
}

}  // namespace espalier
