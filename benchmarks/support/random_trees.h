#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <espalier/data/labelled_tree.h>
#include <espalier/graph/schedule.h>
#include <espalier/ops/random.h>

namespace espalier::bench {

/// A batch like one of the Sentiment Treebank: random binary trees with words at the leaves and a
/// label at every node.
struct Forest {
  std::vector<LabelledTree> trees;
  std::vector<const Tree*> shapes;
  std::vector<NodeId> leaves;        ///< Of the batch.
  std::vector<std::uint32_t> words;  ///< Of the leaves.
  std::vector<std::int32_t> labels;  ///< Of all nodes.

  std::size_t num_nodes() const { return labels.size(); }
  std::size_t num_inner() const { return labels.size() - leaves.size(); }
};

/// A tree of which every binary shape of that many leaves is possible: leaves are split at random.
Tree random_binary_tree(NodeId num_leaves, Rng& rng);

Forest random_forest(std::size_t num_trees, NodeId leaves_per_tree, std::uint32_t num_words,
                     std::uint32_t num_classes, Rng& rng);

}  // namespace espalier::bench
