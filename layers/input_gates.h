#pragma once

#include <cstddef>

#include <espalier/base/memory.h>
#include <espalier/layers/gate_weights.h>
#include <espalier/layers/node_inputs.h>
#include <espalier/layers/recurrence.h>
#include <espalier/ops/matmul.h>
#include <espalier/ops/variable.h>

namespace espalier {

/// W x + b for one run of a cell, and the gradients of W and x.
class InputGates {
 public:
  /// `bias` has main_width() + forget_width() values, main gates first.
  InputGates(const GateWeights& weights, OrderedInputs inputs, PoolVector<float> bias,
             const Schedule& schedule);

  /// Are there inputs beyond the first wavefront, so that the forget gates' part of W is in use?
  bool reach_inner_nodes() const { return first_inner_ < inputs_.size(); }

  /// Projects the inputs of all nodes beyond the first wavefront, in parallel.
  void begin();

  /// Starts the main gates' pre-activations, [tile.size(), main_width]. True: they are W x + b,
  /// ready to be added to. False, of an inner tile without inputs: nothing was written, and
  /// main_bias() is all there is.
  bool start(const Tile& tile, MutableMatrixView gates) const;
  const float* main_bias() const { return bias_.data(); }
  /// An inner node's W x + b for the inner gates.
  const float* forget(NodeId row) const;

  /// Appends the products for W's gradient, given those of all pre-activations, by row:
  /// [num_nodes, main_width] and [num_nodes, forget_width], the latter only good at inner nodes.
  /// What it appends refers to this object. Then adds x's gradient.
  void finish(MatrixView d_main, MatrixView d_forget, PoolVector<GradientProduct>& products);

 private:
  const GateWeights& weights_;
  OrderedInputs inputs_;
  PoolVector<float> bias_;
  std::size_t first_inner_ = 0;  // Inputs before it are of the first wavefront.
  Tensor projected_main_;        // From input first_inner_ on.
  Tensor projected_forget_;
  Tensor gathered_main_, gathered_forget_;
};

}  // namespace espalier
