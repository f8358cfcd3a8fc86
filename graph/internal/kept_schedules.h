#pragma once

#include <espalier/graph/kept_schedule.h>

namespace espalier {

/// Those of one tree, shared by its copies.
struct TreeSchedules {
  KeptSchedule bottom_up;
};

/// Those of one discussion, shared by its copies: of each ReplyDirection and ReplyEdges.
struct ReplySchedules {
  KeptSchedule by_direction_and_edges[2][3];
};

}  // namespace espalier
