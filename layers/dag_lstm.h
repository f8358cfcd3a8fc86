#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <espalier/graph/schedule.h>
#include <espalier/layers/gated_lstm.h>
#include <espalier/layers/node_inputs.h>
#include <espalier/layers/node_states.h>
#include <espalier/layers/recurrence.h>
#include <espalier/ops/module.h>
#include <espalier/ops/random.h>

namespace espalier {

struct DAGLSTMOptions {
  int input_size = 0;   ///< Features per node; 0: terms are given (NodeInputs::given).
  int hidden_size = 0;  ///< > 0.

  /// The names of the relations through which a node reads one predecessor each, at least one:
  /// {"left", "above"} on a grid, say.
  std::vector<std::string> relations = {};

  Candidate candidate = Candidate::kTanh;
  CellOutput output = CellOutput::kGated;
  NullState null_state = NullState::kZeros;
};

/// LSTM on a directed acyclic graph: a node reads one predecessor through each of k named
/// relations, and forgets each by a gate of its own that sees them all.
///
/// Graves, Fernandez and Schmidhuber, "Multi-Dimensional Recurrent Neural Networks", ICANN 2007,
/// arXiv:0705.2011, Sec. 2.1, without peepholes and with relations in the place of dimensions. With
/// h_r, c_r of the predecessor under relation r:
///
///     i   = sigmoid(W_i x + sum over r of U_i^r h_r + b_i)             likewise o
///     f_r = sigmoid(W_fr x + sum over s of U_fr^s h_s + b_fr)          one per relation
///     u   = tanh(W_u x + sum over r of U_u^r h_r + b_u)                or without tanh
///     c   = i * u + sum over r of f_r * c_r
///     h   = o * tanh(c)                                                or tanh(o * c), or tanh(c)
///
/// One relation makes it the LSTM, two the Graph-Structured LSTM (with a linear candidate). An
/// absent predecessor has the state 0, or a trained one.
///
/// Parameters, the gates in the order i, f_1 … f_k, u and, if there is one, o; G being their
/// number: weight_ih [G hidden, input], weight_<relation> [G hidden, hidden] for each, bias [G
/// hidden]; with trained null states null_h and null_c [1, hidden]. A layer that is given its terms
/// has neither weight_ih nor bias.
class DAGLSTM : public Module {
 public:
  /// Weights and biases are uniform in ±1/sqrt(hidden_size), but those of the forget gates begin
  /// as 1. Throws OptionError if a size is out of range, there is no relation, or two have one
  /// name.
  DAGLSTM(const DAGLSTMOptions& options, Rng& rng);

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

  const DAGLSTMOptions& options() const { return options_; }

 private:
  DAGLSTMOptions options_;
  std::shared_ptr<GatedWeights> weights_;
};

}  // namespace espalier
