#pragma once

#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>

#include <espalier/base/memory.h>
#include <espalier/layers/gate_weights.h>
#include <espalier/layers/input_projection.h>
#include <espalier/layers/node_inputs.h>
#include <espalier/layers/recurrence.h>
#include <espalier/layers/recurrent_layer.h>
#include <espalier/ops/packed_weights.h>
#include <espalier/ops/tensor.h>
#include <espalier/ops/variable.h>

namespace espalier {

/// The matrices W, of the inputs, and U, of the states, packed, and the two biases whose sum acts.
struct ChainWeights {
  /// `u_apart` are gates whose part of U is packed by itself, the last rows; may be 0.
  ChainWeights(Variable weight_ih, Variable weight_hh, Variable b_ih, Variable b_hh,
               std::size_t u_apart = 0);

  /// Packs anew if a matrix has changed. Any number of threads may ask.
  void refresh(bool for_backward);
  PoolVector<float> bias() const;  ///< b_ih + b_hh.
  std::size_t hidden() const { return u.cols(); }
  /// Adds to both biases' gradients.
  void add_bias_gradient(Tensor gradient) const;

  GateWeights w, u;
  Variable bias_ih, bias_hh;

 private:
  PackedWeights packed_;
};

/// What the cells of the RNN family share: the product of all inputs before the first wavefront,
/// the state of the one predecessor or the initial state in its place, and their gradients.
class ChainCell : public RecurrentCell {
 public:
  void begin(Sweep& sweep) override;

 protected:
  static constexpr std::size_t kPrevious = 0;  ///< The relation, in the cell's layout.

  /// Of the inputs as InputProjection has it. `initial_parts[p]` stands in for part p of an absent
  /// predecessor's state, may be undefined, and has `state_widths[p]` columns. Throws as
  /// RecurrentLayer::forward does.
  ChainCell(const GateWeights& w, const NodeInputs& inputs, PoolVector<float> bias,
            const Schedule& schedule, std::span<const Variable> initial_parts,
            std::span<const std::size_t> state_widths, std::span<const NodeId> initial_nodes,
            NodeOrder order = NodeOrder::kByRow);

  /// For `forward` and by row only: W x + b of the tile's rows, [tile.size(), w.main_width()], the
  /// cell's to work on.
  MutableMatrixView start_gates(const Tile& tile) {
    assert(inputs_.order() == NodeOrder::kByRow);
    return inputs_.start(tile.rows());
  }
  /// The same as the cell left it; what is there after `backward` must be the gradient of the
  /// pre-activations.
  MutableMatrixView gates(const Tile& tile) {
    assert(inputs_.order() == NodeOrder::kByRow);
    return inputs_.values().slice(tile.rows().begin, tile.rows().end);
  }
  /// Where a row, that of `node`, stands in all_gates(), in either order.
  NodeId place(NodeId row, NodeId node) const {
    return inputs_.order() == NodeOrder::kByNode ? node : row;
  }
  NodeId place(const Tile& tile, NodeId row) const { return place(row, tile.node(row)); }
  /// W x + b of one row, from which `forward` makes gates(tile, row).
  const float* input_term(const Tile& tile, NodeId row) const {
    return inputs_.projected(place(tile, row));
  }
  float* gates(const Tile& tile, NodeId row) {
    return inputs_.values().row(place(tile, row)).data();
  }
  MatrixView all_gates() const { return inputs_.values(); }

  /// Does any row of the tile read anything but zeros?
  bool reads(const Tile& tile) const { return tile.level() > 0 || !initial_of_row_.empty(); }
  /// What row `row` of the tile reads for a part of its predecessor's state.
  const float* previous(const Tile& tile, std::size_t part, NodeId row) const;
  /// The same for all rows of the tile, copied to `to`, [tile.size(), width].
  void copy_previous(const Tile& tile, std::size_t part, MutableMatrixView to) const;

  /// Where the gradient of what the tile's rows read goes, [tile.size(), width]. If !reads(tile),
  /// nobody will look at it and it need not be written.
  MutableMatrixView previous_gradient(const Tile& tile, std::size_t part);
  /// Call it once previous_gradient(part) is written.
  void keep_initial_gradient(const Tile& tile, std::size_t part, MatrixView gradient);

  /// Rows that read anything but zeros begin here.
  std::size_t first_reading_row(const Sweep& sweep) const;

  /// Appends the products of the gradients of W and of the bias, [gates], in `d_bias`; then adds
  /// those of x and of the initial states.
  void finish_inputs(PoolVector<GradientProduct>& products, Tensor& d_bias);
  /// All of `finish` for a cell whose gates are those of U and W alike, and U is multiplied with
  /// `previous_h`, [num_nodes, hidden] in the order of all_gates(), good from place `first` on: by
  /// row first_reading_row, by node 0.
  void finish_chain(const ChainWeights& weights, MatrixView previous_h, std::size_t first);

  /// What a row of the first wavefront reads.
  const float* initial_row(std::size_t part, NodeId row) const;

 private:
  InputProjection inputs_;
  std::size_t num_nodes_;

  PoolVector<Variable> initial_;       // By part.
  PoolVector<NodeId> initial_of_row_;  // Of the first wavefront's rows; empty: all read zeros.
  PoolVector<Tensor> d_initial_;       // By part.
  Tensor zeros_;
};

/// Initial states of a layer without a memory cell. Throws ShapeError if there are such of one.
std::array<Variable, 1> h_alone(const InitialStates& initial);

/// The relation by which a cell of the family reads these parts of its predecessor's state.
RelationUse previous_use(std::size_t num_parts);

}  // namespace espalier
