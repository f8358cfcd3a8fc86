#pragma once

#include <random>
#include <string>
#include <vector>

#include <espalier/graph/tree.h>

namespace espalier::test {

/// Every ordered rooted tree of 1 .. max_nodes nodes, by size, each numbered in preorder. There are
/// as many of n nodes as the Catalan number C(n - 1): 1, 1, 2, 5, 14, 42, 132 for n = 1 .. 7.
std::vector<Tree> all_ordered_trees(NodeId max_nodes);

/// "(0 (1 (2)) (3))": which node hangs where, in the order of the children.
std::string brackets(const Tree& tree);

/// A tree of 2 leaves - 1 nodes, numbered in preorder, in which every inner node has two children
/// and shares its leaves out between them uniformly. leaves >= 1.
Tree random_binary_tree(NodeId leaves, std::mt19937_64& rng);

/// A tree grown node by node, each hung under a node with fewer than `max_children`, and numbered
/// at random, so that a parent's id says nothing about its children's. nodes, max_children >= 1.
Tree random_tree(NodeId nodes, NodeId max_children, std::mt19937_64& rng);

/// n nodes in a row, each the parent of the next; 0 is the root. n >= 1.
Tree chain(NodeId n);

/// A root, node 0, with `leaves` children.
Tree star(NodeId leaves);

}  // namespace espalier::test
