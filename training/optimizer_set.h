#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include <espalier/training/optimizer.h>

namespace espalier::training {

/// Several optimisers, each for its own parameters, as one: Adagrad for a network and plain SGD for
/// its word vectors, say.
class OptimizerSet final : public Optimizer {
 public:
  /// Throws OptionError if there is none, if one is null, or if two share a parameter or a name.
  explicit OptimizerSet(std::vector<std::unique_ptr<Optimizer>> optimizers);

  std::span<const NamedParameter> parameters() const override { return parameters_; }
  void step() override;
  void set_learning_rate_factor(double factor) override;

  /// The names begin with the optimiser's place in the set: "0/…", "1/…".
  OptimizerState state() const override;
  /// If it throws, some optimisers may have been loaded.
  void load_state(const OptimizerState& state, std::string_view source) override;

 private:
  std::vector<std::unique_ptr<Optimizer>> optimizers_;
  std::vector<NamedParameter> parameters_;
};

}  // namespace espalier::training
