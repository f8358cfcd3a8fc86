#pragma once

#include <cstddef>
#include <map>
#include <mutex>

#include <espalier/graph/kept_schedule.h>

namespace espalier {

/// Those of one tree, shared by its copies.
struct TreeSchedules {
  KeptSchedule bottom_up;

  /// With a relation for each of so many places.
  KeptSchedule& by_place(std::size_t arity) {
    const std::lock_guard lock(mutex_);
    return by_place_[arity];
  }

 private:
  std::mutex mutex_;
  std::map<std::size_t, KeptSchedule> by_place_;
};

/// Those of one discussion, shared by its copies: of each ReplyDirection and ReplyEdges.
struct ReplySchedules {
  KeptSchedule by_direction_and_edges[2][3];
};

}  // namespace espalier
