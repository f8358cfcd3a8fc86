#pragma once

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <span>

#include <espalier/ops/variable.h>

namespace espalier {

/// Row i of the result, [ids.size(), columns], is row ids[i] of `x`. Any row may be named any
/// number of times. Throws ShapeError, naming position, id and limit, if an id is no row of `x`.
Variable gather_rows(const Variable& x, std::span<const std::uint32_t> ids);

/// Row r of the result, [num_rows, columns], is the sum of all rows i of `x` with ids[i] == r, in
/// the order of i; 0 if there is none. The transpose of gather_rows. Throws ShapeError unless there
/// is one id a row, and every id is less than `num_rows`.
Variable scatter_rows(const Variable& x, std::span<const std::uint32_t> ids, std::size_t num_rows);

/// The parts side by side. Throws ShapeError if there is none, or unless all have as many rows.
Variable concat_columns(std::span<const Variable> parts);
inline Variable concat_columns(std::initializer_list<Variable> parts) {
  return concat_columns(std::span(parts.begin(), parts.size()));
}

/// Columns first .. first + count - 1 of `x`. Throws ShapeError unless it has them.
Variable columns(const Variable& x, std::size_t first, std::size_t count);

/// The parts one below the other. Throws ShapeError if there is none, or unless all have as many
/// columns.
Variable concat_rows(std::span<const Variable> parts);
inline Variable concat_rows(std::initializer_list<Variable> parts) {
  return concat_rows(std::span(parts.begin(), parts.size()));
}

/// The rows alone, without a record; ids are asserted only.
Tensor gather_rows(MatrixView x, std::span<const std::uint32_t> ids);

/// The id of a row that is left out.
inline constexpr std::uint32_t kNoRow = std::numeric_limits<std::uint32_t>::max();

/// The sums of scatter_rows alone, without a record; ids are asserted only. A row of `x` whose id
/// is kNoRow goes nowhere.
Tensor scatter_rows(MatrixView x, std::span<const std::uint32_t> ids, std::size_t num_rows);

/// Throws ShapeError "<what>: id 7 at position 3, expected less than 5" unless every id is.
void check_ids(std::span<const std::uint32_t> ids, std::size_t limit, const char* what);

}  // namespace espalier
