#pragma once

#include <functional>
#include <span>

#include <espalier/ops/module.h>
#include <espalier/ops/variable.h>

namespace espalier::bench {

/// Is the gradient of `loss`, along itself, that of differences of the loss? To 2 %: a check that
/// costs three steps, before one is timed. Parameters end as they were, without gradients.
bool agrees_with_differences(const std::function<Variable()>& loss,
                             std::span<const NamedParameter> parameters);

}  // namespace espalier::bench
