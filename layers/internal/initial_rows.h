#pragma once

#include <cstddef>
#include <span>

#include <espalier/base/memory.h>
#include <espalier/graph/schedule.h>
#include <espalier/ops/matmul.h>
#include <espalier/ops/tensor.h>
#include <espalier/ops/variable.h>

namespace espalier {

/// Initial states: what nodes of the first wavefront read, part by part, in the place of a
/// predecessor's state; zeros where there is none.
class InitialRows {
 public:
  /// None at all; zeros are `width` floats.
  explicit InitialRows(std::size_t width) : zeros_(Tensor::zeros({width})) {}

  /// `parts[p]` is undefined or [nodes.size(), widths[p]]; its row i is read by node nodes[i].
  /// Throws ShapeError if a part is of another shape; GraphError, naming the node, if one is out of
  /// range, has a predecessor, or is named twice.
  InitialRows(std::span<const Variable> parts, std::span<const std::size_t> widths,
              std::span<const NodeId> nodes, const Schedule& schedule);

  bool empty() const { return of_row_.empty(); }
  /// What a row of the first wavefront reads for a part.
  const float* row(std::size_t part, NodeId row) const;

  /// Memory for gradients, before the first is kept.
  void begin_gradients();
  /// Of the rows from `first` on, a row of `gradient` each.
  void keep_gradient(std::size_t part, NodeId first, StridedView gradient);
  /// Adds what was kept to the gradients of the variables.
  void add_gradients();

 private:
  PoolVector<Variable> parts_;
  PoolVector<NodeId> of_row_;  // Of the first wavefront: which initial state, or kNoNode.
  PoolVector<Tensor> gradients_;
  Tensor zeros_;
};

/// Throws GraphError, naming the node, unless each has at most one predecessor in "previous", and
/// all but those of the first wavefront have one.
void check_one_predecessor(const Schedule& schedule);

}  // namespace espalier
