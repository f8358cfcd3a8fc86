#pragma once

#include <vector>

#include <espalier/training/elementwise_optimizer.h>

namespace espalier::training {

struct AdagradOptions {
  double learning_rate = 0.01;
  double l2 = 0.0;                   ///< Times the weight, added to the gradient.
  double epsilon = 1e-10;            ///< > 0.
  double initial_accumulator = 0.0;  ///< The first value of every s.
};

/// Adagrad (Duchi, Hazan and Singer, "Adaptive Subgradient Methods for Online Learning and
/// Stochastic Optimization", JMLR 2011), its diagonal form, as torch.optim.Adagrad has it:
///
///     g' = g + l2 * w
///     s  = s + g'^2
///     w  = w - learning_rate * g' / (sqrt(s) + epsilon)
///
/// Of an embedding only the rows in the batch decay, and only their s grows.
class Adagrad final : public ElementwiseOptimizer {
 public:
  /// For all parameters of a model, or for some. Throws OptionError if an option is out of range.
  Adagrad(const Module& model, const AdagradOptions& options)
      : Adagrad(all_parameters(model), options) {}
  Adagrad(std::vector<NamedParameter> parameters, const AdagradOptions& options);

 private:
  void update(const Elements& elements) const override;

  AdagradOptions options_;
};

}  // namespace espalier::training
