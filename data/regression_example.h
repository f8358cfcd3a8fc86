#pragma once

#include <espalier/ops/tensor.h>

namespace espalier {

/// A sequence of feature vectors, and the number to be predicted from it.
struct RegressionExample {
  Tensor inputs;  ///< [steps, features].
  float target = 0.0f;
};

}  // namespace espalier
