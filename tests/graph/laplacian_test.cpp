#include <espalier/graph/laplacian.h>

#include <cmath>
#include <map>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include <espalier/base/error.h>

#include "tests/support/errors.h"

namespace espalier {
namespace {

using test::error_of;
using Dense = std::vector<std::vector<double>>;

Dense dense(const Adjacency& a) {
  Dense m(a.num_rows(), std::vector<double>(a.num_columns(), 0.0));
  for (NodeId r = 0; r < a.num_rows(); ++r) {
    for (EdgeId e = a.offsets()[r]; e < a.offsets()[r + 1]; ++e) {
      m[r][a.columns()[e]] += a.has_weights() ? static_cast<double>(a.weights()[e]) : 1.0;
    }
  }
  return m;
}

Adjacency undirected(NodeId n, const std::vector<Edge>& edges, std::vector<float> weights = {}) {
  std::vector<Edge> both;
  std::vector<float> of_both;
  for (std::size_t i = 0; i < edges.size(); ++i) {
    both.push_back(edges[i]);
    if (!weights.empty()) of_both.push_back(weights[i]);
    if (edges[i].source == edges[i].target) continue;
    both.push_back({edges[i].target, edges[i].source});
    if (!weights.empty()) of_both.push_back(weights[i]);
  }
  return Adjacency::from_edges(n, n, both, of_both);
}

// A path, an isolated node, a self loop and parallel edges; weighted.
Adjacency some_graph() {
  return undirected(6, {{0, 1}, {1, 2}, {3, 3}, {2, 5}, {2, 5}}, {1.0f, 0.5f, 2.0f, 1.5f, 0.25f});
}

TEST(LaplacianTest, IsWhatTheDefinitionsSay) {
  const Dense a = dense(some_graph());
  std::vector<double> d(6, 0.0), d_loops(6, 1.0);
  for (std::size_t r = 0; r < 6; ++r) {
    for (const double value : a[r]) d[r] += value, d_loops[r] += value;
  }
  const Dense l = dense(laplacian(some_graph()));
  const Dense combinatorial = dense(laplacian(some_graph(), LaplacianKind::kCombinatorial));
  const Dense plain = dense(normalized_adjacency(some_graph(), false));
  const Dense loops = dense(normalized_adjacency(some_graph(), true));
  for (std::size_t r = 0; r < 6; ++r) {
    for (std::size_t c = 0; c < 6; ++c) {
      const double one = r == c ? 1.0 : 0.0;
      const double normalized = d[r] * d[c] == 0.0 ? 0.0 : a[r][c] / std::sqrt(d[r] * d[c]);
      EXPECT_NEAR(plain[r][c], normalized, 1e-6);
      EXPECT_NEAR(loops[r][c], (a[r][c] + one) / std::sqrt(d_loops[r] * d_loops[c]), 1e-6);
      EXPECT_NEAR(l[r][c], one - normalized, 1e-6);
      EXPECT_NEAR(combinatorial[r][c], one * d[r] - a[r][c], 1e-6);
    }
  }
  EXPECT_EQ(l[4][4], 1.0);  // The isolated node.
  EXPECT_EQ(combinatorial[4][4], 0.0);
  const Dense scaled = dense(scaled_laplacian(laplacian(some_graph()), 2.0f));
  for (std::size_t r = 0; r < 6; ++r) {
    for (std::size_t c = 0; c < 6; ++c) EXPECT_NEAR(scaled[r][c], l[r][c] - (r == c), 1e-6);
  }
}

TEST(LaplacianTest, TheLargestEigenvalueIsFound) {
  // Of a bipartite graph it is 2, of a complete one n / (n - 1).
  EXPECT_NEAR(largest_eigenvalue(laplacian(undirected(4, {{0, 1}, {1, 2}, {2, 3}}))), 2.0, 1e-3);
  std::vector<Edge> complete;
  for (NodeId a = 0; a < 6; ++a) {
    for (NodeId b = 0; b < a; ++b) complete.push_back({a, b});
  }
  EXPECT_NEAR(largest_eigenvalue(laplacian(undirected(6, complete))), 6.0 / 5.0, 1e-3);
  EXPECT_EQ(largest_eigenvalue(Adjacency()), 0.0);
  EXPECT_EQ(largest_eigenvalue(laplacian(undirected(3, {}), LaplacianKind::kCombinatorial)), 0.0);
}

TEST(LaplacianTest, RefusesWhatIsNotUndirected) {
  const std::vector<Edge> one = {{0, 1}};
  EXPECT_EQ(error_of<GraphError>([&] { laplacian(Adjacency::from_edges(2, 2, one)); }),
            "edge 0 -> 1 has weight 1, its opposite 0; expected an undirected graph");
  EXPECT_EQ(error_of<GraphError>([&] { laplacian(Adjacency::from_edges(2, 3, one)); }),
            "the adjacency of an undirected graph is 2 x 3, expected as many columns as rows");
  EXPECT_EQ(error_of<GraphError>([&] { laplacian(undirected(2, one, {-1.0f})); }),
            "edge 0 -> 1 has weight -1, expected none below 0");
  EXPECT_EQ(error_of<GraphError>([&] { scaled_laplacian(laplacian(undirected(2, one)), 0.0f); }),
            "the largest eigenvalue is 0, expected more than 0");
}

}  // namespace
}  // namespace espalier
