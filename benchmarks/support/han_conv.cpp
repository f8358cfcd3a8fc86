#include "benchmarks/support/han_conv.h"

#include <espalier/base/error.h>
#include <espalier/layers/initialize.h>
#include <espalier/ops/elementwise.h>
#include <espalier/ops/neighbour_attention.h>
#include <espalier/ops/rows.h>
#include <espalier/ops/training_mode.h>

namespace espalier::bench {

HANConv::HANConv(const models::NodeGraph& graph, int num_classes, int heads, int width, Rng& rng)
    : projection_({.input_size = static_cast<int>(graph.features.num_features()),
                   .output_size = heads * width},
                  rng),
      semantic_({.input_size = heads * width, .attention_size = heads * width}, rng),
      classifier_({.input_size = heads * width, .output_size = num_classes}, rng) {
  add_module("proj", projection_);
  const auto scorer = [&](const std::string& name) {
    const auto h = static_cast<std::size_t>(heads), w = static_cast<std::size_t>(width);
    return add_parameter(name, glorot_uniform({h, w}, rng).alias({1, h, w}));
  };
  for (std::size_t p = 0; p < graph.neighbours.size(); ++p) {
    from_.push_back(scorer(message("lin_src.", p)));
    to_.push_back(scorer(message("lin_dst.", p)));
  }
  add_module("semantic", semantic_);
  add_module("classifier", classifier_);
}

Variable HANConv::join(const models::NodeGraph& graph) const {
  Rng unused(0);  // Nothing falls.
  const Variable h = projection_.forward(graph.features.dense());
  PoolVector<Variable> views;
  for (std::size_t p = 0; p < from_.size(); ++p) {
    const AttentionScores scores{.to = head_scores(h, to_[p]), .from = head_scores(h, from_[p])};
    views.push_back(relu(neighbour_attention(pattern_of(graph.neighbours[p]), scores, h,
                                             /*dropout=*/0.0f, unused)));
  }
  return semantic_.forward(views).joined;
}

Variable HANConv::logits(const models::NodeBatch& batch, Rng&) const {
  return classifier_.forward(gather_rows(join(*batch.graph), batch.nodes));
}

Tensor HANConv::embeddings(const models::NodeGraph& graph) const {
  const Answering answering;
  return join(graph).value().clone();
}

}  // namespace espalier::bench
