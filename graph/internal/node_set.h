#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <espalier/graph/node.h>

namespace espalier::detail {

/// Some of the nodes 0 .. size - 1: a bit for each, which is little enough to stay in the cache,
/// and a list of those that are there.
class NodeSet {
 public:
  /// Empties it.
  void resize(std::size_t size) {
    words_.assign((size + 63) / 64, 0);
    members_.clear();
  }

  /// Is it new?
  bool insert(NodeId node) {
    std::uint64_t& word = words_[node / 64];
    const std::uint64_t bit = std::uint64_t{1} << node % 64;
    if ((word & bit) != 0) return false;
    word |= bit;
    members_.push_back(node);
    return true;
  }

  /// Takes time proportional to how many there are.
  void erase(NodeId node) {
    const std::uint64_t bit = std::uint64_t{1} << node % 64;
    if ((words_[node / 64] & bit) == 0) return;
    words_[node / 64] &= ~bit;
    std::erase(members_, node);
  }

  /// All that are there, in the order in which they came, in place of what `nodes` has; afterwards
  /// there is none.
  void move_to(std::vector<NodeId>& nodes) {
    for (const NodeId node : members_) words_[node / 64] = 0;
    nodes.swap(members_);
    members_.clear();
  }

  /// The same in ascending order.
  void move_sorted_to(std::vector<NodeId>& nodes) {
    // Few are sorted, many are read off the bits.
    if (members_.size() * static_cast<std::size_t>(std::bit_width(members_.size())) <
        words_.size()) {
      std::ranges::sort(members_);
      return move_to(nodes);
    }
    members_.clear();
    for (std::size_t i = 0; i < words_.size(); ++i) {
      for (std::uint64_t word = words_[i]; word != 0; word &= word - 1) {
        members_.push_back(
            static_cast<NodeId>(64 * i + static_cast<std::size_t>(std::countr_zero(word))));
      }
    }
    move_to(nodes);
  }

 private:
  std::vector<std::uint64_t> words_;
  std::vector<NodeId> members_;
};

}  // namespace espalier::detail
