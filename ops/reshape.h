#pragma once

#include <espalier/ops/variable.h>

namespace espalier {

/// The same elements in the same order under another shape; nothing is copied.
/// Throws ShapeError, giving both shapes, unless they have as many elements.
Variable reshape(const Variable& x, const Shape& shape);

/// Rows become columns, [columns, rows]. Throws ShapeError unless `x` is a matrix (rank 2).
Variable transpose(const Variable& x);

}  // namespace espalier
