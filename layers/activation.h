#pragma once

#include <cstddef>

namespace espalier {

/// What a simple recurrent network applies to its sums.
enum class Activation {
  kTanh,
  kRelu,
  kSigmoid,
  kIdentity,  ///< A linear recurrence: for diagnoses.
};

/// y = f(x), for n elements; y may be x.
void activate(Activation f, std::size_t n, const float* x, float* y);

/// dx = dy * f'(x), told from y = f(x); dx may be dy or y.
void activate_backward(Activation f, std::size_t n, const float* dy, const float* y, float* dx);

}  // namespace espalier
