#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include <espalier/ops/linear.h>
#include <espalier/ops/variable.h>

namespace espalier {

/// Some columns that lie side by side.
struct ColumnRun {
  std::size_t first = 0, count = 0;
};

/// A block of a linear map: it reads some columns and gives some.
struct LinearBlock {
  LinearWeight weight;               ///< [outputs, inputs]
  std::vector<std::size_t> columns;  ///< What it reads, an input each; may be shared by blocks.
  std::vector<ColumnRun> to;         ///< Where its outputs go, in order.
};

/// y = x W^T + b of a matrix W that is 0 outside its blocks: x is [rows, inputs], y [rows,
/// outputs], `bias` [outputs]. The work is that of the blocks, and W is never made.
///
/// Throws ShapeError if a block's sizes do not fit its columns, a column is out of range, or unless
/// each output is that of one block; and as linear() does.
Variable block_linear(const Variable& x, std::span<const LinearBlock> blocks, const Variable& bias);

}  // namespace espalier
