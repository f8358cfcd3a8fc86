#pragma once

#include <cstdint>
#include <span>

#include <espalier/base/memory.h>
#include <espalier/ops/tensor.h>

namespace espalier {

/// The gradient of a matrix of which only some rows were used, such as an embedding table.
class RowGradient {
 public:
  bool empty() const;
  void clear();

  /// Adds values' row i to the gradient of row rows[i]; a row may be named any number of times.
  /// Throws ShapeError unless values has as many rows as `rows` and as many columns as before.
  void add(std::span<const std::uint32_t> rows, const Tensor& values);

  /// The rows named so far, each once, ascending, and their sums, [rows().size(), columns].
  /// Contributions to a row are summed in the order in which they were added.
  std::span<const std::uint32_t> rows() const;
  const Tensor& values() const;
  Tensor& mutable_values();

 private:
  void coalesce() const;

  mutable PoolVector<std::uint32_t> rows_;        // Coalesced: each once, ascending,
  mutable Tensor values_;                         // and its sum.
  mutable PoolVector<std::uint32_t> added_rows_;  // Since then, in order,
  mutable PoolVector<Tensor> added_values_;       // and what was added, piece by piece.
};

}  // namespace espalier
