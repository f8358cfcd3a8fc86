#pragma once

#include <cstdint>
#include <vector>

#include <espalier/ops/tensor.h>

namespace espalier {

/// The column of the greatest value in each row, the first of equals: the predicted classes of
/// scores or probabilities. Rows must have a column; NaN is never the greatest but in column 0.
std::vector<std::int32_t> argmax_rows(MatrixView values);

}  // namespace espalier
