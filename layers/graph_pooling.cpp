#include <espalier/layers/graph_pooling.h>

#include <espalier/base/checks.h>
#include <espalier/base/error.h>
#include <espalier/ops/segment.h>
#include <espalier/ops/training_mode.h>

namespace espalier {

GraphPooling::GraphPooling(const GraphPoolingOptions& options, Rng& rng) : options_(options) {
  positive_size(options.input_size, "input_size");
  positive_size(options.attention_size, "attention_size");
  if (options.pooling != Pooling::kAttention) return;
  attention_.emplace(AttentionPoolingOptions{.input_size = options.input_size,
                                             .attention_size = options.attention_size},
                     rng);
  add_module("attention", *attention_);
}

Variable GraphPooling::forward(const Variable& h, std::span<const std::uint64_t> offsets) const {
  check_shape(h.shape(), {h.rows(), static_cast<std::size_t>(options_.input_size)},
              "nodes to be pooled");
  switch (options_.pooling) {
    case Pooling::kMean:
      return segment_mean(h, offsets);
    case Pooling::kSum:
      return segment_sum(h, offsets);
    case Pooling::kAttention:
      return attention_->forward(h, offsets).pooled;
  }
  return {};
}

Variable GraphPooling::forward(const Variable& h, const GraphBatch& graphs) const {
  PoolVector<std::uint64_t> offsets;
  for (std::size_t i = 0; i <= graphs.num_graphs(); ++i) offsets.push_back(graphs.first_node(i));
  return forward(h, offsets);
}

Tensor GraphPooling::weights(const Variable& h, std::span<const std::uint64_t> offsets) const {
  const Answering answering;
  if (attention_) return attention_->forward(h, offsets).weights.value().clone();
  Tensor weights = Tensor::filled({h.rows(), 1}, 1.0f);
  const Variable counts = segment_sum(Variable(weights.alias()), offsets);  // Checks offsets, too.
  if (options_.pooling == Pooling::kSum) return weights;
  for (std::size_t i = 0; i < counts.rows(); ++i) {
    for (std::uint64_t v = offsets[i]; v < offsets[i + 1]; ++v) {
      weights.data()[v] = 1.0f / counts.value().data()[i];
    }
  }
  return weights;
}

}  // namespace espalier
