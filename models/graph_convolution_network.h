#pragma once

#include <memory>
#include <vector>

#include <espalier/base/options.h>
#include <espalier/layers/graph_convolution.h>
#include <espalier/models/node_classifier.h>
#include <espalier/training/recipe.h>

namespace espalier::models {

struct GraphConvolutionNetworkOptions {
  int num_features = 0;  ///< Of a node, > 0.
  int num_classes = 0;   ///< > 1.
  int hidden_size = 16;  ///< > 0.
  GraphFilter filter = GraphFilter::kFirstOrder;
  int order = 2;         ///< Of the Chebyshev polynomials, the highest: 2 has three terms.
  float dropout = 0.5f;  ///< On what either layer reads.
  float l2 = 5e-4f;      ///< Weight of half the squared first layer in the loss.

  static std::vector<Option> fields(GraphConvolutionNetworkOptions& o) {
    return {
        option("num_features", o.num_features, "Features of a node", at_least(1)).given(),
        option("num_classes", o.num_classes, "Classes", at_least(2)).given(),
        option("hidden_size", o.hidden_size, "Units of the hidden layer", at_least(1, kMaxSize))
            .command("hidden"),
        choice("filter", o.filter, "The filter", {"first-order", "chebyshev"}).given(),
        option("order", o.order, "Highest order of the Chebyshev polynomials", at_least(0, 10'000))
            .only_if(o.filter == GraphFilter::kChebyshev),
        option("dropout", o.dropout, "Part of what a layer reads that is left out in training",
               from_to_below(0, 1)),
        option("first_layer_l2", o.l2, "Weight of the L2 penalty of the first layer", at_least(0))};
  }
};

/// Two convolutions on a graph, with a relu between: GCN, or its Chebyshev form.
///
/// Kipf and Welling, "Semi-Supervised Classification with Graph Convolutional Networks", ICLR 2017,
/// eq. 9, with their recipe: dropout of 0.5 on what either layer reads, L2 on the first layer
/// alone, Adam of 0.01. Parameters: first and second, as layers/graph_convolution.h names theirs.
///
/// A graph that it reads must be prepared for its filter (NodeGraphOptions).
class GraphConvolutionNetwork final : public NodeClassifier {
 public:
  using Options = GraphConvolutionNetworkOptions;
  static constexpr const char* kName = "GraphConvolutionNetwork";
  static constexpr training::Recipe kRecipe = {.learning_rate = 0.01, .l2 = 0.0, .adam = true};

  /// Throws OptionError if an option is out of range.
  GraphConvolutionNetwork(const Options& options, Rng& rng);

  /// Throws ShapeError if the graph was not prepared for the filter.
  Variable logits(const NodeBatch& batch, Rng& rng) const override;
  /// The hidden layer, [nodes, hidden_size].
  Tensor embeddings(const NodeGraph& graph) const override;

  const Options& options() const { return options_; }

 private:
  using Layer = GraphConvolution<GraphOperator>;

  Variable hidden(const NodeGraph& graph, Rng& rng) const;
  Variable penalty() const override;

  Options options_;
  std::unique_ptr<Layer> first_, second_;
};

}  // namespace espalier::models
