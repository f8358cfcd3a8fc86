#include <espalier/models/graph_convolution_network.h>

#include <espalier/base/error.h>
#include <espalier/ops/arithmetic.h>
#include <espalier/ops/elementwise.h>
#include <espalier/ops/rows.h>
#include <espalier/ops/training_mode.h>

namespace espalier::models {
namespace {

std::unique_ptr<GraphConvolution<GraphOperator>> make_layer(
    const GraphConvolutionNetworkOptions& options, int input, int output, Rng& rng) {
  const GraphConvolutionOptions sizes{.input_size = input, .output_size = output};
  if (options.filter == GraphFilter::kFirstOrder) {
    return std::make_unique<FirstOrderConvolution>(sizes, rng);
  }
  return std::make_unique<ChebyshevConvolution>(sizes, options.order, rng);
}

}  // namespace

GraphConvolutionNetwork::GraphConvolutionNetwork(const Options& options, Rng& rng)
    : options_(checked(options)),
      first_(make_layer(options, options.num_features, options.hidden_size, rng)),
      second_(make_layer(options, options.hidden_size, options.num_classes, rng)) {
  add_module("first", *first_);
  add_module("second", *second_);
}

Variable GraphConvolutionNetwork::hidden(const NodeGraph& graph, Rng& rng) const {
  if (!graph.convolution || graph.convolution->filter != options_.filter) {
    throw ShapeError(
        "the graph is not prepared for the network's filter, expected that of prepare() "
        "with it");
  }
  return relu(first_->forward(graph.features, graph.convolution->matrix, options_.dropout, rng));
}

Variable GraphConvolutionNetwork::logits(const NodeBatch& batch, Rng& rng) const {
  const NodeGraph& graph = *batch.graph;
  const Variable h = hidden(graph, rng);
  return gather_rows(second_->forward(h, graph.convolution->matrix, options_.dropout, rng),
                     batch.nodes);
}

Tensor GraphConvolutionNetwork::embeddings(const NodeGraph& graph) const {
  const Answering answering;
  Rng unused(0);
  return hidden(graph, unused).value().clone();
}

Variable GraphConvolutionNetwork::penalty() const {
  if (options_.l2 == 0.0f) return {};
  Variable total;
  for (const NamedParameter& p : first_->parameters()) {
    if (p.name.ends_with("bias")) continue;
    const Variable squares = (p.variable * p.variable).sum();
    total = total.defined() ? total + squares : squares;
  }
  return scale(total, 0.5f * options_.l2);
}

}  // namespace espalier::models
