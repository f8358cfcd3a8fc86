#pragma once

#include <espalier/graph/structure.h>
#include <espalier/layers/graph_structured_lstm.h>

#include "tests/support/tree_lstm_reference.h"

namespace espalier::test {

/// The Graph-Structured LSTM in double precision, a node and an element at a time, as its header
/// prints the equations. `structure` has the relations "temporal" and "hierarchical".
ReferenceStates node_by_node(const GraphStructuredLSTMOptions& options, const Values& values,
                             const Structure& structure);

}  // namespace espalier::test
