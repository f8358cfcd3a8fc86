#include <espalier/layers/initialize.h>

#include <cmath>

#include <espalier/base/error.h>

namespace espalier {

Tensor uniform_by_fan_in(const Shape& shape, std::size_t fan_in, Rng& rng) {
  const float bound = 1.0f / std::sqrt(static_cast<float>(fan_in));
  return uniform_tensor(shape, -bound, bound, rng);
}

std::size_t positive_size(int value, const char* name) {
  if (value < 1) throw OptionError(message(name, " is ", value, ", expected 1 or more"));
  return static_cast<std::size_t>(value);
}

}  // namespace espalier
