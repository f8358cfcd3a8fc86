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

struct NaryTreeLSTMOptions {
  /// Features per node, > 0; without a leaf module it may be 0: terms are given
  /// (NodeInputs::given).
  int input_size = 0;
  int hidden_size = 0;  ///< > 0.
  int arity = 2;        ///< N: how many places for children a node has, > 0.

  /// Does the forget gate of one child see the other children (the matrices U_f^kl, k != l)?
  bool off_diagonal_forget = true;

  /// Leaves have a module of their own and inner nodes have no input, as in the authors' model for
  /// binarised constituency trees.
  bool leaf_module = false;

  bool output_gate = true;  ///< False: h = tanh(c), as the authors ran it on SICK.
};

/// N-ary Tree-LSTM: children stand in an order, and each place has weights of its own.
///
/// Tai, Socher and Manning, "Improved Semantic Representations From Tree-Structured Long
/// Short-Term Memory Networks", ACL 2015, arXiv:1503.00075, Eqs. 9-14. With children 1 .. N of j:
///
///     i_j  = sigmoid(W_i x_j + sum over l of U_i^l h_jl + b_i)             likewise o_j
///     f_jk = sigmoid(W_f x_j + sum over l of U_f^kl h_jl + b_f)            one per child k
///     u_j  = tanh(W_u x_j + sum over l of U_u^l h_jl + b_u)
///     c_j  = i_j * u_j + sum over l of f_jl * c_jl
///     h_j  = o_j * tanh(c_j)
///
/// A place without a child has the state 0: a lone right child is not a left one. With a leaf
/// module, a leaf has c = W_c x + b_c and h = sigmoid(W_o x + b_o) * tanh(c), and no inner node has
/// an input.
///
/// Parameters, G being 3 (2 without the output gate) and H the hidden size:
///   weight_ih [(G+1) H, input], bias_ih [(G+1) H]: gates i, f, u, o; without a leaf module
///   leaf_weight [2 H, input], leaf_bias [2 H]: c, o ([H, …] without the output gate); with one
///   weight_hh [G H, N H]: gates i, u, o; column block l is U^l
///   forget_hh [N H, N H]: row block k, column block l is U_f^kl; [N H, H] without off-diagonals
///   bias_hh [N, (G+N) H]: gates i, u, o, f_1 … f_N. As in the authors' code each child's map has
///   a bias; their sum acts.
class NaryTreeLSTM : public Module {
 public:
  /// Weights and biases are uniform in ±1/sqrt(fan-in), the fan-in of U being H.
  /// Throws OptionError if a size is not positive.
  NaryTreeLSTM(const NaryTreeLSTMOptions& options, Rng& rng);

  /// States h and c, each [num_nodes, hidden_size], of every node of `schedule`, in which nodes
  /// read the child at place k through the relation "<relation> k", k = 0 .. N - 1;
  /// bottom_up(trees, N) makes such. Equal to visiting node by node.
  ///
  /// Throws ShapeError, giving both shapes, if the inputs do not fit `schedule` or `input_size`;
  /// GraphError, naming the node, if one has several children at a place, or if with a leaf module
  /// one that has children has an input, or one that has none must wait for a node of another
  /// relation; GraphError if the schedule lacks a relation.
  NodeStates forward(const NodeInputs& inputs, const Schedule& schedule,
                     std::string_view relation = "child", const SweepOptions& sweep = {}) const;

  const NaryTreeLSTMOptions& options() const { return options_; }

 private:
  NaryTreeLSTMOptions options_;
  std::shared_ptr<GatedWeights> weights_;
};

}  // namespace espalier
