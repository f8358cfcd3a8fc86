#include <espalier/layers/attention_pooling.h>

#include <espalier/layers/initialize.h>
#include <espalier/ops/elementwise.h>
#include <espalier/ops/segment.h>

namespace espalier {

AttentionPooling::AttentionPooling(const AttentionPoolingOptions& options, Rng& rng)
    : projection_({.input_size = options.input_size, .output_size = options.attention_size}, rng),
      context_([&] {
        const std::size_t size = positive_size(options.attention_size, "attention_size");
        add_module("projection", projection_);
        return add_parameter("context", uniform_by_fan_in({1, size}, size, rng));
      }()) {}

Attended AttentionPooling::forward(const Variable& h,
                                   std::span<const std::uint64_t> offsets) const {
  const Variable scores = linear(tanh(projection_.forward(h)), context_, Variable());
  Variable weights = segment_softmax(scores, offsets);
  Variable pooled = segment_weighted_sum(h, weights, offsets);
  return {.pooled = std::move(pooled), .weights = std::move(weights)};
}

}  // namespace espalier
