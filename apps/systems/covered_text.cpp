#include <espalier/apps/systems/covered_text.h>

namespace espalier::apps {

// Tree::postorder() visits children in their order, and so the leaves from left to right.
CoveredText::CoveredText(const TextTree& text)
    : text_(text), begins_(text.tree.tree.num_nodes()), ends_(text.tree.tree.num_nodes()) {
  const Tree& tree = text.tree.tree;
  for (const NodeId v : tree.postorder()) {
    if (tree.is_leaf(v)) {
      begins_[v] = leaves_.size();
      leaves_.push_back(v);
    } else {
      begins_[v] = begins_[tree.children(v).front()];
    }
    ends_[v] = leaves_.size();
  }
}

std::string CoveredText::of(NodeId v) const {
  std::string words;
  for (std::size_t i = begins_[v]; i < ends_[v]; ++i) {
    const std::string& word = text_.tokens[leaves_[i]];
    const bool is_first = i == begins_[v];
    if (!is_first && words.size() + 1 + word.size() > kMaxBytes) return words + " …";
    if (!is_first) words += ' ';
    words += word;
  }
  return words;
}

}  // namespace espalier::apps
