#include <espalier/graph/tree.h>

#include <algorithm>

#include <espalier/base/error.h>
#include <espalier/graph/internal/check.h>
#include <espalier/graph/internal/kept_schedules.h>

namespace espalier {
namespace {

// The roots, by id, of nodes whose parents are nodes.
std::vector<NodeId> find_roots(std::span<const NodeId> parents) {
  const NodeId num_nodes = checked_num_nodes(parents.size());
  std::vector<NodeId> roots;
  for (NodeId v = 0; v < num_nodes; ++v) {
    if (parents[v] == kNoNode) {
      roots.push_back(v);
    } else if (parents[v] >= num_nodes) {
      throw GraphError(
          message("the parent of node ", v, ": ", out_of_range(parents[v], num_nodes)));
    }
  }
  return roots;
}

// `v` is below no root, so the way up from it ends in a cycle.
[[noreturn]] void throw_cycle(std::span<const NodeId> parents, NodeId v) {
  std::vector<bool> seen(parents.size());
  for (; !seen[v]; v = parents[v]) seen[v] = true;

  std::vector<NodeId> cycle;
  do {
    cycle.push_back(v);
    v = parents[v];
  } while (v != cycle.front());
  std::rotate(cycle.begin(), std::ranges::min_element(cycle), cycle.end());
  cycle.push_back(cycle.front());
  throw GraphError(
      message("node ", cycle.front(), " is its own ancestor: ", join_nodes(cycle, " -> ")));
}

}  // namespace

Tree Tree::from_parents(std::span<const NodeId> parents, Roots roots) {
  if (parents.empty()) throw GraphError("a tree has no nodes; expected at least a root");
  Tree tree;
  tree.roots_ = find_roots(parents);
  if (tree.roots_.size() > 1 && roots == Roots::kOne) {
    throw GraphError(message("a tree has ", tree.roots_.size(),
                             " roots: ", join_nodes(tree.roots_, ", "), "; expected one"));
  }
  const std::size_t num_nodes = parents.size();
  tree.parents_.assign(parents.begin(), parents.end());

  tree.offsets_.resize(num_nodes + 1);
  for (const NodeId parent : parents) {
    if (parent != kNoNode) ++tree.offsets_[std::size_t{parent} + 1];
  }
  for (std::size_t v = 0; v < num_nodes; ++v) tree.offsets_[v + 1] += tree.offsets_[v];
  tree.children_.resize(num_nodes - tree.roots_.size());
  std::vector<NodeId> next = tree.offsets_;
  for (NodeId v = 0; v < num_nodes; ++v) {
    if (parents[v] != kNoNode) tree.children_[next[parents[v]]++] = v;
  }

  // Backwards, a postorder is every node before its children, the last child first.
  tree.postorder_.reserve(num_nodes);
  std::vector<NodeId> stack = tree.roots_;
  while (!stack.empty()) {
    const NodeId v = stack.back();
    stack.pop_back();
    tree.postorder_.push_back(v);
    const std::span<const NodeId> children = tree.children(v);
    stack.insert(stack.end(), children.begin(), children.end());
  }
  std::ranges::reverse(tree.postorder_);

  if (tree.postorder_.size() < num_nodes) {
    std::vector<bool> reached(num_nodes);
    for (const NodeId v : tree.postorder_) reached[v] = true;
    throw_cycle(parents, static_cast<NodeId>(std::find(reached.begin(), reached.end(), false) -
                                             reached.begin()));
  }
  tree.schedules_ = std::make_shared<TreeSchedules>();
  return tree;
}

NodeId Tree::num_leaves() const {
  NodeId count = 0;
  for (NodeId v = 0; v < num_nodes(); ++v) count += is_leaf(v) ? 1 : 0;
  return count;
}

std::vector<NodeId> Tree::depths() const {
  std::vector<NodeId> depths(num_nodes());
  for (std::size_t i = postorder_.size(); i-- > 0;) {
    const NodeId v = postorder_[i];
    depths[v] = parents_[v] == kNoNode ? 0 : depths[parents_[v]] + 1;
  }
  return depths;
}

std::vector<NodeId> Tree::heights() const {
  std::vector<NodeId> heights(num_nodes());
  for (const NodeId v : postorder_) {
    if (parents_[v] == kNoNode) continue;
    NodeId& above = heights[parents_[v]];
    above = std::max(above, heights[v] + 1);
  }
  return heights;
}

Graph child_to_parent(const Tree& tree) {
  // Siblings are ordered by id, and so are the edges into their parent.
  std::vector<Edge> edges;
  edges.reserve(tree.num_nodes());
  for (NodeId v = 0; v < tree.num_nodes(); ++v) {
    if (tree.parent(v) != kNoNode) edges.push_back({v, tree.parent(v)});
  }
  return Graph::from_edges(tree.num_nodes(), edges);
}

}  // namespace espalier
