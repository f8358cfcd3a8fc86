#pragma once

#include <cstddef>
#include <span>
#include <utility>

#include <espalier/base/memory.h>
#include <espalier/graph/schedule.h>
#include <espalier/ops/variable.h>

namespace espalier {

/// What the nodes of a structure are given as input: a row of x for every node, or for some.
///
/// A node without an input is computed as if its input were zeros, at no cost. In a parse tree,
/// say, only the leaves have words.
struct NodeInputs {
  /// Row v of x is node v's.
  NodeInputs(Variable all) : x(std::move(all)) {}
  /// Row i of x is that of node some_nodes[i]; the span must outlive the call it is passed to.
  NodeInputs(Variable some, std::span<const NodeId> some_nodes)
      : x(std::move(some)), nodes(some_nodes), is_partial(true) {}

  Variable x;  ///< [inputs, input_size].
  std::span<const NodeId> nodes;
  bool is_partial = false;
};

/// In which order nodes stand.
enum class NodeOrder {
  kByRow,   ///< As in the schedule: a tile's nodes lie side by side.
  kByNode,  ///< By node id: the caller's inputs need no sorting.
};

/// The same in the order of a schedule: inputs numbered by ascending row. Ordered by node, a
/// node's "row" is its id.
class OrderedInputs {
 public:
  /// Throws ShapeError if x has not `input_size` columns or a row for each node named, GraphError,
  /// naming it, if a node is out of range or named twice.
  OrderedInputs(const NodeInputs& inputs, const Schedule& schedule, std::size_t input_size,
                NodeOrder order = NodeOrder::kByRow);

  std::size_t size() const { return rows_.size(); }
  /// The schedule's row that input i belongs to.
  NodeId row(std::size_t i) const { return rows_[i]; }
  /// Inputs first .. last - 1 belong to these rows.
  std::pair<std::size_t, std::size_t> within(RowRange range) const;
  /// [size(), input_size].
  MatrixView x() const { return sorted_.empty() ? x_.value().view() : sorted_.view(); }

  const Variable& variable() const { return x_; }
  /// Adds a gradient that is in this order, [size(), input_size], to that of the variable.
  void add_gradient(Tensor gradient) const;

 private:
  Variable x_;
  PoolVector<NodeId> rows_;
  PoolVector<NodeId> sources_;  // Input i is row sources_[i] of the variable; empty: row i.
  Tensor sorted_;               // Empty if x is in order already.
};

}  // namespace espalier
