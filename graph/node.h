#pragma once

#include <cstdint>
#include <limits>

namespace espalier {

/// Nodes are numbered 0 .. num_nodes - 1.
using NodeId = std::uint32_t;

/// "No such node": the parent of a root, say.
inline constexpr NodeId kNoNode = std::numeric_limits<NodeId>::max();

/// Edges are numbered 0 .. num_edges - 1; there may be more of them than 32 bits can count.
using EdgeId = std::uint64_t;

}  // namespace espalier
