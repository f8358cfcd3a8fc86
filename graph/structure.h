#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <espalier/base/memory.h>
#include <espalier/graph/graph.h>
#include <espalier/graph/node.h>
#include <espalier/graph/tree.h>

namespace espalier {

/// Which state of a predecessor a node reads.
enum class Reads {
  kNewStates,  ///< Of this sweep: orders the computation, must be acyclic.
  kOldStates,  ///< Of the layer or sweep before: orders nothing.
};

/// For every node, its predecessors under one relation, in compressed sparse rows: v reads
/// predecessors[offsets[v] .. offsets[v + 1]), in this order.
struct Relation {
  std::string name;
  Reads reads = Reads::kNewStates;
  PoolVector<EdgeId> offsets;  ///< num_nodes + 1.
  PoolVector<NodeId> predecessors;

  std::span<const NodeId> of(NodeId v) const {
    return std::span(predecessors).subspan(offsets[v], offsets[v + 1] - offsets[v]);
  }
};

/// The relation in which every node reads the sources of its incoming edges, by edge id.
Relation reads_new(std::string name, const Graph& graph);
Relation reads_old(std::string name, const Graph& graph);

/// Who reads whose state: a number of nodes and a few relations over them.
///
/// This is all that the recurrence engine ever sees of a graph. Immutable once built.
class Structure {
 public:
  /// Throws GraphError, naming relation, node and predecessor, if the relations are not over
  /// `num_nodes` nodes, an id is out of range, or two relations have one name.
  Structure(NodeId num_nodes, std::vector<Relation> relations);

  NodeId num_nodes() const { return num_nodes_; }
  std::span<const Relation> relations() const { return relations_; }

  /// Throws GraphError, listing the names there are, if there is no such relation.
  const Relation& relation(std::string_view name) const;

 private:
  NodeId num_nodes_ = 0;
  std::vector<Relation> relations_;
};

/// The structures side by side: the nodes of parts[i] follow those of parts[i - 1].
/// Throws GraphError unless all have the same relations, by name, kind and order.
Structure disjoint_union(std::span<const Structure* const> parts);

/// The structure in which a node reads its children: one relation, "children".
Structure bottom_up(const Tree& tree);

/// The same for a batch: the nodes of trees[i] follow those of trees[i - 1].
Structure bottom_up(std::span<const Tree* const> trees);

/// The structure in which a node reads each of its children through a relation of its place,
/// "child 0" .. "child <arity - 1>", in the order of the children: for cells with weights for each
/// place. `places`, if given, has a place for each node among its siblings, so that a lone right
/// child can be at place 1; a root's means nothing.
/// Throws GraphError, naming the node, if a place is `arity` or beyond or is taken twice.
Structure bottom_up(const Tree& tree, std::size_t arity, std::span<const std::size_t> places = {});
Structure bottom_up(std::span<const Tree* const> trees, std::size_t arity);

/// The structure in which a node reads its parent: one relation, "parent".
Structure top_down(const Tree& tree);

}  // namespace espalier
