#pragma once

#include <memory>
#include <optional>

#include <espalier/graph/schedule.h>
#include <espalier/layers/gated_lstm.h>
#include <espalier/layers/node_inputs.h>
#include <espalier/layers/node_states.h>
#include <espalier/layers/recurrence.h>
#include <espalier/ops/module.h>
#include <espalier/ops/random.h>

namespace espalier {

struct GraphStructuredLSTMOptions {
  int input_size = 0;   ///< Features per node; 0: terms are given (NodeInputs::given).
  int hidden_size = 0;  ///< > 0.
  Candidate candidate = Candidate::kLinear;  ///< Linear as published.
  NullState null_state = NullState::kZeros;
};

/// Graph-Structured LSTM: a node reads one predecessor along the hierarchy and one along time, and
/// forgets each by a gate of its own. Any node may lack either.
///
/// Zayats and Ostendorf, "Conversation Modeling on Reddit Using a Graph-Structured LSTM", TACL
/// 2018, arXiv:1704.02080. With h', c' of the temporal and h", c" of the hierarchical predecessor:
///
///     i = sigmoid(W_i x + U_i h' + V_i h" + b_i)
///     f = sigmoid(W_f x + U_f h' + V_f h" + b_f)    temporal
///     g = sigmoid(W_g x + U_g h' + V_g h" + b_g)    hierarchical
///     u = W_u x + U_u h' + V_u h" + b_u             or its tanh
///     o = sigmoid(W_o x + U_o h' + V_o h" + b_o)
///     c = f * c' + g * c" + i * u
///     h = o * tanh(c)
///
/// The schedule has the relations "temporal" and "hierarchical", of one predecessor at most each;
/// those of discussions, in either direction, are made by graph/reply_graph.h. Parameters, gates in
/// the order above: weight_ih [5 hidden, input], weight_temporal and weight_hierarchical
/// [5 hidden, hidden], bias [5 hidden]; with trained null states null_h and null_c [1, hidden].
class GraphStructuredLSTM : public Module {
 public:
  /// Weights and biases are uniform in ±1/sqrt(hidden_size), but those of f and g begin as 1.
  /// Throws OptionError if a size is not positive.
  GraphStructuredLSTM(const GraphStructuredLSTMOptions& options, Rng& rng);

  /// States h and c, each [num_nodes, hidden_size], of every node. Equal to visiting node by node.
  ///
  /// Throws ShapeError, giving both shapes, if the inputs do not fit `schedule` or `input_size`;
  /// GraphError if the schedule lacks a relation, or, naming it, a node has several predecessors in
  /// one.
  NodeStates forward(const NodeInputs& inputs, const Schedule& schedule,
                     const SweepOptions& sweep = {}) const;

  /// The run that `forward` makes, still to be made: for run_side_by_side().
  Recurrence recurrence(const NodeInputs& inputs, const Schedule& schedule,
                        const SweepOptions& sweep = {}) const;

  const GraphStructuredLSTMOptions& options() const { return options_; }

 private:
  GraphStructuredLSTMOptions options_;
  std::shared_ptr<GatedWeights> weights_;
};

/// One layer for each end that states come from, side by side; the paper's h+ and h-.
class BidirectionalGraphStructuredLSTM : public Module {
 public:
  /// Throws OptionError if a size is not positive.
  BidirectionalGraphStructuredLSTM(const GraphStructuredLSTMOptions& options, Rng& rng);

  /// h of both directions, [num_nodes, 2 hidden_size], forward first. Both schedules are over the
  /// same nodes. Throws as GraphStructuredLSTM::forward does.
  Variable forward(const NodeInputs& inputs, const Schedule& forward, const Schedule& backward,
                   const SweepOptions& sweep = {}) const;

  const GraphStructuredLSTM& forward_layer() const { return forward_; }
  const GraphStructuredLSTM& backward_layer() const { return backward_; }

 private:
  GraphStructuredLSTM forward_, backward_;
};

}  // namespace espalier
