#include <espalier/models/graph_attention_network.h>

#include <espalier/base/error.h>
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

const Adjacency& joined(const NodeGraph& graph) {
  if (graph.joined) return *graph.joined;
  throw ShapeError("the graph's ways are not joined, expected prepare() with that");
}

}  // namespace

GraphAttentionNetwork::GraphAttentionNetwork(const Options& options, Rng& rng)
    : options_(checked(options)),
      first_(first_layer(options), rng),
      second_(second_layer(options), rng) {
  add_module("first", first_);
  add_module("second", second_);
}

Variable GraphAttentionNetwork::hidden(const NodeGraph& graph, Rng& rng) const {
  return elu(first_.forward(graph.features, joined(graph), rng));
}

Variable GraphAttentionNetwork::logits(const NodeBatch& batch, Rng& rng) const {
  const Variable scores = second_.forward(hidden(*batch.graph, rng), joined(*batch.graph), rng);
  return gather_rows(scores, batch.nodes);
}

Tensor GraphAttentionNetwork::embeddings(const NodeGraph& graph) const {
  const Answering answering;
  Rng unused(0);
  return hidden(graph, unused).value().clone();
}

Tensor GraphAttentionNetwork::neighbour_weights(const NodeGraph& graph) const {
  return first_.coefficients(graph.features, joined(graph));
}

}  // namespace espalier::models
