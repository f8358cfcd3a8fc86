#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <espalier/base/memory.h>
#include <espalier/base/options.h>
#include <espalier/data/regression_example.h>
#include <espalier/layers/linear.h>
#include <espalier/layers/stacked_rnn.h>
#include <espalier/models/recurrent_encoder.h>
#include <espalier/training/evaluation.h>
#include <espalier/training/recipe.h>

namespace espalier::models {

struct SequenceRegressorOptions {
  int input_size = 0;  ///< Features of a step, > 0.
  RecurrentEncoderOptions encoder = {};

  static std::vector<Option> fields(SequenceRegressorOptions& o) {
    return {option("input_size", o.input_size, "Features of a step", at_least(1, kMaxSize)).given(),
            group("encoder", o.encoder)};
  }
};

/// Sequences side by side, and the numbers to be predicted.
struct RegressionBatch {
  PoolVector<const Tensor*> inputs;
  Tensor targets;  ///< [inputs.size(), 1].
};

/// Says a number for a sequence of feature vectors: recurrent layers, and a linear map of the state
/// after the last step read. Parameters: encoder.…, output.….
class SequenceRegressor : public Module {
 public:
  using Options = SequenceRegressorOptions;
  using Examples = std::span<const RegressionExample>;
  using Batch = RegressionBatch;
  using Evaluation = training::RegressionEvaluation;
  static constexpr const char* kName = "SequenceRegressor";
  static constexpr training::Recipe kRecipe = {.learning_rate = 0.002, .l2 = 0.0, .adam = true};

  /// Throws OptionError if an option is out of range.
  SequenceRegressor(const SequenceRegressorOptions& options, Rng& rng);

  /// [sequences.size(), 1]; each sequence is [length, input_size]. `rng` is for dropout alone.
  /// Throws ShapeError if one does not fit.
  Variable forward(std::span<const Tensor* const> sequences, Rng& rng) const;
  /// The same, without a record.
  Tensor predict(std::span<const Tensor* const> sequences) const;

  /// The mean squared error, [1].
  Variable loss(const RegressionBatch& batch, Rng& rng) const;

  // What training::TrainableModel asks for. A node is a step.
  RegressionBatch make_batch(Examples examples, std::span<const std::uint32_t> numbers,
                             Rng& rng) const;
  void evaluate(const RegressionBatch& batch, Evaluation& evaluation) const;
  std::size_t num_nodes(Examples examples, std::uint32_t i) const {
    return examples[i].inputs.rows();
  }

  const SequenceRegressorOptions& options() const { return options_; }

 private:
  SequenceRegressorOptions options_;
  StackedRNN encoder_;
  Linear output_;
};

}  // namespace espalier::models
