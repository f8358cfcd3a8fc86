#pragma once

#include <initializer_list>
#include <memory>
#include <span>

#include <espalier/graph/node.h>

namespace espalier {

/// A directed edge.
struct Edge {
  NodeId source = kNoNode;
  NodeId target = kNoNode;

  friend bool operator==(const Edge&, const Edge&) = default;
};

/// May two edges have the same source and target?
enum class ParallelEdges { kAllowed, kRejected };

/// A directed graph over the nodes 0 .. num_nodes() - 1, in compressed sparse rows.
///
/// Edges are numbered by source, and for one source in the order in which they were given. The
/// reverse lists (who points at v) are made on first use, by whichever thread asks first.
/// Immutable and cheap to copy: copies share their arrays, and any number of threads may read them.
/// `<espalier/graph/boost_graph.h>` makes it a model of Boost.Graph's concepts with no copy.
class Graph {
 public:
  /// The graph without nodes.
  Graph();

  /// `weights` is empty or has a weight for each edge, in the order of `edges`. O(nodes + edges).
  /// Throws GraphError, naming the edge, if an end is not a node, if the weights are not as many
  /// as the edges or not finite, or if a parallel edge is found where they are rejected.
  static Graph from_edges(NodeId num_nodes, std::span<const Edge> edges,
                          std::span<const float> weights = {},
                          ParallelEdges parallel = ParallelEdges::kAllowed);
  static Graph from_edges(NodeId num_nodes, std::initializer_list<Edge> edges);

  NodeId num_nodes() const;
  EdgeId num_edges() const;
  bool has_weights() const;

  // Below, v < num_nodes() and e < num_edges(); asserted in debug builds only.

  /// Targets of the edges out of v: edges first_out_edge(v), first_out_edge(v) + 1, …
  std::span<const NodeId> successors(NodeId v) const;
  EdgeId first_out_edge(NodeId v) const;

  /// Sources of the edges into v, by edge id, and the ids of those edges.
  std::span<const NodeId> predecessors(NodeId v) const;
  std::span<const EdgeId> in_edges(NodeId v) const;

  Edge edge(EdgeId e) const;     ///< O(log num_nodes).
  float weight(EdgeId e) const;  ///< 1 for a graph without weights.

  /// The arrays behind: successors(v) is targets()[out_offsets()[v] .. out_offsets()[v + 1]), and
  /// predecessors(v) likewise in sources() and in_offsets(). Faster in a loop over all nodes.
  std::span<const EdgeId> out_offsets() const;
  std::span<const NodeId> targets() const;
  std::span<const EdgeId> in_offsets() const;
  std::span<const NodeId> sources() const;
  std::span<const float> weights() const;  ///< Empty for a graph without weights.

 private:
  struct Storage;
  explicit Graph(std::shared_ptr<const Storage> storage);

  std::shared_ptr<const Storage> storage_;
};

}  // namespace espalier
