#pragma once

#include <cstddef>
#include <cstdint>

#include <espalier/base/memory.h>
#include <espalier/graph/schedule.h>
#include <espalier/layers/internal/gate_weights.h>
#include <espalier/layers/node_inputs.h>
#include <espalier/layers/recurrence.h>
#include <espalier/ops/matmul.h>
#include <espalier/ops/tensor.h>
#include <espalier/ops/variable.h>

namespace espalier {

/// What one run of a cell adds up for a node before it looks at a predecessor, and the memory in
/// which it keeps the node's gates: W x + b of all nodes or some, shared by nodes or not; or what
/// the caller gave, as it stands.
///
/// *Main* gates are there for every node. *Forget* gates, where the weights set such apart, are
/// needed at inner nodes alone, those beyond the first wavefront. What a node shares with others,
/// or lacks, costs no copy: the term is read where it lies, and the gates are written to the node's
/// own row, which may be the same.
///
/// Rows of gates lie by row of the schedule, or by node id where that saves sorting the inputs: a
/// node's *place*.
class InputTerm {
 public:
  struct Options {
    bool outer_only = false;  ///< Nodes beyond the first wavefront have no input and no gates here.
    bool by_row = false;      ///< The cell keeps something by row too: places must be rows.
  };

  /// `weights` is null for a layer that must be given its terms; `width` is that of a given row.
  /// `bias` has main_width() + forget_width() values, main gates first; none without weights.
  ///
  /// Throws ShapeError and GraphError as OrderedInputs does; ShapeError if inputs are shared by, or
  /// terms given to, other than the schedule's nodes; OptionError if terms are given to a layer
  /// with weights, or inputs to one without.
  InputTerm(const GateWeights* weights, std::size_t width, const NodeInputs& inputs,
            PoolVector<float> bias, const Schedule& schedule, const Options& options);

  /// Before the first wavefront: multiplies, in parallel, what `start` does not. `keeps`: gates are
  /// kept for a backward pass.
  void begin(bool keeps);
  /// First of all in a tile's forward pass. Where gates are not kept, the tile's own memory for
  /// them, [tile.size(), main width]; else nothing.
  MutableMatrixView start(const Tile& tile);

  /// After the last wavefront: gives back what the backward pass does not need. `keeps_gates`: the
  /// gates are read in the backward pass.
  void end_forward(bool keeps_gates = true);
  /// Before the first wavefront backward: memory for gradients.
  void begin_backward();

  bool is_given() const { return weights_ == nullptr; }
  /// The place of a row of the schedule.
  NodeId place(NodeId row) const { return by_node_ ? nodes_[row] : row; }
  /// Is the place of every node its id?
  bool is_by_node() const { return by_node_; }

  /// The main gates' term of the node at a place; null: it is in the gates' own row.
  const float* main(NodeId place) const { return main_[place]; }
  /// Where gates are kept, the node's own row: to be replaced by the gates and, in the backward
  /// pass, by the gradients of their pre-activations.
  float* gates(NodeId place) { return gates_.row(place).data(); }
  const float* gates(NodeId place) const { return gates_.row(place).data(); }
  MatrixView gates() const { return gates_.view(); }
  /// Those of rows of the schedule, if places are rows.
  MutableMatrixView rows_of_gates(RowRange rows) {
    return gates_.view().slice(rows.begin, rows.end);
  }

  /// Does x reach the forget gates, so that there are terms to give a gradient to?
  bool has_forget_terms() const { return num_forget_rows_ > 0; }
  /// The forget gates' term of an inner row.
  const float* forget(NodeId row) const {
    return has_forget_terms() ? forget_[row - num_outer_] : forget_bias();
  }
  const float* forget_bias() const { return bias_.data() + main_width_; }
  /// Where `backward` puts the gradient of that term, if there is one.
  float* forget_gradient(NodeId row) { return forget_gates_.row(row - num_outer_).data(); }

  /// After the last wavefront: appends the products of the gradients of W and, to `d_bias`,
  /// [main_width()], of the main gates' bias.
  void append_products(PoolVector<GradientProduct>& products, Tensor& d_bias);
  /// Once they have run: adds the gradient of x, or of what was given.
  void add_input_gradient();

 private:
  bool is_shared() const { return !row_of_place_.empty(); }
  bool covers_all() const { return inputs_.size() == num_places_; }
  void multiply_inputs(MatrixView x, bool in_place);
  void point_to_terms(MatrixView values, NodeId first_value);
  MatrixView by_input(MatrixView gates, std::size_t first_row, Tensor& gathered) const;

  const GateWeights* weights_;
  OrderedInputs inputs_;
  PoolVector<std::uint32_t> row_of_place_;  // Which input each node has, if they are shared.
  PoolVector<float> bias_;
  PoolVector<NodeId> nodes_;  // By row.
  bool by_node_ = false;
  NodeId num_outer_ = 0;  // Rows of the first wavefront.
  NodeId num_places_ = 0;
  std::size_t num_forget_rows_ = 0;  // 0: x does not reach the forget gates.
  std::size_t main_width_ = 0;
  std::size_t first_inner_ = 0;  // Inputs before it are of the first wavefront.

  Tensor gates_;                            // [places, main width], if they are kept.
  Tensor forget_gates_;                     // [inner rows, forget width], if x reaches them.
  PoolVector<const float*> main_, forget_;  // Where the terms are.
  Tensor apart_, forget_apart_;             // W x + b by input, where not in the gates' own rows.
  Tensor d_main_, d_forget_;                // Gradients by input, where not the gates' own rows.
};

}  // namespace espalier
