#pragma once

#include <espalier/ops/variable.h>

namespace espalier {

/// Normalises each row to mean 0 and variance 1, and scales and shifts its columns:
///
///     y = gain * (x - mean) / sqrt(variance + epsilon) + bias
///
/// with the mean and the (biased) variance of the row. Ba, Kiros and Hinton, "Layer Normalization",
/// 2016, arXiv:1607.06450, Eqs. 3-4. `x` is [rows, columns]; `gain` and `bias` are [columns] each,
/// or undefined for ones and zeros. Throws ShapeError, giving both shapes, if they do not fit,
/// OptionError unless epsilon > 0.
Variable layer_norm(const Variable& x, const Variable& gain, const Variable& bias,
                    float epsilon = 1e-5f);

}  // namespace espalier
