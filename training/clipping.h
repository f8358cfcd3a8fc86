#pragma once

#include <limits>
#include <span>

#include <espalier/ops/module.h>

namespace espalier::training {

// All of these look at the gradients of `parameters` together, those of single rows included, and
// return the Euclidean norm over all of them before clipping. If it is not finite nothing is
// clipped: the step must be skipped. A parameter must not be listed twice.
//
// Clip after averaging over the batch and before the optimiser, which adds weight decay: another
// order gives other results. The norm is a double, summed in an order that does not depend on the
// number of threads.

double gradient_norm(std::span<const NamedParameter> parameters);

/// g = g * min(1, limit / norm over all gradients) (Pascanu, Mikolov and Bengio, "On the difficulty
/// of training recurrent neural networks", ICML 2013, Algorithm 1).
/// Here and below: throws OptionError unless limit > 0.
double clip_by_global_norm(std::span<const NamedParameter> parameters, double limit);

/// The same for every parameter by itself.
double clip_by_norm(std::span<const NamedParameter> parameters, double limit);

/// Every element into -limit .. limit.
double clip_by_value(std::span<const NamedParameter> parameters, double limit);

/// One of the above, as an option.
struct Clipping {
  enum class By { kGlobalNorm, kNorm, kValue };
  By by = By::kGlobalNorm;
  double limit =
      std::numeric_limits<double>::infinity();  ///< Infinity: the norm is only looked at.
};
double clip(std::span<const NamedParameter> parameters, const Clipping& clipping);

}  // namespace espalier::training
