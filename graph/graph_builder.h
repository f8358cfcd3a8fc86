#pragma once

#include <vector>

#include <espalier/graph/graph.h>
#include <espalier/graph/node.h>

namespace espalier {

/// Collects nodes and edges one at a time, for a graph whose size is not known beforehand.
class GraphBuilder {
 public:
  NodeId num_nodes() const { return num_nodes_; }

  /// The new node; of several, the first. Their ids follow those of the nodes before.
  /// Throws GraphError if there would be more nodes than ids can number.
  NodeId add_node() { return add_nodes(1); }
  NodeId add_nodes(NodeId count);

  /// Throws GraphError, naming the edge, if an end has not been added yet, if the weight is not
  /// finite, or if some edges have a weight and others have none.
  void add_edge(NodeId source, NodeId target);
  void add_edge(NodeId source, NodeId target, float weight);

  /// The graph so far; edges out of one node keep the order in which they were added.
  /// Throws GraphError, naming the edge, if a parallel edge is found where they are rejected.
  Graph build(ParallelEdges parallel = ParallelEdges::kAllowed) const;

 private:
  void check_ends(const Edge& edge) const;

  NodeId num_nodes_ = 0;
  std::vector<Edge> edges_;
  std::vector<float> weights_;  // Empty, or as many as there are edges.
};

}  // namespace espalier
