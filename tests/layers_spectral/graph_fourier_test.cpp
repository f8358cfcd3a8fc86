#include <espalier/layers_spectral/graph_fourier.h>

#include <cmath>

#include <gtest/gtest.h>

#include <espalier/base/error.h>
#include <espalier/graph/laplacian.h>
#include <espalier/ops/random.h>

#include "tests/support/errors.h"
#include "tests/support/undirected_graphs.h"

namespace espalier {
namespace {

TEST(GraphFourierTest, DiagonalizesTheLaplacianWithinItsSpectrum) {
  for (const NodeId n : {1u, 2u, 17u, 60u}) {
    const Adjacency l = laplacian(test::random_graph(n, n * 2, n));
    const GraphFourier fourier(l);
    ASSERT_EQ(fourier.eigenvalues().size(), n);
    const Tensor& u = fourier.eigenvectors();
    for (std::size_t k = 0; k < n; ++k) {
      EXPECT_GE(fourier.eigenvalues()[k], -1e-5f);
      EXPECT_LE(fourier.eigenvalues()[k], 2.0f + 1e-5f);
      if (k > 0) {
        EXPECT_LE(fourier.eigenvalues()[k - 1], fourier.eigenvalues()[k]);
      }
      for (std::size_t r = 0; r < n; ++r) {
        double lu = 0.0;
        for (EdgeId e = l.offsets()[r]; e < l.offsets()[r + 1]; ++e) {
          lu += static_cast<double>(l.weights()[e]) * static_cast<double>(u.at(l.columns()[e], k));
        }
        EXPECT_NEAR(lu, static_cast<double>(fourier.eigenvalues()[k] * u.at(r, k)), 1e-5);
      }
    }
  }
}

TEST(GraphFourierTest, ComesBackFromTheSpectrum) {
  Rng rng(1);
  const GraphFourier fourier(laplacian(test::random_graph(40, 90, 3)));
  const Variable x(normal_tensor({40, 3}, 1.0f, rng));
  EXPECT_TRUE(all_close(fourier.inverse(fourier.transform(x)).value(), x.value(), 1e-4f, 1e-5f));
  // A filter of no effect, and one that is the Laplacian itself.
  EXPECT_TRUE(
      all_close(fourier.filter(x, [](double) { return 1.0; }).value(), x.value(), 1e-4f, 1e-5f));
}

TEST(GraphFourierTest, TheLargestEigenvalueIsPowerIterations) {
  const Adjacency l = laplacian(test::random_graph(50, 120, 5));
  EXPECT_NEAR(largest_eigenvalue(l, 1e-6),
              static_cast<double>(GraphFourier(l).eigenvalues().back()), 1e-3);
}

TEST(GraphFourierTest, RefusesWhatIsTooLarge) {
  EXPECT_EQ(
      test::error_of<GraphError>([] { GraphFourier(laplacian(test::random_graph(9, 9, 1)), 8); }),
      "graph Fourier transform of a matrix 9 x 9, expected a square one of at most 8 rows");
}

}  // namespace
}  // namespace espalier
