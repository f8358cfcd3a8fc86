#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <espalier/graph/adjacency.h>
#include <espalier/ops/linear.h>
#include <espalier/ops/random.h>
#include <espalier/ops/sparse.h>
#include <espalier/ops/variable.h>

namespace espalier {

/// An adjacency as operations take it; keeps the arrays.
SparsePattern pattern_of(const Adjacency& adjacency);

/// What is known of each node: a row of numbers, dense or sparse; or nothing, when every node has a
/// feature of its own ("one-hot"), which costs no matrix.
class NodeFeatures {
 public:
  /// [nodes, features].
  NodeFeatures(Variable dense) : dense_(std::move(dense)) {}
  /// A row for each node, a column for each feature; an entry's weight is its value, 1 without
  /// weights.
  static NodeFeatures sparse(const Adjacency& rows);
  static NodeFeatures one_hot(std::size_t num_nodes);

  std::size_t num_nodes() const;
  std::size_t num_features() const;

  const Variable& dense() const { return dense_; }  ///< Undefined if they are not.

  /// x W^T + b after dropout of x, [nodes, W's rows]. Sparse and one-hot features are never made
  /// dense: their entries are dropped, and W is multiplied row by row. `bias` may be undefined.
  /// Throws ShapeError unless W has a column for each feature.
  Variable project(const LinearWeight& weight, const Variable& bias, float dropout, Rng& rng) const;

  /// Those of some nodes, in their order.
  NodeFeatures of(std::span<const NodeId> nodes) const;

  /// Each row divided by its sum; a row whose sum is 0 stays.
  NodeFeatures with_normalized_rows() const;

 private:
  NodeFeatures() = default;

  Variable dense_;    // Or
  Adjacency sparse_;  // these
  Variable values_;   // two, [entries, 1]; or
  bool one_hot_ = false;
  std::vector<std::uint32_t> ids_;  // which of num_features_ each node is.
  std::size_t num_features_ = 0;
};

}  // namespace espalier
