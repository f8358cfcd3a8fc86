#pragma once

#include <espalier/graph/structure.h>
#include <espalier/layers/elman_rnn.h>
#include <espalier/layers/gru.h>
#include <espalier/layers/jordan_rnn.h>
#include <espalier/layers/lstm.h>

#include "tests/support/tree_lstm_reference.h"

// The RNN family in double precision, a node and an element at a time, as the headers of layers/
// print the equations.
namespace espalier::test {

/// `values` are the layer's parameters and "x"; "h_0" and "c_0" too, if there are initial states: a
/// row for every node, [num_nodes, hidden_size], that it reads if it has no predecessor. Every node
/// has at most one in `previous`. States without a memory cell have an empty c.
ReferenceStates node_by_node(const ElmanRNNOptions& options, const Values& values,
                             const Relation& previous);
ReferenceStates node_by_node(const LSTMOptions& options, const Values& values,
                             const Relation& previous);
ReferenceStates node_by_node(const GRUOptions& options, const Values& values,
                             const Relation& previous);
/// With "teacher" among the values, [num_nodes, output_size], its rows in place of the outputs of
/// nodes before.
ReferenceStates node_by_node(const JordanRNNOptions& options, const Values& values,
                             const Relation& previous);

}  // namespace espalier::test
