#include <espalier/models/graph_convolution_network.h>

#include <espalier/graph/adjacency_union.h>
#include <espalier/graph/laplacian.h>
#include <espalier/ops/arithmetic.h>
#include <espalier/ops/elementwise.h>
#include <espalier/ops/rows.h>

namespace espalier::models {
namespace {

// What the filter multiplies with.
Adjacency operator_of(const GraphConvolutionNetworkOptions& options, const NodeGraph& graph) {
  const Adjacency neighbours =
      united(graph.neighbours_of_all(), SelfLoops::kRemoved);  // The filter adds its own.
  if (options.filter == GraphFilter::kFirstOrder) return normalized_adjacency(neighbours, true);
  return scaled_laplacian(laplacian(neighbours), 2.0f);  // Eigenvalues are at most 2.
}

std::unique_ptr<GraphConvolution> make_layer(const GraphConvolutionNetworkOptions& options,
                                             int input, int output, const Adjacency& matrix,
                                             Rng& rng) {
  const GraphConvolutionOptions sizes{.input_size = input, .output_size = output};
  if (options.filter == GraphFilter::kFirstOrder) {
    return std::make_unique<FirstOrderConvolution>(sizes, matrix, rng);
  }
  return std::make_unique<ChebyshevConvolution>(sizes, options.order, matrix, rng);
}

}  // namespace

GraphConvolutionNetwork::GraphConvolutionNetwork(const Options& options, const NodeGraph& graph,
                                                 Rng& rng)
    : options_(checked(options)) {
  const Adjacency matrix = operator_of(options, graph);
  first_ = make_layer(options, options.num_features, options.hidden_size, matrix, rng);
  second_ = make_layer(options, options.hidden_size, options.num_classes, matrix, rng);
  add_module("first", *first_);
  add_module("second", *second_);
}

Variable GraphConvolutionNetwork::logits(const NodeBatch& batch, Rng& rng) const {
  const Variable hidden = relu(first_->forward(batch.graph->features, options_.dropout, rng));
  return gather_rows(second_->forward(hidden, options_.dropout, rng), batch.nodes);
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
