#include <espalier/models/graph_attention_network.h>

#include <espalier/graph/adjacency_union.h>
#include <espalier/ops/elementwise.h>
#include <espalier/ops/rows.h>
#include <espalier/ops/training_mode.h>

namespace espalier::models {
namespace {

GraphAttentionOptions first_layer(const GraphAttentionNetworkOptions& o) {
  return {.input_size = o.num_features,
          .heads = o.heads,
          .head_size = o.head_size,
          .input_dropout = o.dropout,
          .attention_dropout = o.dropout};
}

GraphAttentionOptions second_layer(const GraphAttentionNetworkOptions& o) {
  return {.input_size = o.heads * o.head_size,
          .heads = o.output_heads,
          .head_size = o.num_classes,
          .result = Heads::kAveraged,
          .input_dropout = o.dropout,
          .attention_dropout = o.dropout};
}

}  // namespace

GraphAttentionNetwork::GraphAttentionNetwork(const Options& options, const NodeGraph& graph,
                                             Rng& rng)
    : options_(checked(options)),
      neighbours_(united(graph.neighbours_of_all())),
      first_(first_layer(options), rng),
      second_(second_layer(options), rng) {
  add_module("first", first_);
  add_module("second", second_);
}

Variable GraphAttentionNetwork::hidden(const NodeGraph& graph, Rng& rng) const {
  return elu(first_.forward(graph.features, neighbours_, rng));
}

Variable GraphAttentionNetwork::logits(const NodeBatch& batch, Rng& rng) const {
  const Variable scores = second_.forward(hidden(*batch.graph, rng), neighbours_, rng);
  return gather_rows(scores, batch.nodes);
}

Tensor GraphAttentionNetwork::embeddings(const NodeGraph& graph) const {
  const Answering answering;
  Rng unused(0);
  return hidden(graph, unused).value().clone();
}

Tensor GraphAttentionNetwork::neighbour_weights(const NodeGraph& graph) const {
  return first_.coefficients(graph.features, neighbours_);
}

}  // namespace espalier::models
