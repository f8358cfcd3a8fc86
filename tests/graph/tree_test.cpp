#include <espalier/graph/tree.h>

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <espalier/base/error.h>

#include "tests/support/errors.h"
#include "tests/support/trees.h"

namespace espalier {
namespace {

using test::error_of;
using Nodes = std::vector<NodeId>;

Nodes list(std::span<const NodeId> nodes) { return {nodes.begin(), nodes.end()}; }

std::string error_of_tree(const Nodes& parents, Roots roots = Roots::kOne) {
  return error_of<GraphError>([&] { Tree::from_parents(parents, roots); });
}

// Everything that a tree says, held against its parents alone.
void expect_consistent(const Tree& tree) {
  const NodeId n = tree.num_nodes();
  Nodes roots, listed;
  NodeId num_leaves = 0;
  for (NodeId v = 0; v < n; ++v) {
    Nodes children;
    for (NodeId w = 0; w < n; ++w) {
      if (tree.parent(w) == v) children.push_back(w);
    }
    EXPECT_EQ(list(tree.children(v)), children);
    EXPECT_EQ(tree.is_leaf(v), children.empty());
    EXPECT_EQ(tree.child_offsets()[v], listed.size());
    listed.insert(listed.end(), children.begin(), children.end());
    if (children.empty()) ++num_leaves;
    if (tree.parent(v) == kNoNode) roots.push_back(v);
  }
  EXPECT_EQ(list(tree.children()), listed);
  EXPECT_EQ(tree.child_offsets()[n], listed.size());
  EXPECT_EQ(tree.num_leaves(), num_leaves);
  EXPECT_EQ(list(tree.roots()), roots);
  EXPECT_EQ(tree.root(), roots.front());

  Nodes depths(n, 0), heights(n, 0);
  for (NodeId v = 0; v < n; ++v) {
    for (NodeId u = tree.parent(v); u != kNoNode; u = tree.parent(u)) {
      heights[u] = std::max(heights[u], ++depths[v]);
    }
  }
  EXPECT_EQ(tree.depths(), depths);
  EXPECT_EQ(tree.heights(), heights);
}

// The postorder by its definition.
void append_postorder(const Tree& tree, NodeId v, Nodes& order) {
  for (const NodeId child : tree.children(v)) append_postorder(tree, child, order);
  order.push_back(v);
}

void expect_postorder(const Tree& tree) {
  Nodes order;
  for (const NodeId root : tree.roots()) append_postorder(tree, root, order);
  EXPECT_EQ(list(tree.postorder()), order);
}

TEST(TreeTest, IsConsistentForEverySmallTree) {
  const std::vector<Tree> trees = test::all_ordered_trees(7);
  EXPECT_EQ(trees.size(), 197u);
  std::set<std::string> different;
  for (const Tree& tree : trees) {
    SCOPED_TRACE(test::brackets(tree));
    expect_consistent(tree);
    expect_postorder(tree);
    different.insert(test::brackets(tree));
  }
  EXPECT_EQ(different.size(), 197u);
}

TEST(TreeTest, IsConsistentForRandomTreesAndForests) {
  for (unsigned seed = 0; seed < 100; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 rng(seed);
    const Tree tree = test::random_tree(static_cast<NodeId>(rng() % 40 + 1), 3, rng);
    expect_consistent(tree);
    expect_postorder(tree);
    for (NodeId v = 0; v < tree.num_nodes(); ++v) EXPECT_LE(tree.children(v).size(), 3u);

    Nodes parents;
    for (NodeId v = 0; v < tree.num_nodes(); ++v) {
      parents.push_back(rng() % 4 == 0 ? kNoNode : tree.parent(v));
    }
    const Tree forest = Tree::from_parents(parents, Roots::kAny);
    expect_consistent(forest);
    expect_postorder(forest);
  }
}

TEST(TreeTest, OrdersSiblingsById) {
  const Tree tree = Tree::from_parents(Nodes{3, 3, 0, kNoNode, 3, 0});
  EXPECT_EQ(tree.root(), 3u);
  EXPECT_EQ(list(tree.children(3)), (Nodes{0, 1, 4}));
  EXPECT_EQ(list(tree.postorder()), (Nodes{2, 5, 0, 1, 4, 3}));
  EXPECT_EQ(tree.depths(), (Nodes{1, 1, 2, 0, 1, 2}));
  EXPECT_EQ(tree.heights(), (Nodes{1, 0, 0, 2, 0, 0}));
}

TEST(TreeTest, MayBeAForestWhereAsked) {
  const Tree forest = Tree::from_parents(Nodes{kNoNode, 2, kNoNode, 0}, Roots::kAny);
  EXPECT_EQ(list(forest.roots()), (Nodes{0, 2}));
  EXPECT_EQ(forest.root(), 0u);
  EXPECT_EQ(list(forest.postorder()), (Nodes{3, 0, 1, 2}));
}

TEST(TreeTest, RefusesNoNodes) {
  EXPECT_EQ(error_of_tree({}), "a tree has no nodes; expected at least a root");
  EXPECT_EQ(error_of_tree({}, Roots::kAny), "a tree has no nodes; expected at least a root");
}

TEST(TreeTest, RefusesSeveralRoots) {
  EXPECT_EQ(error_of_tree({kNoNode, 0, kNoNode, kNoNode}),
            "a tree has 3 roots: 0, 2, 3; expected one");
  EXPECT_EQ(error_of_tree(Nodes(1000, kNoNode)),
            "a tree has 1000 roots: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, "
            "…, 999; expected one");
}

TEST(TreeTest, RefusesParentsThatAreNoNodes) {
  EXPECT_EQ(error_of_tree({kNoNode, 0, 9}),
            "the parent of node 2: node 9 is out of range, nodes are 0 .. 2");
  EXPECT_EQ(error_of_tree({kNoNode, 2}),
            "the parent of node 1: node 2 is out of range, nodes are 0 .. 1");
}

TEST(TreeTest, RefusesCyclesAndNamesTheNodesAlongThem) {
  EXPECT_EQ(error_of_tree({kNoNode, 0, 0, 5, 1, 7, 3, 3}),
            "node 3 is its own ancestor: 3 -> 5 -> 7 -> 3");
  EXPECT_EQ(error_of_tree({0}), "node 0 is its own ancestor: 0 -> 0");
  EXPECT_EQ(error_of_tree({kNoNode, 1}), "node 1 is its own ancestor: 1 -> 1");
  EXPECT_EQ(error_of_tree({1, 2, 1}, Roots::kAny), "node 1 is its own ancestor: 1 -> 2 -> 1");
  // Found from node 1, which is only below the cycle; named from its least node.
  EXPECT_EQ(error_of_tree({kNoNode, 4, 3, 4, 2}), "node 2 is its own ancestor: 2 -> 3 -> 4 -> 2");
}

TEST(TreeTest, CutsTheNamesOfALongCycleShort) {
  Nodes parents(1'000'000);
  for (NodeId v = 0; v < parents.size(); ++v) parents[v] = v == 0 ? 999'999 : v - 1;
  EXPECT_EQ(error_of_tree(parents),
            "node 0 is its own ancestor: 0 -> 999999 -> 999998 -> 999997 -> 999996 -> 999995 -> "
            "999994 -> 999993 -> 999992 -> 999991 -> 999990 -> 999989 -> 999988 -> 999987 -> "
            "999986 -> 999985 -> 999984 -> 999983 -> … -> 0");
}

TEST(TreeTest, TakesAChainOfAMillionNodes) {
  const Tree tree = test::chain(1'000'000);
  EXPECT_EQ(tree.postorder().front(), 999'999u);
  EXPECT_EQ(tree.depths()[999'999], 999'999u);
  EXPECT_EQ(tree.heights()[0], 999'999u);
  EXPECT_EQ(tree.num_leaves(), 1u);
}

TEST(TreeTest, TakesAStarOfAMillionLeaves) {
  const Tree tree = test::star(1'000'000);
  EXPECT_EQ(tree.children(0).size(), 1'000'000u);
  EXPECT_EQ(tree.heights()[0], 1u);
  EXPECT_EQ(tree.num_leaves(), 1'000'000u);
}

TEST(TreeTest, RandomBinaryTreesHaveTwoChildrenAtEveryInnerNode) {
  std::mt19937_64 rng(1);
  for (NodeId leaves = 1; leaves < 50; ++leaves) {
    const Tree tree = test::random_binary_tree(leaves, rng);
    EXPECT_EQ(tree.num_nodes(), 2 * leaves - 1);
    EXPECT_EQ(tree.num_leaves(), leaves);
    for (NodeId v = 0; v < tree.num_nodes(); ++v) {
      EXPECT_TRUE(tree.is_leaf(v) || tree.children(v).size() == 2);
    }
  }
}

TEST(TreeTest, AsAGraphPointsFromChildToParent) {
  std::mt19937_64 rng(1);
  const Tree tree = test::random_tree(50, 4, rng);
  const Graph graph = child_to_parent(tree);
  EXPECT_EQ(graph.num_nodes(), 50u);
  EXPECT_EQ(graph.num_edges(), 49u);
  for (NodeId v = 0; v < tree.num_nodes(); ++v) {
    EXPECT_TRUE(std::ranges::equal(graph.predecessors(v), tree.children(v)));
    EXPECT_EQ(list(graph.successors(v)),
              tree.parent(v) == kNoNode ? Nodes{} : Nodes{tree.parent(v)});
  }
}

}  // namespace
}  // namespace espalier
