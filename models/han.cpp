#include <espalier/models/han.h>

#include <espalier/base/error.h>
#include <espalier/ops/arithmetic.h>
#include <espalier/ops/elementwise.h>
#include <espalier/ops/rows.h>
#include <espalier/ops/training_mode.h>

namespace espalier::models {
namespace {

int embedding_size(const HANOptions& o) { return o.heads * o.head_size; }

GraphAttentionOptions path_options(const HANOptions& o) {
  return {.input_size = o.num_features,
          .heads = o.heads,
          .head_size = o.head_size,
          .input_dropout = o.dropout,
          .projection_dropout = o.dropout,
          .attention_dropout = o.dropout,
          .attends = o.node_attention};
}

}  // namespace

HAN::HAN(const HANOptions& options, Rng& rng)
    : options_(checked(options)),
      semantic_(options.semantic_attention
                    ? std::optional<SemanticAttention>(
                          std::in_place,
                          SemanticAttentionOptions{.input_size = embedding_size(options),
                                                   .attention_size = options.attention_size,
                                                   .weights = options.semantic_weights},
                          rng)
                    : std::nullopt),
      classifier_({.input_size = embedding_size(options), .output_size = options.num_classes},
                  rng) {
  for (int p = 0; p < options.num_paths; ++p) {
    paths_.push_back(std::make_unique<GraphAttention>(path_options(options), rng));
    add_module(message("paths.", p), *paths_.back());
  }
  if (semantic_) add_module("semantic", *semantic_);
  add_module("classifier", classifier_);
}

JoinedViews HAN::join(const NodeGraph& graph, Rng& rng) const {
  if (graph.uncomposed) {
    throw GraphError(
        "neighbours of this graph are looked up for a batch's nodes: expected a graph that "
        "make_batch() or neighbourhood() gave");
  }
  if (graph.neighbours.size() != paths_.size()) {
    throw ShapeError(
        message("a graph with ", graph.neighbours.size(), " meta-paths, expected ", paths_.size()));
  }
  PoolVector<Variable> views;
  for (std::size_t p = 0; p < paths_.size(); ++p) {
    views.push_back(elu(paths_[p]->forward(graph.features, graph.neighbours[p], rng)));
  }
  if (semantic_) return semantic_->forward(views);
  const float share = 1.0f / static_cast<float>(views.size());
  Variable total = views[0];
  for (std::size_t p = 1; p < views.size(); ++p) total = total + views[p];
  return {.joined = scale(total, share),
          .weights = Variable(Tensor::filled({1, views.size()}, share))};
}

Variable HAN::logits(const NodeBatch& batch, Rng& rng) const {
  return classifier_.forward(gather_rows(join(*batch.graph, rng).joined, batch.nodes));
}

Tensor HAN::embeddings(const NodeGraph& graph) const {
  const Answering answering;
  Rng unused(0);
  return join(graph, unused).joined.value().clone();
}

Tensor HAN::path_weights(const NodeGraph& graph) const {
  const Answering answering;
  Rng unused(0);
  return join(graph, unused).weights.value().clone();
}

Tensor HAN::neighbour_weights(const NodeGraph& graph, std::size_t path) const {
  return paths_.at(path)->coefficients(graph.features, graph.neighbours.at(path));
}

}  // namespace espalier::models
