#pragma once

#include <espalier/ops/variable.h>

namespace espalier {

/// The matrix product a b, [m, n], of `a`, [m, k], and `b`, [k, n]. Either may change from call to
/// call; where one is a weight that stays, `linear` (linear.h) multiplies faster.
/// Throws ShapeError, giving both shapes, unless both are matrices (rank 2) that fit.
Variable matmul(const Variable& a, const Variable& b);

}  // namespace espalier
