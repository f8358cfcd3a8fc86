#include <espalier/apps/pictures/tree_part.h>

#include <algorithm>

namespace espalier::apps {

TreePart upper_part(const Tree& tree, std::size_t max_nodes) {
  std::vector<NodeId> kept = {tree.root()};  // By depth.
  for (std::size_t i = 0; i < kept.size() && kept.size() < max_nodes; ++i) {
    for (const NodeId child : tree.children(kept[i])) {
      if (kept.size() < max_nodes) kept.push_back(child);
    }
  }
  std::ranges::sort(kept);  // Siblings are ordered by id.

  std::vector<NodeId> new_ids(tree.num_nodes(), kNoNode);
  for (std::size_t i = 0; i < kept.size(); ++i) new_ids[kept[i]] = static_cast<NodeId>(i);
  std::vector<NodeId> parents;
  std::vector<bool> is_cut;
  for (const NodeId v : kept) {
    parents.push_back(v == tree.root() ? kNoNode : new_ids[tree.parent(v)]);
    is_cut.push_back(std::ranges::any_of(tree.children(v),
                                         [&](NodeId child) { return new_ids[child] == kNoNode; }));
  }
  return {Tree::from_parents(parents), std::move(kept), std::move(is_cut)};
}

}  // namespace espalier::apps
