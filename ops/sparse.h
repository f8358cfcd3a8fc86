#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include <espalier/ops/variable.h>

namespace espalier {

/// Where a sparse matrix has entries, by rows and, transposed, by columns: row r's are in columns
/// columns[offsets[r] .. offsets[r + 1]), column c's in rows[column_offsets[c] ..
/// column_offsets[c + 1]), ascending, entries[i] being the number of rows[i]'s among those by row.
///
/// The arrays are somebody else's: `owner` keeps them, so that what is on the record may outlive
/// the call.
struct SparsePattern {
  std::size_t num_rows = 0, num_columns = 0;
  std::span<const std::uint64_t> offsets;
  std::span<const std::uint32_t> columns;
  std::span<const std::uint64_t> column_offsets;
  std::span<const std::uint32_t> rows;
  std::span<const std::uint64_t> entries;
  std::shared_ptr<const void> owner = {};

  std::size_t num_entries() const { return columns.size(); }
};

/// The product of a sparse matrix and x, [num_columns, heads * width]: [num_rows, heads * width].
/// Row r is the sum over its entries e, in order, of weights[e] times row columns[e] of x; with
/// several heads, columns h * width to (h + 1) * width - 1 are weighed by weights[e, h]. `weights`
/// is [entries, heads]. Nothing of entries x columns is made, forward or backward.
///
/// Throws ShapeError unless x has a row for each column and its columns are a multiple of heads,
/// and there is a row of weights for each entry.
Variable sparse_product(const SparsePattern& pattern, const Variable& weights, const Variable& x);

}  // namespace espalier
