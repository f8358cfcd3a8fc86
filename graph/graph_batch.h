#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include <espalier/graph/graph.h>
#include <espalier/graph/node.h>

namespace espalier {

/// Graphs side by side as one graph: the nodes of graph i follow those of graph i - 1, and so do
/// its edges. Immutable: any number of threads may read it.
class GraphBatch {
 public:
  /// O(nodes + edges). Throws GraphError if only some of the graphs that have edges have weights,
  /// naming two that differ, or if there are more nodes than ids can number.
  explicit GraphBatch(std::span<const Graph* const> graphs);
  explicit GraphBatch(std::span<const Graph> graphs);

  const Graph& graph() const { return graph_; }
  std::size_t num_graphs() const { return first_nodes_.size() - 1; }

  /// Where the nodes of graph i begin, i <= num_graphs(): they are first_node(i) ..
  /// first_node(i + 1) - 1. Bounds asserted in debug builds only, here and below.
  NodeId first_node(std::size_t i) const;

  /// The graph that a node came from. O(log num_graphs).
  std::size_t graph_of(NodeId node) const;

 private:
  std::vector<NodeId> first_nodes_;  // num_graphs + 1
  Graph graph_;
};

}  // namespace espalier
