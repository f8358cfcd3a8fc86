#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>

#include <espalier/base/memory.h>
#include <espalier/graph/schedule.h>
#include <espalier/ops/variable.h>

namespace espalier {

/// The row of a node without an input.
inline constexpr std::uint32_t kNoInput = std::numeric_limits<std::uint32_t>::max();

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

  /// Node v's is row row_of_node[v] of x, which many nodes may share: words that occur often
  /// (ops/distinct.h) are multiplied with the input weights once. It has none where that is
  /// kNoInput. The span must outlive the call.
  static NodeInputs shared(Variable x, std::span<const std::uint32_t> row_of_node) {
    NodeInputs inputs(std::move(x));
    inputs.row_of_node = row_of_node;
    inputs.is_shared = true;
    return inputs;
  }

  /// Row v is what the layer would have added up for node v from its input, W x + b, as it stands:
  /// [num_nodes, gates], the gates in the order of the layer's weight_ih. For layers that are made
  /// with an input_size of 0, which have no W and no b of their own.
  static NodeInputs given(Variable terms) {
    NodeInputs inputs(std::move(terms));
    inputs.is_given = true;
    return inputs;
  }

  Variable x;  ///< [inputs, input_size], or the terms.
  std::span<const NodeId> nodes = {};
  std::span<const std::uint32_t> row_of_node = {};
  bool is_partial = false;
  bool is_shared = false;
  bool is_given = false;
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

  /// Those of no schedule, in their own order: input i is row i of x, and belongs to "row" i.
  /// Throws ShapeError if x has not `input_size` columns.
  OrderedInputs(Variable x, std::size_t input_size);

  std::size_t size() const { return rows_.size(); }
  /// The schedule's row that input i belongs to.
  NodeId row(std::size_t i) const { return rows_[i]; }
  /// Inputs first .. last - 1 belong to these rows.
  std::pair<std::size_t, std::size_t> within(RowRange range) const;
  /// [size(), input_size].
  MatrixView x() const { return sorted_.empty() ? x_.value().view() : sorted_.view(); }

  const Variable& variable() const { return x_; }
  /// Is input i row i of the variable?
  bool in_order() const { return sources_.empty(); }
  /// Adds a gradient that is in this order, [size(), input_size], to that of the variable.
  void add_gradient(Tensor gradient) const;

 private:
  Variable x_;
  PoolVector<NodeId> rows_;
  PoolVector<NodeId> sources_;  // Input i is row sources_[i] of the variable; empty: row i.
  Tensor sorted_;               // Empty if x is in order already.
};

}  // namespace espalier
