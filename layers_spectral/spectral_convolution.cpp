#include <espalier/layers_spectral/spectral_convolution.h>

#include <utility>
#include <vector>

#include <espalier/base/checks.h>
#include <espalier/base/error.h>
#include <espalier/layers/initialize.h>
#include <espalier/ops/arithmetic.h>
#include <espalier/ops/dropout.h>
#include <espalier/ops/reshape.h>
#include <espalier/ops/training_mode.h>

namespace espalier {
namespace {

// Row k reads rows k * width .. (k + 1) * width - 1 of what it is multiplied with.
SparsePattern frequency_pattern(std::size_t num_frequencies, std::size_t width) {
  std::vector<EdgeId> offsets = {0};
  std::vector<NodeId> columns;
  for (std::size_t k = 0; k < num_frequencies; ++k) {
    for (std::size_t i = 0; i < width; ++i) columns.push_back(static_cast<NodeId>(k * width + i));
    offsets.push_back(columns.size());
  }
  const auto num_columns = static_cast<NodeId>(columns.size());
  return pattern_of(Adjacency(num_columns, std::move(offsets), std::move(columns)));
}

}  // namespace

SpectralConvolution::SpectralConvolution(const GraphConvolutionOptions& options, NodeId num_nodes,
                                         Rng& rng)
    : by_frequency_(frequency_pattern(num_nodes, positive_size(options.input_size, "input_size"))),
      theta_(add_parameter(
          "theta", uniform_by_fan_in({by_frequency_.num_columns,
                                      positive_size(options.output_size, "output_size")},
                                     positive_size(options.input_size, "input_size"), rng))) {
  if (options.bias) bias_ = add_parameter("bias", Tensor::zeros({output_size()}));
}

Variable SpectralConvolution::forward(const NodeFeatures& x, const GraphFourier& graph,
                                      float dropout_probability, Rng& rng) const {
  if (!x.dense().defined()) {
    throw ShapeError("a spectral convolution by frequencies wants dense features");
  }
  check_shape(x.dense().shape(), {by_frequency_.num_rows, x.num_features()}, "nodes' features");
  const Variable dropped = is_training() ? dropout(x.dense(), dropout_probability, rng) : x.dense();
  const Variable spectrum = graph.transform(dropped);
  const Variable weights = reshape(spectrum, {by_frequency_.num_entries(), 1});
  const Variable y = graph.inverse(sparse_product(by_frequency_, weights, theta_));
  return bias_.defined() ? y + bias_ : y;
}

}  // namespace espalier
