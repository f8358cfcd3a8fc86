#include <espalier/graph/laplacian.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>
#include <vector>

#include <espalier/base/error.h>

namespace espalier {
namespace {

// Rows with ascending columns, each once, to be given values.
struct Matrix {
  NodeId size = 0;
  std::vector<EdgeId> offsets = {0};
  std::vector<NodeId> columns;
  std::vector<float> values;

  Adjacency take() && {
    return Adjacency(size, std::move(offsets), std::move(columns), std::move(values));
  }
};

float weight_of(const Adjacency& graph, EdgeId e) {
  return graph.has_weights() ? graph.weights()[e] : 1.0f;
}

// A, with 0 on a diagonal that has no edge: what all matrices here have entries for.
Matrix with_diagonal(const Adjacency& graph) {
  if (graph.num_rows() != graph.num_columns()) {
    throw GraphError(message("the adjacency of an undirected graph is ", graph.num_rows(), " x ",
                             graph.num_columns(), ", expected as many columns as rows"));
  }
  Matrix a;
  a.size = graph.num_rows();
  std::vector<std::pair<NodeId, float>> row;
  for (NodeId r = 0; r < a.size; ++r) {
    row.assign(1, {r, 0.0f});
    for (EdgeId e = graph.offsets()[r]; e < graph.offsets()[r + 1]; ++e) {
      row.emplace_back(graph.columns()[e], weight_of(graph, e));
    }
    std::ranges::stable_sort(row, {}, &std::pair<NodeId, float>::first);
    for (std::size_t i = 0; i < row.size(); ++i) {
      const auto& [column, weight] = row[i];
      if (weight < 0.0f) {
        throw GraphError(
            message("edge ", r, " -> ", column, " has weight ", weight, ", expected none below 0"));
      }
      if (i > 0 && row[i - 1].first == column) {
        a.values.back() += weight;
      } else {
        a.columns.push_back(column);
        a.values.push_back(weight);
      }
    }
    a.offsets.push_back(a.columns.size());
  }
  return a;
}

void check_symmetric(const Matrix& a) {
  const auto value = [&](NodeId r, NodeId c) {
    const auto begin = a.columns.begin() + static_cast<std::ptrdiff_t>(a.offsets[r]);
    const auto end = a.columns.begin() + static_cast<std::ptrdiff_t>(a.offsets[r + 1]);
    const auto found = std::lower_bound(begin, end, c);
    return found == end || *found != c
               ? 0.0f
               : a.values[static_cast<std::size_t>(found - a.columns.begin())];
  };
  for (NodeId r = 0; r < a.size; ++r) {
    for (EdgeId e = a.offsets[r]; e < a.offsets[r + 1]; ++e) {
      const float there = a.values[e], back = value(a.columns[e], r);
      if (there == back) continue;
      throw GraphError(message("edge ", r, " -> ", a.columns[e], " has weight ", there,
                               ", its opposite ", back, "; expected an undirected graph"));
    }
  }
}

Matrix undirected(const Adjacency& graph) {
  Matrix a = with_diagonal(graph);
  check_symmetric(a);
  return a;
}

std::vector<double> degrees_of(const Matrix& a) {
  std::vector<double> degrees(a.size, 0.0);
  for (NodeId r = 0; r < a.size; ++r) {
    for (EdgeId e = a.offsets[r]; e < a.offsets[r + 1]; ++e) {
      degrees[r] += static_cast<double>(a.values[e]);
    }
  }
  return degrees;
}

// Replaces every entry a of (row, column) by entry(a, row, column).
template <class Entry>
void replace_entries(Matrix& a, const Entry& entry) {
  for (NodeId r = 0; r < a.size; ++r) {
    for (EdgeId e = a.offsets[r]; e < a.offsets[r + 1]; ++e) {
      a.values[e] = static_cast<float>(entry(static_cast<double>(a.values[e]), r, a.columns[e]));
    }
  }
}

void normalize(Matrix& a) {
  std::vector<double> root = degrees_of(a);
  for (double& d : root) d = d > 0.0 ? 1.0 / std::sqrt(d) : 0.0;
  replace_entries(a, [&](double value, NodeId r, NodeId c) { return root[r] * value * root[c]; });
}

}  // namespace

Adjacency normalized_adjacency(const Adjacency& graph, bool self_loops) {
  Matrix a = undirected(graph);
  if (self_loops) {
    replace_entries(a,
                    [](double value, NodeId r, NodeId c) { return r == c ? value + 1.0 : value; });
  }
  normalize(a);
  return std::move(a).take();
}

Adjacency laplacian(const Adjacency& graph, LaplacianKind kind) {
  Matrix a = undirected(graph);
  if (kind == LaplacianKind::kNormalized) {
    normalize(a);
    replace_entries(a,
                    [](double value, NodeId r, NodeId c) { return (r == c ? 1.0 : 0.0) - value; });
  } else {
    const std::vector<double> degrees = degrees_of(a);
    replace_entries(
        a, [&](double value, NodeId r, NodeId c) { return (r == c ? degrees[r] : 0.0) - value; });
  }
  return std::move(a).take();
}

Adjacency scaled_laplacian(const Adjacency& laplacian, float largest) {
  if (!(largest > 0.0f)) {
    throw GraphError(message("the largest eigenvalue is ", largest, ", expected more than 0"));
  }
  Matrix l;
  l.size = laplacian.num_rows();
  l.offsets.assign(laplacian.offsets().begin(), laplacian.offsets().end());
  l.columns.assign(laplacian.columns().begin(), laplacian.columns().end());
  l.values.assign(laplacian.weights().begin(), laplacian.weights().end());
  replace_entries(l, [&](double value, NodeId r, NodeId c) {
    return 2.0 * value / static_cast<double>(largest) - (r == c ? 1.0 : 0.0);
  });
  return std::move(l).take();
}

double largest_eigenvalue(const Adjacency& laplacian, double tolerance, int max_iterations) {
  const NodeId n = laplacian.num_rows();
  if (n == 0) return 0.0;
  // No eigenvector of a Laplacian that one meets is at right angles to this one.
  std::vector<double> x(n), y(n);
  for (NodeId i = 0; i < n; ++i) x[i] = std::sin(1.0 + 0.7 * static_cast<double>(i));
  double estimate = 0.0;
  for (int iteration = 0; iteration < max_iterations; ++iteration) {
    double norm = 0.0;
    for (const double v : x) norm += v * v;
    if (norm == 0.0) return 0.0;
    double rayleigh = 0.0;
    for (NodeId r = 0; r < n; ++r) {
      y[r] = 0.0;
      for (EdgeId e = laplacian.offsets()[r]; e < laplacian.offsets()[r + 1]; ++e) {
        y[r] += static_cast<double>(weight_of(laplacian, e)) * x[laplacian.columns()[e]];
      }
      rayleigh += x[r] * y[r] / norm;
    }
    const bool settled = std::abs(rayleigh - estimate) <= tolerance * 0.01 * rayleigh;
    estimate = rayleigh;
    if (settled) break;
    const double factor = 1.0 / std::sqrt(norm);
    for (NodeId r = 0; r < n; ++r) x[r] = y[r] * factor;
  }
  return estimate;
}

}  // namespace espalier
