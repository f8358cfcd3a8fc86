#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <espalier/base/checks.h>
#include <espalier/training/optimizer.h>

namespace espalier::training {

/// What SGD, Adagrad and Adam share: every weight is updated on its own, from its gradient and a
/// number or two that are kept for it. A kind of optimiser adds the formula alone.
///
/// A step is one pass over memory in blocks of fixed size, side by side; it allocates nothing.
class ElementwiseOptimizer : public Optimizer {
 public:
  double learning_rate() const { return learning_rate_; }
  /// Throws OptionError unless it is finite and at least 0.
  void set_learning_rate(double learning_rate);

  std::span<const NamedParameter> parameters() const override { return parameters_; }
  void step() override;
  void set_learning_rate_factor(double factor) override;
  OptimizerState state() const override;
  void load_state(const OptimizerState& state, std::string_view source) override;

 protected:
  static constexpr std::size_t kMaxKept = 2;

  /// A number kept for every weight: what it is called in checkpoints, and its first value.
  struct Kept {
    std::string name;
    double initial = 0.0;
  };

  /// A run of weights, their gradients and the numbers kept for them, in the order of the names.
  struct Elements {
    std::size_t count = 0;
    float* weights = nullptr;
    const float* gradients = nullptr;
    std::array<float*, kMaxKept> kept{};
  };

  /// Throws OptionError if a name or a variable comes twice or is no parameter.
  ElementwiseOptimizer(std::vector<NamedParameter> parameters, double learning_rate,
                       const std::vector<Kept>& kept);

  /// The learning rate of this step, and its number, from 1.
  double rate() const { return learning_rate_ * factor_; }
  std::uint64_t num_steps() const { return num_steps_; }

 private:
  /// Called once at the start of a step, for what all weights have in common.
  virtual void begin_step() {}
  virtual void update(const Elements& elements) const = 0;

  void update_all(std::size_t index);
  void update_rows(std::size_t index);
  /// Elements begin .. begin + count - 1 of parameter `index`, whose first weight is `weights[0]`;
  /// `gradients[0]` belongs to element `begin`.
  Elements elements(std::size_t index, std::size_t begin, std::size_t count, float* weights,
                    const float* gradients);

  std::vector<NamedParameter> parameters_;
  std::vector<std::string> kept_names_;
  std::vector<std::array<Tensor, kMaxKept>> kept_;  // For each parameter, of its shape.
  double learning_rate_ = 0.0;
  double factor_ = 1.0;
  std::uint64_t num_steps_ = 0;
};

}  // namespace espalier::training
