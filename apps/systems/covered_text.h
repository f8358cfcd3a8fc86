#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <espalier/apps/systems/tree_reader.h>

namespace espalier::apps {

/// What stands below each node of a tree. A node deep down a long one is covered by many others,
/// so their texts in full would be as long as the tree's size times its depth.
class CoveredText {
 public:
  /// Longer texts are cut after a word, so that an answer is as long as its question, about.
  static constexpr std::size_t kMaxBytes = 400;

  /// O(n), without recursion. `text` must outlive it.
  explicit CoveredText(const TextTree& text);

  /// The positions of node v's first word and behind its last one, among the leaves from left to
  /// right.
  std::size_t begin(NodeId v) const { return begins_[v]; }
  std::size_t end(NodeId v) const { return ends_[v]; }

  /// The words, separated by spaces; of a long text its first ones, and "…".
  std::string of(NodeId v) const;

 private:
  const TextTree& text_;
  std::vector<NodeId> leaves_;  // From left to right.
  std::vector<std::size_t> begins_, ends_;
};

}  // namespace espalier::apps
