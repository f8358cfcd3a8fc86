#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <espalier/data/splits.h>
#include <espalier/ops/module.h>
#include <espalier/ops/random.h>
#include <espalier/ops/variable.h>
#include <espalier/training/metrics.h>
#include <espalier/training/optimizer.h>
#include <espalier/training/run_state.h>

namespace espalier::training {

/// A model, the data it learns from, and what is asked of it: all that the Trainer needs to know.
///
/// Its only states are the parameters and the optimiser's: given those, `loss` and `evaluate` are
/// functions of their arguments. A run that is resumed relies on it.
class Task {
 public:
  Task() = default;
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;
  virtual ~Task() = default;

  /// A JSON object: "model", its name, and every option that shapes it. Kept in checkpoints; one
  /// with another configuration is refused.
  virtual std::string configuration() const = 0;

  /// Throws OptionError if training would come to nothing: no dev split to choose an epoch by, say.
  virtual void check_trainable() const {}

  /// How it is optimised, as far as is known: a run does not go on with other settings. And what
  /// stands for its data (data/fingerprint.h), nor with other data; empty: that is not checked.
  virtual Settings settings() const { return {}; }
  virtual std::string data_fingerprint() const { return {}; }

  /// Everything that a checkpoint must hold, each tensor once, in a fixed order. Those of the
  /// optimizer are among them; others are frozen.
  virtual std::span<const NamedParameter> parameters() const = 0;
  virtual Optimizer& optimizer() = 0;

  /// Of the training split, > 0, numbered from 0.
  virtual std::size_t num_examples() const = 0;
  /// The nodes of these training examples, all together: for the nodes per second.
  virtual std::size_t num_nodes(std::span<const std::uint32_t> examples) const = 0;

  /// The mean loss over these training examples, recorded, one element. Whatever is random
  /// (dropout) comes from `rng`, which depends on seed, epoch and batch alone.
  virtual Variable loss(std::span<const std::uint32_t> examples, Rng& rng) = 0;

  /// How good the model is on a split as it stands; empty if there is no such split. Nothing is
  /// recorded meanwhile.
  virtual Metrics evaluate(Split split) = 0;

  /// The metric of the dev split by which the best epoch is chosen: "accuracy", say.
  virtual std::string_view selection_metric() const = 0;
  virtual bool higher_is_better() const { return true; }
};

}  // namespace espalier::training
