#pragma once

#include <vector>

#include <espalier/training/elementwise_optimizer.h>

namespace espalier::training {

struct SGDOptions {
  double learning_rate = 0.01;
  double momentum = 0.0;  ///< In [0, 1).
  double l2 = 0.0;        ///< Times the weight, added to the gradient.
};

/// Stochastic gradient descent, as torch.optim.SGD has it (dampening 0, not Nesterov's):
///
///     g' = g + l2 * w
///     m  = momentum * m + g'        (0 at first; left out without momentum)
///     w  = w - learning_rate * m
///
/// Of an embedding only the rows in the batch decay, and only their momentum moves.
class SGD final : public ElementwiseOptimizer {
 public:
  /// For all parameters of a model, or for some. Throws OptionError if an option is out of range.
  SGD(const Module& model, const SGDOptions& options) : SGD(all_parameters(model), options) {}
  SGD(std::vector<NamedParameter> parameters, const SGDOptions& options);

 private:
  void update(const Elements& elements) const override;

  SGDOptions options_;
};

}  // namespace espalier::training
