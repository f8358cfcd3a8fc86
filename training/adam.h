#pragma once

#include <vector>

#include <espalier/training/elementwise_optimizer.h>

namespace espalier::training {

struct AdamOptions {
  double learning_rate = 0.001;
  double beta1 = 0.9;     ///< In [0, 1).
  double beta2 = 0.999;   ///< In [0, 1).
  double epsilon = 1e-8;  ///< > 0.
  double l2 = 0.0;        ///< Times the weight, added to the gradient.
};

/// Adam (Kingma and Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015, arXiv:1412.6980,
/// Algorithm 1), as torch.optim.Adam has it. At step t = 1, 2, …:
///
///     g' = g + l2 * w
///     m  = beta1 * m + (1 - beta1) * g'
///     v  = beta2 * v + (1 - beta2) * g'^2
///     w  = w - learning_rate * (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)
///
/// Of an embedding only the rows in the batch have their m, v and weights changed; t is that of
/// the whole (as torch.optim.SparseAdam does).
class Adam : public ElementwiseOptimizer {
 public:
  /// For all parameters of a model, or for some. Throws OptionError if an option is out of range.
  Adam(const Module& model, const AdamOptions& options) : Adam(all_parameters(model), options) {}
  Adam(std::vector<NamedParameter> parameters, const AdamOptions& options);

 protected:
  Adam(std::vector<NamedParameter> parameters, const AdamOptions& options, double weight_decay);

 private:
  void begin_step() override;
  void update(const Elements& elements) const override;

  AdamOptions options_;
  double weight_decay_;
  float keep_ = 1.0f;        // 1 - learning_rate * weight_decay.
  float step_size_ = 0.0f;   // learning_rate / (1 - beta1^t).
  float correction_ = 1.0f;  // 1 / sqrt(1 - beta2^t).
};

struct AdamWOptions {
  double learning_rate = 0.001;
  double beta1 = 0.9;          ///< In [0, 1).
  double beta2 = 0.999;        ///< In [0, 1).
  double epsilon = 1e-8;       ///< > 0.
  double weight_decay = 0.01;  ///< >= 0.
};

/// Adam with decoupled weight decay (Loshchilov and Hutter, "Decoupled Weight Decay
/// Regularization", ICLR 2019, arXiv:1711.05101): before Adam's step without L2,
/// w = w - learning_rate * weight_decay * w.
class AdamW final : public Adam {
 public:
  /// For all parameters of a model, or for some. Throws OptionError if an option is out of range.
  AdamW(const Module& model, const AdamWOptions& options) : AdamW(all_parameters(model), options) {}
  AdamW(std::vector<NamedParameter> parameters, const AdamWOptions& options);
};

}  // namespace espalier::training
