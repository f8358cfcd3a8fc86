#include <espalier/layers/graph_convolution.h>

#include <utility>

#include <espalier/base/checks.h>
#include <espalier/base/error.h>
#include <espalier/graph/laplacian.h>
#include <espalier/layers/initialize.h>
#include <espalier/ops/arithmetic.h>

namespace espalier {
namespace {

Variable entries_of(const Adjacency& matrix) {
  return Variable(Tensor::from_values({matrix.num_edges(), 1}, matrix.weights()));
}

std::size_t input_of(const GraphConvolutionOptions& options) {
  return positive_size(options.input_size, "input_size");
}
std::size_t output_of(const GraphConvolutionOptions& options) {
  return positive_size(options.output_size, "output_size");
}

Variable with_bias(const Variable& y, const Variable& bias) {
  return bias.defined() ? y + bias : y;
}

}  // namespace

GraphOperator::GraphOperator(const Adjacency& matrix)
    : pattern_(pattern_of(matrix)), entries_(entries_of(matrix)) {}

GraphOperator::GraphOperator(const Adjacency& neighbours, GraphFilter filter)
    : GraphOperator(filter == GraphFilter::kFirstOrder
                        ? normalized_adjacency(neighbours, true)
                        : scaled_laplacian(laplacian(neighbours), 2.0f)) {}

FirstOrderConvolution::FirstOrderConvolution(const GraphConvolutionOptions& options, Rng& rng)
    : weight_(add_parameter("lin.weight",
                            glorot_uniform({output_of(options), input_of(options)}, rng))) {
  if (options.bias) bias_ = add_parameter("bias", Tensor::zeros({output_size()}));
}

Variable FirstOrderConvolution::forward(const NodeFeatures& x, const GraphOperator& graph,
                                        float dropout, Rng& rng) const {
  return with_bias(graph.times(x.project(weight_, {}, dropout, rng)), bias_);
}

ChebyshevConvolution::ChebyshevConvolution(const GraphConvolutionOptions& options, int order,
                                           Rng& rng) {
  if (order < 0) throw OptionError(message("order is ", order, ", expected 0 or more"));
  for (int k = 0; k <= order; ++k) {
    weights_.emplace_back(
        add_parameter(message("lins.", k, ".weight"),
                      glorot_uniform({output_of(options), input_of(options)}, rng)));
  }
  if (options.bias) bias_ = add_parameter("bias", Tensor::zeros({output_size()}));
}

// Clenshaw: b_k = X W_k + 2 L b_{k+1} - b_{k+2}; Y = X W_0 + L b_1 - b_2.
Variable ChebyshevConvolution::forward(const NodeFeatures& x, const GraphOperator& graph,
                                       float dropout, Rng& rng) const {
  const Rng same = rng.fork(rng.next64());  // What falls from x is the same for every W_k.
  Variable next, after_next;                // b_{k+1}, b_{k+2}
  for (std::size_t k = weights_.size(); k-- > 0;) {
    Rng draw = same;
    Variable b = x.project(weights_[k], {}, dropout, draw);
    if (next.defined()) {
      const Variable moved = graph.times(next);
      b = b + (k == 0 ? moved : scale(moved, 2.0f));
    }
    if (after_next.defined()) b = b - after_next;
    after_next = std::exchange(next, b);
  }
  return with_bias(next, bias_);
}

}  // namespace espalier
