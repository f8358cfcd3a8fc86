#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include <espalier/data/labelled_tree.h>

#include "tests/support/trees.h"

namespace espalier::test {

/// Binary trees with a word at every leaf, below `num_words`, and a label at every node: whether
/// the words below it hold more odd than even ones.
inline std::vector<LabelledTree> odd_or_even_trees(std::size_t count, std::uint32_t num_words,
                                                   std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<LabelledTree> trees;
  for (std::size_t i = 0; i < count; ++i) {
    LabelledTree tree{random_binary_tree(static_cast<NodeId>(2 + random() % 6), random), {}, {}};
    const NodeId n = tree.tree.num_nodes();
    tree.words.assign(n, kNoWord);
    tree.labels.assign(n, kNoLabel);
    std::vector<int> surplus(n, 0);
    for (const NodeId v : tree.tree.postorder()) {
      if (tree.tree.is_leaf(v)) {
        tree.words[v] = static_cast<std::uint32_t>(random() % num_words);
        surplus[v] = tree.words[v] % 2 == 1 ? 1 : -1;
      }
      for (const NodeId child : tree.tree.children(v)) surplus[v] += surplus[child];
      tree.labels[v] = surplus[v] > 0 ? 1 : 0;
    }
    trees.push_back(std::move(tree));
  }
  return trees;
}

inline std::vector<const LabelledTree*> pointers(const std::vector<LabelledTree>& trees) {
  std::vector<const LabelledTree*> all;
  for (const LabelledTree& tree : trees) all.push_back(&tree);
  return all;
}

}  // namespace espalier::test
