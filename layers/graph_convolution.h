#pragma once

#include <cstddef>
#include <vector>

#include <espalier/graph/adjacency.h>
#include <espalier/layers/node_features.h>
#include <espalier/ops/linear.h>
#include <espalier/ops/module.h>
#include <espalier/ops/random.h>
#include <espalier/ops/sparse.h>
#include <espalier/ops/variable.h>

namespace espalier {

/// The filter of a convolution on a graph.
enum class GraphFilter {
  kFirstOrder,  ///< Kipf and Welling's.
  kChebyshev,   ///< Defferrard et al.'s.
};

/// A sparse matrix of a graph, square and weighted, as convolutions multiply with it. Cheap to
/// copy.
class GraphOperator {
 public:
  explicit GraphOperator(const Adjacency& matrix);
  /// That of a filter: normalized_adjacency() with self loops for the first order;
  /// scaled_laplacian() of the normalised Laplacian, whose eigenvalues are at most 2, for
  /// Chebyshev's. Throws GraphError unless `neighbours` are undirected.
  GraphOperator(const Adjacency& neighbours, GraphFilter filter);

  std::size_t num_nodes() const { return pattern_.num_rows; }
  Variable times(const Variable& x) const { return sparse_product(pattern_, entries_, x); }

 private:
  SparsePattern pattern_;
  Variable entries_;
};

/// Convolution on an undirected graph: y of every node from x of every node. `Graph` is what a
/// filter reads of it, a GraphOperator or, of exact filters, a GraphFourier
/// (layers_spectral/graph_fourier.h); the weights belong to no one graph.
template <class Graph>
class GraphConvolution : public Module {
 public:
  virtual ~GraphConvolution() = default;

  /// [nodes, output_size()]; x has a row for each node of the graph. In training `dropout` falls
  /// from x. Throws ShapeError if x does not fit.
  virtual Variable forward(const NodeFeatures& x, const Graph& graph, float dropout,
                           Rng& rng) const = 0;
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

/// First order: Y = Â X W^T + b with Â = normalized_adjacency(graph, true), which it is given.
///
/// Kipf and Welling, "Semi-Supervised Classification with Graph Convolutional Networks", ICLR 2017.
/// Parameters, as PyTorch Geometric's GCNConv names them: lin.weight [output, input], bias
/// [output].
class FirstOrderConvolution final : public GraphConvolution<GraphOperator> {
 public:
  /// The weight begins as glorot_uniform(), the bias as 0. Throws OptionError if a size is not
  /// positive.
  FirstOrderConvolution(const GraphConvolutionOptions& options, Rng& rng);

  Variable forward(const NodeFeatures& x, const GraphOperator& graph, float dropout,
                   Rng& rng) const override;
  std::size_t output_size() const override { return weight_.outputs(); }

 private:
  LinearWeight weight_;
  Variable bias_;
};

/// Chebyshev polynomials of L~ = scaled_laplacian(), which it is given: Y = sum over k = 0 .. order
/// of T_k(L~) X W_k^T, + b, with T_0 = 1, T_1 = x, T_k = 2 x T_{k-1} - T_{k-2}.
///
/// Defferrard, Bresson and Vandergheynst, "Convolutional Neural Networks on Graphs with Fast
/// Localized Spectral Filtering", NIPS 2016. Summed by Clenshaw's recurrence in the output's width,
/// so that wide sparse features are never made dense. Parameters, as PyTorch Geometric's ChebConv
/// names them: lins.<k>.weight [output, input], bias [output].
class ChebyshevConvolution final : public GraphConvolution<GraphOperator> {
 public:
  /// `order` >= 0 is the highest power of L~. Throws OptionError if a size is out of range.
  ChebyshevConvolution(const GraphConvolutionOptions& options, int order, Rng& rng);

  Variable forward(const NodeFeatures& x, const GraphOperator& graph, float dropout,
                   Rng& rng) const override;
  std::size_t output_size() const override { return weights_.front().outputs(); }

 private:
  std::vector<LinearWeight> weights_;
  Variable bias_;
};

}  // namespace espalier
