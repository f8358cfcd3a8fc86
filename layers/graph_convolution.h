#pragma once

#include <cstddef>
#include <vector>

#include <espalier/graph/adjacency.h>
#include <espalier/layers/node_features.h>
#include <espalier/ops/linear.h>
#include <espalier/ops/module.h>
#include <espalier/ops/random.h>

namespace espalier {

/// Convolution on one undirected graph, whose operator the layer was made with: y of every node
/// from x of every node. What first-order, Chebyshev and exact filters have in common.
class GraphConvolution : public Module {
 public:
  virtual ~GraphConvolution() = default;

  /// [nodes, output_size()]; x has a row for each node of the graph. In training `dropout` falls
  /// from x. Throws ShapeError if x does not fit.
  virtual Variable forward(const NodeFeatures& x, float dropout, Rng& rng) const = 0;
  virtual std::size_t output_size() const = 0;

 protected:
  GraphConvolution() = default;
  GraphConvolution(GraphConvolution&&) = default;
};

struct GraphConvolutionOptions {
  int input_size = 0;   ///< > 0.
  int output_size = 0;  ///< > 0.
  bool bias = true;
};

/// First order: Y = Â X W^T + b with Â = normalized_adjacency(graph, true).
///
/// Kipf and Welling, "Semi-Supervised Classification with Graph Convolutional Networks", ICLR 2017.
/// Parameters, as PyTorch Geometric's GCNConv names them: lin.weight [output, input], bias
/// [output].
class FirstOrderConvolution final : public GraphConvolution {
 public:
  /// The weight begins as glorot_uniform(), the bias as 0. Throws OptionError if a size is not
  /// positive.
  FirstOrderConvolution(const GraphConvolutionOptions& options, const Adjacency& normalized,
                        Rng& rng);

  Variable forward(const NodeFeatures& x, float dropout, Rng& rng) const override;
  std::size_t output_size() const override { return weight_.outputs(); }

 private:
  SparsePattern pattern_;
  Variable entries_;
  LinearWeight weight_;
  Variable bias_;
};

/// Chebyshev polynomials of L~ = scaled_laplacian(): Y = sum over k = 0 .. order of T_k(L~) X
/// W_k^T,
/// + b, with T_0 = 1, T_1 = x, T_k = 2 x T_{k-1} - T_{k-2}.
///
/// Defferrard, Bresson and Vandergheynst, "Convolutional Neural Networks on Graphs with Fast
/// Localized Spectral Filtering", NIPS 2016. Summed by Clenshaw's recurrence in the output's width,
/// so that wide sparse features are never made dense. Parameters, as PyTorch Geometric's ChebConv
/// names them: lins.<k>.weight [output, input], bias [output].
class ChebyshevConvolution final : public GraphConvolution {
 public:
  /// `order` >= 0 is the highest power of L~. Throws OptionError if a size is out of range.
  ChebyshevConvolution(const GraphConvolutionOptions& options, int order, const Adjacency& scaled,
                       Rng& rng);

  Variable forward(const NodeFeatures& x, float dropout, Rng& rng) const override;
  std::size_t output_size() const override { return weights_.front().outputs(); }

 private:
  SparsePattern pattern_;
  Variable entries_;
  std::vector<LinearWeight> weights_;
  Variable bias_;
};

}  // namespace espalier
