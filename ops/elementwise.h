#pragma once

#include <espalier/ops/variable.h>

namespace espalier {

// Functions of every element; what two values give together is in arithmetic.h. NaN stays NaN.

Variable abs(const Variable& x);  ///< The derivative at 0 is 0.
Variable exp(const Variable& x);
Variable log(const Variable& x);   ///< Minus infinity at 0, NaN below.
Variable sqrt(const Variable& x);  ///< The derivative at 0 is infinite; NaN below.
Variable tanh(const Variable& x);
Variable sigmoid(const Variable& x);  ///< 1 / (1 + exp(-x)).
Variable relu(const Variable& x);     ///< max(x, 0); the derivative at 0 is 0.

/// x, or slope * x below 0; the derivative at 0 is `slope`.
/// Maas, Hannun and Ng, "Rectifier Nonlinearities Improve Neural Network Acoustic Models", 2013.
Variable leaky_relu(const Variable& x, float slope = 0.01f);

/// x, or alpha * (exp(x) - 1) below 0; the derivative at 0 is `alpha`.
/// Clevert, Unterthiner and Hochreiter, "Fast and Accurate Deep Network Learning by Exponential
/// Linear Units (ELUs)", ICLR 2016.
Variable elu(const Variable& x, float alpha = 1.0f);

/// min(max(x, low), high); the derivative is 1 from `low` to `high`, both included, and 0 outside.
/// Throws OptionError unless low <= high.
Variable clamp(const Variable& x, float low, float high);

}  // namespace espalier
