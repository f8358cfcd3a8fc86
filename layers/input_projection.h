#pragma once

#include <cstddef>
#include <cstdint>

#include <espalier/base/memory.h>
#include <espalier/graph/schedule.h>
#include <espalier/layers/gate_weights.h>
#include <espalier/layers/node_inputs.h>
#include <espalier/ops/matmul.h>
#include <espalier/ops/tensor.h>

namespace espalier {

/// W x + b of every node for one run of a cell whose gates all see the input, and the gradients of
/// W and x. Inputs that nodes share are multiplied once.
class InputProjection {
 public:
  /// `w` is the packed matrix of the inputs, without forget gates; `bias` has w.main_width()
  /// values. `order` is that of the result. By row, those of a tile are a matrix, to which a
  /// product can be added; by node, inputs and their gradients need not be sorted.
  ///
  /// Throws ShapeError and GraphError as OrderedInputs does, and ShapeError if inputs are shared by
  /// other than the schedule's nodes.
  InputProjection(const GateWeights& w, const NodeInputs& inputs, PoolVector<float> bias,
                  const Schedule& schedule, NodeOrder order = NodeOrder::kByRow);

  /// Multiplies, in parallel.
  void begin();

  NodeOrder order() const { return order_; }
  /// After `begin`: W x + b of the node at a place. It may be that place's row of values().
  const float* projected(NodeId place) const;
  /// Begins these places' rows of values() with W x + b, and returns them.
  MutableMatrixView start(RowRange places);
  /// [num_nodes, w.main_width()], the cell's to work on; what is there before `finish` must be the
  /// gradient of the pre-activations.
  MutableMatrixView values() { return values_.view(); }
  MatrixView values() const { return values_.view(); }

  /// Appends the products of the gradients of W and of the bias, which refer to this object; then
  /// adds x's gradient. `d_bias` has w.weight()'s rows, to which the products add.
  void finish(PoolVector<GradientProduct>& products, Tensor& d_bias);

 private:
  bool is_shared() const { return !row_of_place_.empty(); }
  MatrixView input_gradients();

  const GateWeights& w_;
  OrderedInputs inputs_;
  PoolVector<std::uint32_t> row_of_place_;  // Which input each node has, if they are shared.
  PoolVector<float> bias_;
  NodeOrder order_;
  std::size_t num_nodes_;
  Tensor values_;
  Tensor shared_;  // W x + b by input, if they are shared.
  Tensor packed_;  // Gradients by input, if there is not one for every node.
};

}  // namespace espalier
