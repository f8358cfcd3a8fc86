#pragma once

#include <espalier/ops/variable.h>

namespace espalier {

/// Element by element. Both arguments have the same shape, which is that of the result; they throw
/// ShapeError, giving both shapes, if they do not.
Variable add(const Variable& a, const Variable& b);
Variable subtract(const Variable& a, const Variable& b);  ///< a - b.
Variable multiply(const Variable& a, const Variable& b);

inline Variable operator+(const Variable& a, const Variable& b) { return add(a, b); }
inline Variable operator-(const Variable& a, const Variable& b) { return subtract(a, b); }
inline Variable operator*(const Variable& a, const Variable& b) { return multiply(a, b); }

Variable scale(const Variable& x, float factor);

Variable abs(const Variable& x);  ///< The derivative at 0 is 0.
Variable tanh(const Variable& x);
Variable sigmoid(const Variable& x);  ///< 1 / (1 + exp(-x)).
Variable relu(const Variable& x);     ///< max(x, 0); the derivative at 0 is 0. NaN stays NaN.

}  // namespace espalier
