#pragma once

#include <array>
#include <cstddef>
#include <utility>

#include <espalier/ops/variable.h>

namespace espalier::detail {

/// What a sum is multiplied with to be a mean; 0 if it has no terms.
inline double mean_factor(std::size_t count) {
  return count == 0 ? 0.0 : 1.0 / static_cast<double>(count);
}

/// The operation of which the value is factor * total, [1], and the gradient of inputs[i] is
/// factor * derivatives[i], of the input's shape.
template <std::size_t kInputs>
Variable record_loss(const Variable (&inputs)[kInputs], double total,
                     std::array<Tensor, kInputs> derivatives, double factor) {
  Tensor loss = Tensor::filled({1}, static_cast<float>(factor * total));
  auto backward = [x = std::to_array(inputs), derivatives = std::move(derivatives),
                   factor](std::span<const Tensor* const> gradients) mutable {
    const float g = static_cast<float>(factor) * gradients[0]->data()[0];
    for (std::size_t i = 0; i < kInputs; ++i) {
      if (!x[i].requires_gradient()) continue;
      for (float& d : derivatives[i].flat()) d *= g;
      x[i].add_gradient(std::move(derivatives[i]));
    }
  };
  return Recorder::record(std::span(&loss, 1), std::span(inputs), std::move(backward)).front();
}

}  // namespace espalier::detail
