#pragma once

#include <espalier/ops/variable.h>

namespace espalier {

// Element by element, on two values of the same shape, or on a smaller one that is repeated along a
// larger one, whose shape the result has:
//
//     a row      [columns] or [1, columns]    for every row,
//     a column   [rows, 1]                    for every column (of any rank: its last size is 1),
//     a scalar   any shape of one element     for every element.
//
// Either side may be the smaller one; a column and a row give a matrix. What is repeated gains the
// sum of the gradients of its repetitions, in an order that the shapes alone decide. All throw
// ShapeError, giving both shapes, if these do not fit.
Variable add(const Variable& a, const Variable& b);
Variable subtract(const Variable& a, const Variable& b);  ///< a - b.
Variable multiply(const Variable& a, const Variable& b);
Variable divide(const Variable& a, const Variable& b);  ///< a / b; as floats divide, if b is 0.

// The same with a number, which needs no gradient.
Variable add(const Variable& x, float number);
Variable subtract(float number, const Variable& x);  ///< number - x.
Variable scale(const Variable& x, float factor);
Variable divide(const Variable& x, float number);  ///< x / number.
Variable divide(float number, const Variable& x);  ///< number / x.

inline Variable operator+(const Variable& a, const Variable& b) { return add(a, b); }
inline Variable operator+(const Variable& x, float number) { return add(x, number); }
inline Variable operator+(float number, const Variable& x) { return add(x, number); }

inline Variable operator-(const Variable& a, const Variable& b) { return subtract(a, b); }
inline Variable operator-(const Variable& x, float number) { return add(x, -number); }
inline Variable operator-(float number, const Variable& x) { return subtract(number, x); }
inline Variable operator-(const Variable& x) { return scale(x, -1.0f); }

inline Variable operator*(const Variable& a, const Variable& b) { return multiply(a, b); }
inline Variable operator*(const Variable& x, float factor) { return scale(x, factor); }
inline Variable operator*(float factor, const Variable& x) { return scale(x, factor); }

inline Variable operator/(const Variable& a, const Variable& b) { return divide(a, b); }
inline Variable operator/(const Variable& x, float number) { return divide(x, number); }
inline Variable operator/(float number, const Variable& x) { return divide(number, x); }

}  // namespace espalier
