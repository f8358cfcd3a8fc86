#pragma once

#include <cassert>
#include <memory>
#include <span>
#include <vector>

#include <espalier/graph/graph.h>
#include <espalier/graph/node.h>

namespace espalier {

struct TreeSchedules;

/// How many roots `Tree::from_parents` accepts.
enum class Roots {
  kOne,  ///< A tree.
  kAny,  ///< A forest of one tree or more.
};

/// A rooted, ordered tree over the nodes 0 .. num_nodes() - 1, or, where asked for, a forest.
///
/// Siblings keep an order because N-ary cells weight the first child and the second differently
/// (Tai et al. 2015, Eqs. 9-14); cells that sum over children ignore it. Lengths are counted in
/// edges: the root has depth 0, a leaf has height 0. Immutable: any number of threads may read it.
class Tree {
 public:
  /// The tree in which node v hangs under parents[v]; a root has kNoNode there. Siblings are
  /// ordered by id. O(n), without recursion.
  /// Throws GraphError, naming the nodes at fault, unless there is exactly one root (at least one
  /// with Roots::kAny), every other parent is a node, and no node is its own ancestor.
  static Tree from_parents(std::span<const NodeId> parents, Roots roots = Roots::kOne);

  NodeId num_nodes() const { return static_cast<NodeId>(parents_.size()); }
  NodeId num_leaves() const;

  /// The root of a tree; the first root of a forest.
  NodeId root() const { return roots_.front(); }
  std::span<const NodeId> roots() const { return roots_; }  ///< By id.

  // Below, v < num_nodes(); asserted in debug builds only.

  /// kNoNode for a root.
  NodeId parent(NodeId v) const {
    assert(v < num_nodes());
    return parents_[v];
  }
  /// In order; empty for a leaf.
  std::span<const NodeId> children(NodeId v) const {
    assert(v < num_nodes());
    return std::span(children_).subspan(offsets_[v], offsets_[v + 1] - offsets_[v]);
  }
  bool is_leaf(NodeId v) const { return children(v).empty(); }

  /// All children lists, one after the other: v's is children()[child_offsets()[v] ..
  /// child_offsets()[v + 1]).
  std::span<const NodeId> child_offsets() const { return offsets_; }
  std::span<const NodeId> children() const { return children_; }

  /// Every node after all of its children; a root ends its tree.
  std::span<const NodeId> postorder() const { return postorder_; }

  std::vector<NodeId> depths() const;   ///< Edges up to the root, for each node.
  std::vector<NodeId> heights() const;  ///< Edges on the longest way down, for each node.

  /// For graph/kept_schedule.h: what has been worked out of the tree, shared by its copies.
  TreeSchedules& schedules() const { return *schedules_; }

 private:
  Tree() = default;

  std::vector<NodeId> parents_;
  std::vector<NodeId> offsets_;  // num_nodes + 1
  std::vector<NodeId> children_;
  std::vector<NodeId> postorder_;
  std::vector<NodeId> roots_;
  std::shared_ptr<TreeSchedules> schedules_;
};

/// The tree as a graph whose edges run from each child to its parent, the way states travel
/// bottom-up. The edges into a node are in the order of its children.
Graph child_to_parent(const Tree& tree);

}  // namespace espalier
