#pragma once

#include <cstddef>
#include <vector>

#include <espalier/graph/tree.h>

namespace espalier::apps {

/// The part of a tree around its root.
struct TreePart {
  Tree tree;
  std::vector<NodeId> nodes;  ///< Of each node of the part, which one of the whole it is.
  std::vector<bool> is_cut;   ///< Of each, whether children of it are left out.
};

/// The `max_nodes` > 0 nodes that are nearest to the root, of siblings the first ones; all, in
/// their order, if there are no more. O(n), without recursion.
TreePart upper_part(const Tree& tree, std::size_t max_nodes);

}  // namespace espalier::apps
