#include <espalier/models/tree_batch.h>

#include <gtest/gtest.h>

#include <espalier/base/error.h>

#include "tests/models/trees.h"
#include "tests/support/errors.h"

namespace espalier::models {
namespace {

TEST(TreeBatchTest, NumbersTheTreesOneAfterTheOther) {
  const std::vector<LabelledTree> trees = test::odd_or_even_trees(5, 10, 1);
  const TreeBatch batch(test::pointers(trees));
  ASSERT_EQ(batch.first_node.size(), 6u);
  ASSERT_EQ(batch.roots.size(), 5u);
  std::size_t word = 0;
  for (std::size_t t = 0; t < trees.size(); ++t) {
    const NodeId first = batch.first_node[t];
    EXPECT_EQ(batch.roots[t], first + trees[t].tree.root());
    EXPECT_EQ(batch.first_node[t + 1], first + trees[t].tree.num_nodes());
    for (NodeId v = 0; v < trees[t].tree.num_nodes(); ++v) {
      EXPECT_EQ(batch.labels[first + v], trees[t].labels[v]);
      if (trees[t].words[v] == kNoWord) continue;
      EXPECT_EQ(batch.word_nodes[word], first + v);
      EXPECT_EQ(batch.words[word++], trees[t].words[v]);
    }
  }
  EXPECT_EQ(word, batch.words.size());
  EXPECT_EQ(batch.num_nodes(), batch.schedule.num_nodes());
}

TEST(TreeBatchTest, OfNoTreesIsEmpty) {
  const TreeBatch batch({});
  EXPECT_EQ(batch.num_nodes(), 0u);
  EXPECT_EQ(batch.roots.size(), 0u);
}

TEST(TreeBatchTest, RefusesATreeWithoutAWordOrALabelForEachNode) {
  std::vector<LabelledTree> trees = test::odd_or_even_trees(3, 10, 1);
  const std::size_t n = trees[2].tree.num_nodes();
  trees[2].labels.pop_back();
  EXPECT_EQ(test::error_of<GraphError>([&] { TreeBatch(test::pointers(trees)); }),
            message("tree 2 has ", n, " words and ", n - 1, " labels, expected ", n,
                    " of each, one for each node"));
  trees[2].labels.push_back(kNoLabel);
  trees[0].words.clear();
  EXPECT_TRUE(test::error_of<GraphError>([&] {
                TreeBatch(test::pointers(trees));
              }).starts_with("tree 0 has 0 words and "));
}

}  // namespace
}  // namespace espalier::models
