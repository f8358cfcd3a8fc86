#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <espalier/ops/module.h>
#include <espalier/training/named_tensors.h>

namespace espalier::training {

/// All that an optimiser remembers from step to step: what a checkpoint must hold.
struct OptimizerState {
  NamedTensors tensors;
  std::map<std::string, std::uint64_t, std::less<>> counters;
};

/// Those of a model, as optimisers take them.
inline std::vector<NamedParameter> all_parameters(const Module& model) {
  return {model.parameters().begin(), model.parameters().end()};
}

/// Changes parameters by their gradients: those of SGD, Adagrad, Adam, or several side by side.
class Optimizer {
 public:
  Optimizer() = default;
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;
  virtual ~Optimizer() = default;

  /// The parameters that it changes, each once.
  virtual std::span<const NamedParameter> parameters() const = 0;

  /// Updates every parameter that has a gradient, then clears the gradient. A parameter without one
  /// stays as it is, without weight decay. If only rows have a gradient (an embedding), only they
  /// and their part of the state change.
  virtual void step() = 0;

  /// From now on the learning rate is the optimiser's own times `factor`; schedules set it. Not
  /// part of the state.
  virtual void set_learning_rate_factor(double factor) = 0;

  /// Its tensors may share the optimiser's memory, and then change with the next step: a save need
  /// not copy them. clone() those that are to be kept.
  virtual OptimizerState state() const = 0;
  /// Goes on as the optimiser did whose state it was, bit for bit.
  /// Throws Error, naming `source` and what is missing, not expected or of another shape.
  virtual void load_state(const OptimizerState& state, std::string_view source) = 0;
};

}  // namespace espalier::training
