#include "benchmarks/support/random_trees.h"

namespace espalier::bench {

Tree random_binary_tree(NodeId num_leaves, Rng& rng) {
  struct Pending {
    NodeId parent;
    NodeId leaves;
  };
  std::vector<NodeId> parents;
  std::vector<Pending> pending = {{kNoNode, num_leaves}};
  while (!pending.empty()) {
    const Pending next = pending.back();
    pending.pop_back();
    const auto v = static_cast<NodeId>(parents.size());
    parents.push_back(next.parent);
    if (next.leaves == 1) continue;
    const NodeId left = 1 + static_cast<NodeId>(rng.below(next.leaves - 1));
    pending.push_back({v, next.leaves - left});
    pending.push_back({v, left});
  }
  return Tree::from_parents(parents);
}

Forest random_forest(std::size_t num_trees, NodeId leaves_per_tree, std::uint32_t num_words,
                     std::uint32_t num_classes, Rng& rng) {
  Forest forest;
  for (std::size_t t = 0; t < num_trees; ++t) {
    LabelledTree tree{random_binary_tree(leaves_per_tree, rng), {}, {}};
    for (NodeId v = 0; v < tree.tree.num_nodes(); ++v) {
      const bool leaf = tree.tree.is_leaf(v);
      tree.words.push_back(leaf ? static_cast<std::uint32_t>(rng.below(num_words)) : kNoWord);
      tree.labels.push_back(static_cast<std::int32_t>(rng.below(num_classes)));
      if (leaf) {
        forest.leaves.push_back(static_cast<NodeId>(forest.labels.size()));
        forest.words.push_back(tree.words.back());
      }
      forest.labels.push_back(tree.labels.back());
    }
    forest.trees.push_back(std::move(tree));
  }
  for (const LabelledTree& tree : forest.trees) forest.shapes.push_back(&tree.tree);
  return forest;
}

}  // namespace espalier::bench
