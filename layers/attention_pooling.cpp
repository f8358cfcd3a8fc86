#include <espalier/layers/attention_pooling.h>

#include <utility>

#include <espalier/base/error.h>
#include <espalier/layers/attention_scores.h>
#include <espalier/layers/initialize.h>
#include <espalier/ops/segment.h>

namespace espalier {
namespace {

LinearOptions projection_options(const AttentionPoolingOptions& options) {
  positive_size(options.input_size, "input_size");
  positive_size(options.attention_size, "attention_size");  // Not in a Linear's words.
  return {.input_size = options.input_size, .output_size = options.attention_size};
}
}  // namespace

AttentionPooling::AttentionPooling(const AttentionPoolingOptions& options, Rng& rng)
    : projection_(projection_options(options), rng), context_([&] {
        const auto size = static_cast<std::size_t>(options.attention_size);
        add_module("projection", projection_);
        return add_parameter("context", uniform_by_fan_in({1, size}, size, rng));
      }()) {}

Attended AttentionPooling::forward(const Variable& h,
                                   std::span<const std::uint64_t> offsets) const {
  Variable weights = segment_softmax(attention_scores(h, projection_, context_), offsets);
  Variable pooled = segment_weighted_sum(h, weights, offsets);
  return {.pooled = std::move(pooled), .weights = std::move(weights)};
}

}  // namespace espalier
