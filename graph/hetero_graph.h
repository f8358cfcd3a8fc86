#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <espalier/graph/adjacency.h>
#include <espalier/graph/node.h>

namespace espalier {

/// A kind of node, and how many there are of it: 0 .. count - 1. There may be none.
struct NodeType {
  std::string name;
  NodeId count = 0;
};

/// A kind of edge, from nodes of one type to nodes of another or the same.
struct EdgeType {
  std::string name;
  std::string source, target;  ///< Names of node types.
  Adjacency edges;             ///< A row for each source, a column for each target.
};

/// A graph with nodes and edges of several types. Immutable.
class HeteroGraph {
 public:
  HeteroGraph() = default;
  /// Throws GraphError, naming the type, if a name is empty, given twice or holds one of ">(~)" or
  /// blanks (a MetaPath's text could not name it); if an edge type names a node type that there is
  /// not, or its edges are not between as many nodes as there are.
  HeteroGraph(std::vector<NodeType> node_types, std::vector<EdgeType> edge_types);

  std::span<const NodeType> node_types() const { return node_types_; }
  std::span<const EdgeType> edge_types() const { return edge_types_; }

  /// Throw GraphError, listing the names there are, if there is no such type.
  const NodeType& node_type(std::string_view name) const;
  const EdgeType& edge_type(std::string_view name) const;

 private:
  std::vector<NodeType> node_types_;
  std::vector<EdgeType> edge_types_;
};

}  // namespace espalier
