#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include <espalier/base/memory.h>
#include <espalier/layers/internal/gate_weights.h>
#include <espalier/layers/internal/initial_rows.h>
#include <espalier/layers/internal/input_term.h>
#include <espalier/layers/node_inputs.h>
#include <espalier/layers/recurrence.h>
#include <espalier/layers/recurrent_layer.h>
#include <espalier/ops/packed_weights.h>
#include <espalier/ops/tensor.h>
#include <espalier/ops/variable.h>

namespace espalier {

/// The matrices W, of the inputs, and U, of the states, packed, and the two biases whose sum acts.
/// A layer that is given its terms has neither W nor biases.
struct ChainWeights {
  /// `weight_ih` and the biases may be undefined. `u_apart` are gates whose part of U is packed by
  /// itself, the last rows; may be 0.
  ChainWeights(Variable weight_ih, Variable weight_hh, Variable b_ih, Variable b_hh,
               std::size_t u_apart = 0);

  /// Packs anew if a matrix has changed. Any number of threads may ask.
  void refresh(bool for_backward);
  /// What Module::warm_up() asks for, for a cell that multiplies with U so, without a bias or with.
  void warm_up(bool bias);
  PoolVector<float> bias() const;  ///< b_ih + b_hh; empty without them.
  const GateWeights* input() const { return w ? &*w : nullptr; }
  std::size_t input_size() const { return w ? w->cols() : 0; }
  /// Appends all variables: what a run may add gradients to.
  void append_variables(PoolVector<Variable>& variables) const;
  std::size_t hidden() const { return u.cols(); }
  /// Adds to both biases' gradients.
  void add_bias_gradient(Tensor gradient) const;

  std::optional<GateWeights> w;
  GateWeights u;
  Variable bias_ih, bias_hh;

 private:
  PackedWeights packed_;
};

/// What the cells of the RNN family share: the inputs' terms, the state of the one predecessor or
/// the initial state in its place, and their gradients.
///
/// A cell forms its gates from term(tile, row), what the input gives, and U h', and leaves them in
/// gates(tile, row); in the backward pass it replaces them by the gradients of pre-activations.
class ChainCell : public RecurrentCell {
 public:
  void begin(Sweep& sweep) override;
  void end_forward(Sweep&) override { inputs_.end_forward(); }
  void begin_backward(Sweep&) override { inputs_.begin_backward(); }

 protected:
  static constexpr std::size_t kPrevious = 0;  ///< The relation, in the cell's layout.

  /// `w` and `bias` are those of InputTerm, for gates of `width` in all. `initial_parts[p]` stands
  /// in for part p of an absent predecessor's state, may be undefined, and has `state_widths[p]`
  /// columns. Throws as RecurrentLayer::forward does.
  ChainCell(const GateWeights* w, std::size_t width, const NodeInputs& inputs,
            PoolVector<float> bias, const Schedule& schedule,
            std::span<const Variable> initial_parts, std::span<const std::size_t> state_widths,
            std::span<const NodeId> initial_nodes);

  /// The rows of a tile in which its gates, and what their inputs give, lie.
  class Rows {
   public:
    /// W x + b of a row.
    const float* term(NodeId row) const {
      const float* const term = inputs_.main(inputs_.place(row));
      return term == nullptr ? gates(row) : term;
    }
    /// The row's own, from which `backward` goes on; may be where the term is.
    float* gates(NodeId row) const {
      return own_.data == nullptr ? inputs_.gates(inputs_.place(row))
                                  : own_.row(row - begin_).data();
    }

   private:
    friend class ChainCell;
    Rows(InputTerm& inputs, NodeId begin, MutableMatrixView own)
        : inputs_(inputs), begin_(begin), own_(own) {}
    InputTerm& inputs_;
    NodeId begin_;
    MutableMatrixView own_;  // Where gates are not kept.
  };
  /// For `forward`, once.
  Rows start(const Tile& tile) { return {inputs_, tile.rows().begin, inputs_.start(tile)}; }
  /// In `end_forward`, for cells whose backward pass does not read the gates.
  void forget_gates() { inputs_.end_forward(/*keeps_gates=*/false); }
  /// For `backward`.
  Rows rows(const Tile& tile) { return {inputs_, tile.rows().begin, {}}; }

  /// Where a row of the schedule stands in all_gates().
  NodeId place(NodeId row) const { return inputs_.place(row); }
  /// In `finish`: what the gates of all nodes have become.
  MatrixView all_gates() const { return std::as_const(inputs_).gates(); }

  /// Does any row of the tile read anything but zeros?
  bool reads(const Tile& tile) const { return tile.level() > 0 || !initial_.empty(); }
  /// What row `row` of the tile reads for a part of its predecessor's state.
  const float* previous(const Tile& tile, std::size_t part, NodeId row) const;
  /// The same for all rows of the tile, copied to `to`, [tile.size(), width].
  void copy_previous(const Tile& tile, std::size_t part, MutableMatrixView to) const;
  /// u h' of the tile's rows, [tile.size(), u.n()], plus `bias` if not null; where they read zeros
  /// alone, the bias or zeros.
  MutableMatrixView multiply_previous(const Tile& tile, std::size_t part, const PackedMatrix& u,
                                      const float* bias = nullptr) const;

  /// Where the gradient of what the tile's rows read goes, [tile.size(), width]. If !reads(tile),
  /// nobody will look at it and it need not be written.
  MutableMatrixView previous_gradient(const Tile& tile, std::size_t part);
  /// Call it once previous_gradient(part) is written.
  void keep_initial_gradient(const Tile& tile, std::size_t part, MatrixView gradient);

  /// In `finish`: what every row reads for a part of its predecessor's state, [num_nodes, width],
  /// in the order of all_gates().
  Tensor all_previous(const Sweep& sweep, std::size_t part) const;

  /// Appends the products of the gradients of W and of the input's bias, in `d_bias`.
  void append_input_products(PoolVector<GradientProduct>& products, Tensor& d_bias) {
    inputs_.append_products(products, d_bias);
  }
  /// Once they have run: adds the gradients of x and of the initial states.
  void add_input_gradients();
  /// All of `finish` for a cell whose gates are those of U and W alike, with all_previous(part) for
  /// what U is multiplied with.
  void finish_chain(const ChainWeights& weights, const Tensor& previous);

 private:
  InputTerm inputs_;
  Schedule schedule_;
  InitialRows initial_;
};

/// Initial states of a layer without a memory cell. Throws ShapeError if there are such of one.
std::array<Variable, 1> h_alone(const InitialStates& initial);

/// The relation by which a cell of the family reads these parts of its predecessor's state.
RelationUse previous_use(std::size_t num_parts);

}  // namespace espalier
