#include <espalier/models/sequence_regressor.h>

#include <algorithm>
#include <utility>

#include <espalier/base/error.h>
#include <espalier/layers/initialize.h>
#include <espalier/ops/loss.h>
#include <espalier/ops/training_mode.h>

namespace espalier::models {
SequenceRegressor::SequenceRegressor(const SequenceRegressorOptions& options, Rng& rng)
    : options_(checked(options)),
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
  const Answering answering;
  Rng unused(0);
  return forward(sequences, unused).value().clone();
}

Variable SequenceRegressor::loss(const RegressionBatch& batch, Rng& rng) const {
  return mean_squared_error(forward(batch.inputs, rng), batch.targets);
}

RegressionBatch SequenceRegressor::make_batch(Examples examples,
                                              std::span<const std::uint32_t> numbers, Rng&) const {
  RegressionBatch batch{.inputs = {}, .targets = Tensor::uninitialized({numbers.size(), 1})};
  batch.inputs.reserve(numbers.size());
  for (std::size_t k = 0; k < numbers.size(); ++k) {
    const RegressionExample& example = examples[numbers[k]];
    batch.inputs.push_back(&example.inputs);
    batch.targets.data()[k] = example.target;
  }
  return batch;
}

void SequenceRegressor::evaluate(const RegressionBatch& batch, Evaluation& evaluation) const {
  evaluation.add(predict(batch.inputs).flat(), batch.targets.flat());
}

}  // namespace espalier::models
