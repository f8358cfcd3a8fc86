#include <espalier/graph/adjacency.h>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <utility>

#include <espalier/base/error.h>
#include <espalier/graph/internal/check.h>

namespace espalier {
namespace {

// Compressed offsets of `num_rows` rows, of items that belong to row_of(item).
template <class RowOf>
std::vector<EdgeId> count(NodeId num_rows, EdgeId num_items, const RowOf& row_of) {
  std::vector<EdgeId> offsets(std::size_t{num_rows} + 1);
  for (EdgeId i = 0; i < num_items; ++i) ++offsets[std::size_t{row_of(i)} + 1];
  for (std::size_t r = 0; r < num_rows; ++r) offsets[r + 1] += offsets[r];
  return offsets;
}

void check_weights(std::span<const float> weights, std::size_t num_edges) {
  if (weights.empty()) return;
  if (weights.size() != num_edges) {
    throw GraphError(message(weights.size(), " weights are given for ", num_edges,
                             " edges; expected one for each edge, or none"));
  }
  for (std::size_t e = 0; e < weights.size(); ++e) {
    if (std::isfinite(weights[e])) continue;
    throw GraphError(message("edge ", e, ": weight ", weights[e], " is not finite"));
  }
}

}  // namespace

struct Adjacency::Storage {
  struct Transpose {
    std::vector<EdgeId> offsets;
    std::vector<NodeId> rows;
    std::vector<EdgeId> edges;
  };

  NodeId num_columns = 0;
  std::vector<EdgeId> offsets = {0};
  std::vector<NodeId> columns;
  std::vector<float> weights;

  const Transpose& transpose() const {
    std::call_once(made_, [this] { transpose_ = make_transpose(); });
    return transpose_;
  }

 private:
  Transpose make_transpose() const {
    Transpose t;
    t.offsets = count(num_columns, columns.size(), [&](EdgeId e) { return columns[e]; });
    t.rows.resize(columns.size());
    t.edges.resize(columns.size());
    std::vector<EdgeId> next(t.offsets.begin(), t.offsets.end() - 1);
    for (NodeId row = 0; row + 1 < offsets.size(); ++row) {
      for (EdgeId e = offsets[row]; e < offsets[row + 1]; ++e) {
        const EdgeId place = next[columns[e]]++;
        t.rows[place] = row;
        t.edges[place] = e;
      }
    }
    return t;
  }

  mutable std::once_flag made_;
  mutable Transpose transpose_;
};

Adjacency::Adjacency() : storage_(std::make_shared<Storage>()) {}

Adjacency::Adjacency(NodeId num_columns, std::vector<EdgeId> offsets, std::vector<NodeId> columns,
                     std::vector<float> weights) {
  if (offsets.empty() || offsets.front() != 0 || offsets.back() != columns.size() ||
      !std::ranges::is_sorted(offsets)) {
    throw GraphError(message("offsets of rows do not ascend from 0 to ", columns.size(),
                             ", the number of edges"));
  }
  for (std::size_t e = 0; e < columns.size(); ++e) {
    if (columns[e] < num_columns) continue;
    throw GraphError(message("edge ", e, ": column ", out_of_range(columns[e], num_columns)));
  }
  check_weights(weights, columns.size());
  auto storage = std::make_shared<Storage>();
  storage->num_columns = num_columns;
  storage->offsets = std::move(offsets);
  storage->columns = std::move(columns);
  storage->weights = std::move(weights);
  storage_ = std::move(storage);
}

Adjacency Adjacency::from_edges(NodeId num_rows, NodeId num_columns, std::span<const Edge> edges,
                                std::span<const float> weights) {
  for (std::size_t e = 0; e < edges.size(); ++e) {
    const auto [source, target] = edges[e];
    if (source < num_rows && target < num_columns) continue;
    throw GraphError(message(
        "edges[", e, "] = ", source, " -> ", target, ": ",
        source < num_rows ? out_of_range(target, num_columns) : out_of_range(source, num_rows)));
  }
  check_weights(weights, edges.size());
  std::vector<EdgeId> offsets =
      count(num_rows, edges.size(), [&](EdgeId e) { return edges[e].source; });
  std::vector<EdgeId> next(offsets.begin(), offsets.end() - 1);
  std::vector<NodeId> columns(edges.size());
  std::vector<float> sorted(weights.size());
  for (std::size_t e = 0; e < edges.size(); ++e) {
    const EdgeId place = next[edges[e].source]++;
    columns[place] = edges[e].target;
    if (!weights.empty()) sorted[place] = weights[e];
  }
  return Adjacency(num_columns, std::move(offsets), std::move(columns), std::move(sorted));
}

NodeId Adjacency::num_rows() const { return static_cast<NodeId>(storage_->offsets.size() - 1); }
NodeId Adjacency::num_columns() const { return storage_->num_columns; }
EdgeId Adjacency::num_edges() const { return storage_->columns.size(); }
bool Adjacency::has_weights() const { return !storage_->weights.empty(); }
std::span<const EdgeId> Adjacency::offsets() const { return storage_->offsets; }
std::span<const NodeId> Adjacency::columns() const { return storage_->columns; }
std::span<const float> Adjacency::weights() const { return storage_->weights; }
std::span<const EdgeId> Adjacency::column_offsets() const { return storage_->transpose().offsets; }
std::span<const NodeId> Adjacency::rows() const { return storage_->transpose().rows; }
std::span<const EdgeId> Adjacency::edges() const { return storage_->transpose().edges; }

DegreeStatistics degree_statistics(const Adjacency& adjacency) {
  const NodeId n = adjacency.num_rows();
  if (n == 0) return {};
  std::vector<EdgeId> degrees(n);
  for (NodeId r = 0; r < n; ++r) degrees[r] = adjacency.of(r).size();
  std::ranges::sort(degrees);
  const NodeId half = n / 2;
  const auto middle = static_cast<double>(degrees[half]);
  return {.least = degrees.front(),
          .most = degrees.back(),
          .mean = static_cast<double>(adjacency.num_edges()) / n,
          .median = n % 2 == 1 ? middle : (middle + static_cast<double>(degrees[half - 1])) / 2.0,
          .num_empty =
              static_cast<NodeId>(std::ranges::upper_bound(degrees, EdgeId{0}) - degrees.begin())};
}

}  // namespace espalier
