#include <espalier/layers/semantic_attention.h>

#include <espalier/base/checks.h>
#include <espalier/base/error.h>
#include <espalier/layers/attention_scores.h>
#include <espalier/ops/loss.h>
#include <espalier/ops/reduce.h>
#include <espalier/ops/reshape.h>
#include <espalier/ops/rows.h>
#include <espalier/ops/weighted_sum.h>

namespace espalier {

SemanticAttention::SemanticAttention(const SemanticAttentionOptions& options, Rng& rng)
    : options_(options),
      projection_({.input_size = options.input_size,
                   .output_size =
                       static_cast<int>(positive_size(options.attention_size, "attention_size"))},
                  rng) {
  add_module("projection", projection_);
  constexpr float kDeviation = 0.1f;
  for (const Variable& v : {projection_.weight().variable(), projection_.bias()}) {
    v.mutable_value() = normal_tensor(v.shape(), kDeviation, rng);
  }
  q_ = add_parameter(
      "q", normal_tensor({static_cast<std::size_t>(options.attention_size), 1}, kDeviation, rng));
}

JoinedViews SemanticAttention::forward(std::span<const Variable> views) const {
  if (views.empty()) throw ShapeError("semantic attention over no view, expected one or more");
  PoolVector<Variable> scores;
  for (const Variable& view : views) {
    check_shape(view.shape(), views[0].shape(), "a view");
    const Variable each = attention_scores(view, projection_, q_);
    scores.push_back(options_.weights == SemanticWeights::kPerNode ? each
                                                                   : reshape(mean(each), {1, 1}));
  }
  const Variable weights = softmax(concat_columns(scores));
  return {.joined = weighted_sum(views, weights), .weights = weights};
}

}  // namespace espalier
