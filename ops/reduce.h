#pragma once

#include <espalier/ops/variable.h>

namespace espalier {

// Sums and means, added up in double and in an order that the shape alone decides. The sum of all
// elements is Variable::sum().

/// The mean of all elements, [1]; 0 if there is none.
Variable mean(const Variable& x);

/// The sum of each row: the shape of `x`, with 1 for its last size, [rows, 1] for a matrix. It can
/// be added to `x`, or multiplied with it, as a column (arithmetic.h).
Variable row_sum(const Variable& x);

/// The mean of each row, of the same shape; 0 if rows are empty.
Variable row_mean(const Variable& x);

}  // namespace espalier
