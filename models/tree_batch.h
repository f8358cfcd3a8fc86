#pragma once

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
  explicit TreeBatch(std::span<const LabelledTree* const> trees);

  NodeId num_nodes() const { return static_cast<NodeId>(labels.size()); }

  Schedule schedule;
  PoolVector<NodeId> first_node;    ///< For each tree, and where another would begin.
  PoolVector<NodeId> roots;         ///< For each tree.
  PoolVector<NodeId> word_nodes;    ///< The nodes that have a word,
  PoolVector<std::uint32_t> words;  ///< and the words.
  PoolVector<std::int32_t> labels;  ///< For each node; kNoLabel where there is none.
};

}  // namespace espalier::models
