#pragma once

#include <memory>
#include <span>
#include <vector>

#include <espalier/graph/graph.h>
#include <espalier/graph/node.h>

namespace espalier {

/// Who is connected to whom between two sets of nodes, which may be one: each row has columns, in
/// compressed sparse rows.
///
/// Edges are numbered by row, and within a row in the order given. The transpose is made on first
/// use, by whichever thread asks first. Immutable and cheap to copy: copies share their arrays, and
/// any number of threads may read them.
class Adjacency {
 public:
  /// Nothing: no rows, no columns.
  Adjacency();

  /// An edge's source is its row. O(rows + columns + edges). Parallel edges are kept. Throws
  /// GraphError, naming the edge, if an end is out of range, or unless there are no weights or one,
  /// finite, for each edge.
  static Adjacency from_edges(NodeId num_rows, NodeId num_columns, std::span<const Edge> edges,
                              std::span<const float> weights = {});

  /// From the arrays themselves. Throws GraphError, naming the place, unless offsets ascend from 0
  /// to the number of columns given, each of which is below `num_columns`, and weights are none or
  /// one, finite, for each.
  Adjacency(NodeId num_columns, std::vector<EdgeId> offsets, std::vector<NodeId> columns,
            std::vector<float> weights = {});

  NodeId num_rows() const;
  NodeId num_columns() const;
  EdgeId num_edges() const;
  bool has_weights() const;

  std::span<const EdgeId> offsets() const;  ///< num_rows() + 1.
  std::span<const NodeId> columns() const;  ///< Row r's: columns()[offsets()[r] .. offsets()[r+1]).
  std::span<const float> weights() const;   ///< By edge; empty without weights.
  std::span<const NodeId> of(NodeId row) const {
    return columns().subspan(offsets()[row], offsets()[row + 1] - offsets()[row]);
  }

  /// The rows of each column, ascending, and by which edge each is connected: the transpose.
  std::span<const EdgeId> column_offsets() const;  ///< num_columns() + 1.
  std::span<const NodeId> rows() const;
  std::span<const EdgeId> edges() const;

 private:
  struct Storage;
  std::shared_ptr<const Storage> storage_;
};

/// How many columns the rows have.
struct DegreeStatistics {
  EdgeId least = 0, most = 0;
  double mean = 0.0, median = 0.0;
  NodeId num_empty = 0;  ///< Rows without a column.
};
DegreeStatistics degree_statistics(const Adjacency& adjacency);

}  // namespace espalier
