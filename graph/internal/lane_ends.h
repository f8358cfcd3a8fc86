#pragma once

#include <cstddef>

#include <espalier/graph/node.h>

namespace espalier {

/// Chooses where lanes end: at points that no new-state edge crosses, about equally far apart.
class LaneEnds {
 public:
  explicit LaneEnds(NodeId num_nodes) : num_nodes_(num_nodes) {}

  /// Shall a lane end before this node id, at which one may? Asked in ascending order.
  bool ends_at(NodeId cut) {
    if (cut < (num_lanes_ + 1) * std::size_t{num_nodes_} / kMaxLanes) return false;
    ++num_lanes_;
    return true;
  }

 private:
  // Enough to spread over the cores of one machine; each costs one column of bounds.
  static constexpr std::size_t kMaxLanes = 16;

  NodeId num_nodes_;
  std::size_t num_lanes_ = 0;
};

}  // namespace espalier
