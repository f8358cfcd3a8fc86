#include <espalier/models/sequence_regressor.h>

#include <algorithm>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <espalier/base/error.h>
#include <espalier/layers/initialize.h>
#include <espalier/ops/loss.h>

namespace espalier::models {
namespace {

void check_targets(const RegressionSet& set) {
  if (set.inputs.size() == set.targets.size()) return;
  throw ShapeError(message(set.targets.size(), " targets of ", set.inputs.size(),
                           " sequences, expected one for each"));
}

}  // namespace

SequenceRegressor::SequenceRegressor(const SequenceRegressorOptions& options, Rng& rng)
    : options_(options),
      encoder_(make_recurrent_encoder(positive_size(options.input_size, "input_size"),
                                      options.encoder, rng)),
      output_({.input_size = static_cast<int>(encoder_.output_size()), .output_size = 1}, rng) {
  add_module("encoder", encoder_);
  add_module("output", output_);
}

Variable SequenceRegressor::forward(std::span<const Tensor* const> sequences, Rng& rng) const {
  PoolVector<NodeId> lengths;
  for (const Tensor* s : sequences) {
    check_shape(s->shape(), {s->rows(), encoder_.input_size()}, "steps of a sequence");
    lengths.push_back(static_cast<NodeId>(s->rows()));
  }
  const SequenceBatch batch(lengths);
  Tensor x = Tensor::uninitialized({batch.num_nodes(), encoder_.input_size()});
  float* to = x.data();
  for (const Tensor* s : sequences) to = std::copy_n(s->data(), s->size(), to);
  return output_.forward(encoder_.forward(Variable(std::move(x)), batch, rng).summary());
}

Tensor SequenceRegressor::predict(std::span<const Tensor* const> sequences) const {
  const NoRecording no_recording;
  Rng unused(0);
  return forward(sequences, unused).value().clone();
}

std::string to_json(const SequenceRegressorOptions& options) {
  return nlohmann::json{{"input_size", options.input_size},
                        {"encoder", nlohmann::json::parse(to_json(options.encoder))}}
      .dump();
}

SequenceRegressorOptions sequence_regressor_options_from_json(const std::string& text,
                                                              const std::string& source) {
  try {
    const nlohmann::json json = nlohmann::json::parse(text);
    return {.input_size = json.at("input_size"),
            .encoder = recurrent_encoder_options_from_json(json.at("encoder").dump(), source)};
  } catch (const nlohmann::json::exception& error) {
    throw ParseError({.source = source},
                     message("no options of a sequence regressor: ", error.what()));
  }
}

SequenceRegressorTask::SequenceRegressorTask(const SequenceRegressor& model,
                                             const RegressionSets& data, const Recipe& recipe,
                                             std::string configuration)
    : ModelTask(model, data, recipe, std::move(configuration), "sequences") {
  for (const RegressionSet& set : {data.train, data.dev, data.test}) check_targets(set);
}

Variable SequenceRegressorTask::loss(std::span<const std::uint32_t> examples, Rng& rng) {
  const RegressionSet& train = data().train;
  Tensor targets = Tensor::uninitialized({examples.size(), 1});
  for (std::size_t k = 0; k < examples.size(); ++k) {
    targets.data()[k] = train.targets[examples[k]];
  }
  return mean_squared_error(model().forward(pointers(train.inputs, examples), rng), targets);
}

training::Metrics SequenceRegressorTask::evaluate(training::Split split) {
  return models::evaluate(model(), data().of(split));
}

training::Metrics evaluate(const SequenceRegressor& model, const RegressionSet& data) {
  check_targets(data);
  if (data.inputs.empty()) return {};
  constexpr std::size_t kBatchSize = 128;
  std::vector<float> predicted;
  for (const auto& some : batches(data.inputs, kBatchSize)) {
    const Tensor values = model.predict(some);
    predicted.insert(predicted.end(), values.flat().begin(), values.flat().end());
  }
  return {{"mse", training::mean_squared_error(predicted, data.targets)},
          {"pearson", training::pearson(predicted, data.targets)}};
}

}  // namespace espalier::models
