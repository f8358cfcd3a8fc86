#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include <espalier/base/memory.h>
#include <espalier/layers/internal/gate_weights.h>
#include <espalier/layers/internal/gated_kernels.h>
#include <espalier/ops/matmul.h>
#include <espalier/ops/packed_weights.h>
#include <espalier/ops/variable.h>

namespace espalier {

/// The one gated cell. A node reads its predecessors through *relations*, each of which gathers one
/// row h_r: the state of the one predecessor, or a sum or mean over any number.
///
///     i = sigmoid(a_i), u = tanh(a_u) or a_u, o = sigmoid(a_o), each a = W x + sum of U^r h_r + b
///     c = i * u + sum over predecessors of f * c_predecessor
///     h = o * tanh(c), tanh(c) or tanh(o * c)
///
/// A predecessor is forgotten not at all; *once*, by a gate f = sigmoid(W_f x + sum of U_f^r h_r +
/// b_f) that reads all that the node gathers; or *by its source*, f = sigmoid(W_f x + U_f h_source
/// + b_f), a gate for each. An absent predecessor keeps its place and is zeros, or trained.
///
/// The published systems are configurations of it: GatedForm and the parameters in GatedWeights.
enum class Gather { kOne, kSum, kMean };
enum class Forget { kNot, kOnce, kBySource };

struct GatedRelation {
  Gather gather = Gather::kOne;
  Forget forget = Forget::kOnce;  ///< kOnce goes with kOne, kBySource with the others.
};

/// Where gates begin in a row of pre-activations, in units of the hidden size.
struct GateOrder {
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  std::size_t i = 0, u = 1;             ///< i: kNone if it is 1 - f of the one relation.
  std::size_t o = 2;                    ///< kNone without an output gate.
  PoolVector<std::size_t> forget = {};  ///< By relation; kNone where it has no gate of its own.
};

struct GatedForm {
  std::size_t hidden = 0;
  Candidate candidate = Candidate::kTanh;
  CellOutput output = CellOutput::kGated;
  PoolVector<GatedRelation> relations;  ///< At most one of them forgets by the source.

  /// Of the rows of U h: i, u, o and, for each relation that forgets once, its gate.
  GateOrder recurrent;
  /// Of the rows of W x: the same, without forget gates if they share one W_f. Of the rows that a
  /// caller gives in its place: any.
  GateOrder input, given;
  std::size_t given_forget = GateOrder::kNone;  ///< In a given row, the shared forget gates' term.
  /// One W_f for all forget gates (Tree-LSTMs), or a W_f for each.
  bool shared_forget = false;

  /// Nodes of the first wavefront have weights of their own, and no others have an input:
  /// c = W_c x + b_c and, if there is an output gate, h = sigmoid(W_o x + b_o) * tanh(c), else
  /// h = tanh(c).
  bool leaf_module = false;
};

/// Rows of a weight that belong to one gate: its product with some of the gathered states.
struct RecurrentBlock {
  Variable weight;
  std::size_t first_row = 0;       ///< Of `hidden` ones.
  std::size_t gate = 0;            ///< In GatedForm::recurrent's row, in units of the hidden size.
  std::size_t first_relation = 0;  ///< The weight's columns are the states of relations from here.
};

/// A run of a bias and what it is added to.
struct BiasBlock {
  Variable bias;
  std::size_t first = 0, count = 0;
  bool recurrent = false;  ///< Added to rows of U h, else to those of W x (main, then forget).
  std::size_t column = 0;
};

/// The parameters of a layer, and their packed forms.
class GatedWeights {
 public:
  struct Parameters {
    std::optional<GateWeights> input;  ///< W; none: terms are given.
    PoolVector<RecurrentBlock> recurrent;
    std::optional<RecurrentBlock> by_source;  ///< U_f of the relation that forgets by the source.
    PoolVector<BiasBlock> biases;
    Variable null_h, null_c;  ///< [1, hidden]; undefined: zeros.
    /// How gates see the memory cell: rows of i and f, the old one's, and o, the new one's; without
    /// i where it is coupled. Diagonal, [gates, hidden], or full, [gates * hidden, hidden];
    /// undefined: not at all. Of a cell with one relation, tanh candidates and gated outputs; full
    /// ones need i and f to be the first gates of a row of U h.
    Variable peephole;
    bool full_peephole = false;
  };

  GatedWeights(GatedForm form, Parameters parameters);

  const GatedForm& form() const { return form_; }
  const Parameters& parameters() const { return parameters_; }
  /// Appends all variables: what a run may add gradients to.
  void append_variables(PoolVector<Variable>& variables) const;

  /// Of a row of W x, forget gates too; 0 if terms are given.
  std::size_t input_width() const {
    return parameters_.input ? parameters_.input->main_width() + parameters_.input->forget_width()
                             : 0;
  }
  std::size_t num_gates() const { return num_gates_; }  ///< Of a row of U h.
  std::size_t recurrent_width() const { return num_gates_ * form_.hidden; }
  std::size_t gathered_width() const { return form_.relations.size() * form_.hidden; }

  /// Packs anew if a matrix has changed. Any number of threads may ask.
  void refresh(bool for_backward);
  void warm_up();                                             ///< What Module::warm_up() asks for.
  const PackedMatrix& forward() const { return forward_; }    ///< [gathered, recurrent width]
  const PackedMatrix& backward() const { return backward_; }  ///< [recurrent width, gathered]
  const PackedMatrix& forward_by_source() const { return *forward_by_source_; }
  const PackedMatrix& backward_by_source() const { return *backward_by_source_; }

  bool has_full_peephole() const { return to_old_.has_value(); }
  const GateWeights& peephole_to_old() const { return *to_old_; }  ///< P_i over P_f.
  const GateWeights& peephole_to_new() const { return *to_new_; }  ///< P_o.

 private:
  Tensor whole_u() const;

  GatedForm form_;
  Parameters parameters_;
  std::size_t num_gates_;
  PackedMatrix forward_;
  PackedMatrix backward_;
  std::optional<PackedMatrix> forward_by_source_, backward_by_source_;
  std::optional<GateWeights> to_old_, to_new_;
  PackedWeights packed_;
};

/// Appends the blocks of a weight whose rows are gates 0 .. num_gates - 1 of a row of U h, in that
/// order, and whose columns are the states of relations from `first_relation` on.
void append_gates(const Variable& weight, std::size_t num_gates, std::size_t hidden,
                  std::size_t first_relation, PoolVector<RecurrentBlock>& blocks);

/// Appends a bias of the input term, whose rows lie as those of weight_ih.
void append_bias(const Variable& bias, std::span<const GateRows> main,
                 std::span<const GateRows> forget, PoolVector<BiasBlock>& blocks);

}  // namespace espalier
