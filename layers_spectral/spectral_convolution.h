#pragma once

#include <cstddef>

#include <espalier/graph/node.h>
#include <espalier/layers/graph_convolution.h>
#include <espalier/layers_spectral/graph_fourier.h>

namespace espalier {

/// Free-form filters of the graph Fourier transform: Y = U Z, row k of Z being (row k of U^T X)
/// times Theta_k, [input, output]: weights for each frequency. For small graphs, and for teaching;
/// where eigenvalues repeat, what it learns belongs to this basis alone.
///
/// Bruna et al., "Spectral Networks and Locally Connected Networks on Graphs", ICLR 2014.
/// Parameters: theta [nodes * input, output], bias [output].
class SpectralConvolution final : public GraphConvolution<GraphFourier> {
 public:
  /// Throws OptionError if a size is not positive.
  SpectralConvolution(const GraphConvolutionOptions& options, NodeId num_nodes, Rng& rng);

  /// x must be dense, and the graph have as many nodes as the layer was made for.
  Variable forward(const NodeFeatures& x, const GraphFourier& graph, float dropout,
                   Rng& rng) const override;
  std::size_t output_size() const override { return theta_.cols(); }

 private:
  SparsePattern by_frequency_;
  Variable theta_, bias_;
};

}  // namespace espalier
