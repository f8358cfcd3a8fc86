#include <espalier/graph/graph_batch.h>

#include <algorithm>
#include <cassert>

#include <espalier/base/error.h>
#include <espalier/graph/internal/check.h>

namespace espalier {
namespace {

std::vector<const Graph*> pointers(std::span<const Graph> graphs) {
  std::vector<const Graph*> result;
  for (const Graph& graph : graphs) result.push_back(&graph);
  return result;
}

// A graph without edges fits either kind, so it has no say.
void check_weights(std::span<const Graph* const> graphs) {
  std::size_t first = graphs.size();  // The first graph with edges.
  for (std::size_t i = 0; i < graphs.size(); ++i) {
    if (graphs[i]->num_edges() == 0) continue;
    if (first == graphs.size()) first = i;
    if (graphs[i]->has_weights() == graphs[first]->has_weights()) continue;
    const bool weighted = graphs[i]->has_weights();
    throw GraphError(message("graph ", weighted ? i : first, " has weights and graph ",
                             weighted ? first : i,
                             " has none; expected all to have them, or none"));
  }
}

}  // namespace

GraphBatch::GraphBatch(std::span<const Graph* const> graphs) {
  check_weights(graphs);
  first_nodes_ = {0};
  for (const Graph* graph : graphs) {
    first_nodes_.push_back(
        checked_num_nodes(std::uint64_t{first_nodes_.back()} + graph->num_nodes()));
  }
  std::vector<Edge> edges;
  std::vector<float> weights;
  for (std::size_t i = 0; i < graphs.size(); ++i) {
    const Graph* const graph = graphs[i];
    const NodeId first = first_nodes_[i];
    for (NodeId u = 0; u < graph->num_nodes(); ++u) {
      for (const NodeId v : graph->successors(u)) edges.push_back({first + u, first + v});
    }
    weights.insert(weights.end(), graph->weights().begin(), graph->weights().end());
  }
  graph_ = Graph::from_edges(first_nodes_.back(), edges, weights);
}

GraphBatch::GraphBatch(std::span<const Graph> graphs) : GraphBatch(pointers(graphs)) {}

NodeId GraphBatch::first_node(std::size_t i) const {
  assert(i <= num_graphs());
  return first_nodes_[i];
}

std::size_t GraphBatch::graph_of(NodeId node) const {
  assert(node < graph_.num_nodes());
  // The last graph that begins at or before the node: those that begin there too are empty.
  const auto after = std::ranges::upper_bound(first_nodes_, node);
  return static_cast<std::size_t>(after - first_nodes_.begin() - 1);
}

}  // namespace espalier
