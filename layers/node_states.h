#pragma once

#include <espalier/ops/variable.h>

namespace espalier {

/// The states of all nodes, in the caller's node order, each [num_nodes, hidden_size].
struct NodeStates {
  Variable h;  ///< Hidden states.
  Variable c;  ///< Memory cells.
};

}  // namespace espalier
