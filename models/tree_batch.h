#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <espalier/base/memory.h>
#include <espalier/data/labelled_tree.h>
#include <espalier/graph/schedule.h>

namespace espalier::models {

/// Trees side by side, ready for a sweep from the leaves up. Node v of trees[i] is node
/// first_node[i] + v of the batch.
struct TreeBatch {
  /// Throws GraphError, naming the tree, unless it has a word and a label, or kNoWord and kNoLabel,
  /// for each node.
  ///
  /// With an arity, the schedule has a relation for each place of a child, as N-ary cells want it;
  /// with kAnyNumber the one relation "children", as Child-Sum cells do.
  explicit TreeBatch(std::span<const LabelledTree* const> trees, std::size_t arity = 2);
  static constexpr std::size_t kAnyNumber = 0;

  NodeId num_nodes() const { return static_cast<NodeId>(labels.size()); }

  Schedule schedule;
  PoolVector<NodeId> first_node;    ///< For each tree, and where another would begin.
  PoolVector<NodeId> roots;         ///< For each tree.
  PoolVector<NodeId> word_nodes;    ///< The nodes that have a word,
  PoolVector<std::uint32_t> words;  ///< and the words.
  PoolVector<std::int32_t> labels;  ///< For each node; kNoLabel where there is none.
};

}  // namespace espalier::models
