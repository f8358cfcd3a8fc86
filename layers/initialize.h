#pragma once

#include <espalier/ops/random.h>
#include <espalier/ops/tensor.h>

namespace espalier {

/// Numbers uniform in ±1/sqrt(fan_in), the default of the framework that the Tree-LSTM authors
/// used.
Tensor uniform_by_fan_in(const Shape& shape, std::size_t fan_in, Rng& rng);

/// An option that must be positive, as a size. Throws OptionError "<name> is -1, expected …".
std::size_t positive_size(int value, const char* name);

}  // namespace espalier
