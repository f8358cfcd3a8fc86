#pragma once

#include <memory>
#include <string_view>

#include <espalier/graph/schedule.h>
#include <espalier/layers/gated_lstm.h>
#include <espalier/layers/node_inputs.h>
#include <espalier/layers/node_states.h>
#include <espalier/layers/recurrence.h>
#include <espalier/ops/module.h>
#include <espalier/ops/random.h>

namespace espalier {

struct ChildSumTreeLSTMOptions {
  int input_size = 0;       ///< Features per node; 0: terms are given (NodeInputs::given).
  int hidden_size = 0;      ///< > 0.
  bool output_gate = true;  ///< False: h = tanh(c), as the authors ran it on SICK.
};

/// Child-Sum Tree-LSTM: one forget gate per child, and no order among children.
///
/// Tai, Socher and Manning, "Improved Semantic Representations From Tree-Structured Long
/// Short-Term Memory Networks", ACL 2015, arXiv:1503.00075, Eqs. 2-8. With C(j) j's children:
///
///     s_j  = sum of h_k over k in C(j)                     (2)
///     i_j  = sigmoid(W_i x_j + U_i s_j + b_i)              (3), likewise o_j (5)
///     f_jk = sigmoid(W_f x_j + U_f h_k + b_f)              (4), one per child k
///     u_j  = tanh(W_u x_j + U_u s_j + b_u)                 (6)
///     c_j  = i_j * u_j + sum of f_jk * c_k over k in C(j)  (7)
///     h_j  = o_j * tanh(c_j)                               (8)
///
/// Any directed acyclic graph will do, not only trees. On a chain this is the LSTM, and its
/// parameters have the names, shapes and gate order (i, f, u, o) of PyTorch's: weight_ih
/// [4 hidden, input], weight_hh [4 hidden, hidden], bias_ih and bias_hh [4 hidden] (3 without the
/// output gate). As in the authors' code there are two biases, whose sum acts. A layer that is
/// given its terms has weight_hh alone.
class ChildSumTreeLSTM : public Module {
 public:
  /// Weights and biases are uniform in ±1/sqrt(fan-in).
  /// Throws OptionError if a size is not positive.
  ChildSumTreeLSTM(const ChildSumTreeLSTMOptions& options, Rng& rng);

  /// States h and c, each [num_nodes, hidden_size], of every node of `schedule`, in which nodes
  /// read their children through the relation `relation`. Equal to visiting node by node.
  ///
  /// Throws ShapeError, giving both shapes, if the inputs do not fit `schedule` or `input_size`,
  /// GraphError if the schedule lacks the relation.
  NodeStates forward(const NodeInputs& inputs, const Schedule& schedule,
                     std::string_view relation = "children", const SweepOptions& sweep = {}) const;

  const ChildSumTreeLSTMOptions& options() const { return options_; }

 private:
  ChildSumTreeLSTMOptions options_;
  std::shared_ptr<GatedWeights> weights_;
};

}  // namespace espalier
