#pragma once

#include <cstdint>
#include <span>
#include <string>

#include <espalier/layers/linear.h>
#include <espalier/layers/stacked_rnn.h>
#include <espalier/models/model_task.h>
#include <espalier/models/recurrent_encoder.h>

namespace espalier::models {

struct SequenceRegressorOptions {
  int input_size = 0;  ///< Features of a step, > 0.
  RecurrentEncoderOptions encoder = {};
};

/// Says a number for a sequence of feature vectors: recurrent layers, and a linear map of the state
/// after the last step read. Parameters: encoder.…, output.….
class SequenceRegressor : public Module {
 public:
  /// Throws OptionError if an option is out of range.
  SequenceRegressor(const SequenceRegressorOptions& options, Rng& rng);

  /// [sequences.size(), 1]; each sequence is [length, input_size]. `rng` is for dropout alone.
  /// Throws ShapeError if one does not fit.
  Variable forward(std::span<const Tensor* const> sequences, Rng& rng) const;
  /// The same, without a record.
  Tensor predict(std::span<const Tensor* const> sequences) const;

  const SequenceRegressorOptions& options() const { return options_; }

 private:
  SequenceRegressorOptions options_;
  StackedRNN encoder_;
  Linear output_;
};

/// Options as a JSON object, and back. Throws ParseError, naming `source` and the entry that is
/// missing or of another kind.
std::string to_json(const SequenceRegressorOptions& options);
SequenceRegressorOptions sequence_regressor_options_from_json(const std::string& text,
                                                              const std::string& source);

/// Sequences and what is to be said of each, owned by somebody else.
struct RegressionSet {
  std::size_t size() const { return inputs.size(); }

  std::span<const Tensor> inputs;
  std::span<const float> targets;
};
using RegressionSets = DataSets<RegressionSet>;

/// A regressor and its data, for the Trainer: mean squared error. Metrics: "mse", by which the best
/// epoch is chosen, the lower the better, and "pearson". A node is a step.
class SequenceRegressorTask final : public ModelTask<SequenceRegressor, RegressionSet> {
 public:
  /// `configuration` describes the model to whoever loads a checkpoint of it.
  /// Throws OptionError if the training split is empty; ShapeError if a split has not a target for
  /// each sequence.
  SequenceRegressorTask(const SequenceRegressor& model, const RegressionSets& data,
                        const Recipe& recipe, std::string configuration);

  Variable loss(std::span<const std::uint32_t> examples, Rng& rng) override;
  training::Metrics evaluate(training::Split split) override;
  std::string_view selection_metric() const override { return "mse"; }
  bool higher_is_better() const override { return false; }

 private:
  std::size_t num_nodes_of(std::uint32_t i) const override { return data().train.inputs[i].rows(); }
};

/// The metrics of a model on some sequences; empty if there are none. Throws ShapeError if there is
/// not a target for each.
training::Metrics evaluate(const SequenceRegressor& model, const RegressionSet& data);

}  // namespace espalier::models
