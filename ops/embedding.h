#pragma once

#include <cstdint>
#include <span>

#include <espalier/ops/variable.h>

namespace espalier {

/// Row i of the result, [ids.size(), columns], is row ids[i] of `table`.
///
/// The gradient of a parameter goes to its row_gradient(), so that a step costs as much as the rows
/// it names and not as much as the table. A table that is itself computed gets a dense one, as by
/// gather_rows. Throws ShapeError, naming position, id and limit, if an id is no row of `table`.
Variable embedding(const Variable& table, std::span<const std::uint32_t> ids);

}  // namespace espalier
