#include "tests/support/trees.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace espalier::test {
namespace {

NodeId uniform(NodeId low, NodeId high, std::mt19937_64& rng) {
  return std::uniform_int_distribution<NodeId>(low, high)(rng);
}

}  // namespace

std::vector<Tree> all_ordered_trees(NodeId max_nodes) {
  using Parents = std::vector<NodeId>;
  std::vector<Tree> trees;
  std::vector<Parents> smaller = {{}};
  for (NodeId n = 1; n <= max_nodes; ++n) {
    // The last node in preorder hangs under some node on the way from the one before to the root.
    std::vector<Parents> same_size;
    for (const Parents& parents : smaller) {
      NodeId parent = n == 1 ? kNoNode : n - 2;
      do {
        same_size.push_back(parents);
        same_size.back().push_back(parent);
        if (parent != kNoNode) parent = parents[parent];
      } while (parent != kNoNode);
    }
    for (const Parents& parents : same_size) trees.push_back(Tree::from_parents(parents));
    smaller = std::move(same_size);
  }
  return trees;
}

std::string brackets(const Tree& tree) {
  std::string text;
  std::vector<NodeId> stack = {tree.root()};  // To be printed; kNoNode stands for ")".
  while (!stack.empty()) {
    const NodeId v = stack.back();
    stack.pop_back();
    if (v == kNoNode) {
      text += ')';
      continue;
    }
    text += (text.empty() ? "(" : " (") + std::to_string(v);
    stack.push_back(kNoNode);
    const std::span<const NodeId> children = tree.children(v);
    stack.insert(stack.end(), children.rbegin(), children.rend());
  }
  return text;
}

Tree random_binary_tree(NodeId leaves, std::mt19937_64& rng) {
  struct Subtree {
    NodeId parent;
    NodeId leaves;
  };
  std::vector<NodeId> parents;
  std::vector<Subtree> stack = {{kNoNode, leaves}};
  while (!stack.empty()) {
    const Subtree subtree = stack.back();
    stack.pop_back();
    const auto v = static_cast<NodeId>(parents.size());
    parents.push_back(subtree.parent);
    if (subtree.leaves == 1) continue;
    const NodeId left = uniform(1, subtree.leaves - 1, rng);
    stack.push_back({v, subtree.leaves - left});
    stack.push_back({v, left});
  }
  return Tree::from_parents(parents);
}

Tree random_tree(NodeId nodes, NodeId max_children, std::mt19937_64& rng) {
  std::vector<NodeId> ids(nodes);  // In the order in which the tree grows.
  std::iota(ids.begin(), ids.end(), NodeId{0});
  std::shuffle(ids.begin(), ids.end(), rng);

  std::vector<NodeId> parents(nodes, kNoNode);
  std::vector<NodeId> num_children(nodes, 0);
  std::vector<NodeId> open = {ids[0]};  // Nodes that may have another child.
  for (NodeId i = 1; i < nodes; ++i) {
    NodeId& parent = open[uniform(0, static_cast<NodeId>(open.size()) - 1, rng)];
    parents[ids[i]] = parent;
    if (++num_children[parent] == max_children) {
      parent = open.back();
      open.pop_back();
    }
    open.push_back(ids[i]);
  }
  return Tree::from_parents(parents);
}

Tree chain(NodeId n) {
  std::vector<NodeId> parents(n);
  parents[0] = kNoNode;
  for (NodeId v = 1; v < n; ++v) parents[v] = v - 1;
  return Tree::from_parents(parents);
}

Tree star(NodeId leaves) {
  std::vector<NodeId> parents(std::size_t{leaves} + 1, 0);
  parents[0] = kNoNode;
  return Tree::from_parents(parents);
}

}  // namespace espalier::test
