#pragma once

#include <vector>

#include <espalier/base/options.h>
#include <espalier/layers/graph_attention.h>
#include <espalier/models/node_classifier.h>
#include <espalier/training/recipe.h>

namespace espalier::models {

struct GraphAttentionNetworkOptions {
  int num_features = 0;  ///< Of a node, > 0.
  int num_classes = 0;   ///< > 1.
  int heads = 8;         ///< Of the first layer, > 0.
  int head_size = 8;     ///< > 0.
  int output_heads = 1;  ///< Of the second, whose mean is taken, > 0; the paper has 8 on Pubmed.
  float dropout = 0.6f;  ///< On what either layer reads, and on coefficients.

  static std::vector<Option> fields(GraphAttentionNetworkOptions& o) {
    return {option("num_features", o.num_features, "Features of a node", at_least(1)).given(),
            option("num_classes", o.num_classes, "Classes", at_least(2)).given(),
            option("heads", o.heads, "Heads of the first layer", at_least(1, 10'000)),
            option("head_size", o.head_size, "Units of a head", at_least(1, kMaxSize)),
            option("output_heads", o.output_heads,
                   "Heads of the second layer, of which the mean counts", at_least(1, 10'000)),
            option("dropout", o.dropout,
                   "Part of what a layer reads, and of coefficients, that is left out in training",
                   from_to_below(0, 1))};
  }
};

/// Two layers of attention over a graph's edges, with an elu between: GAT.
///
/// Velickovic, Cucurull, Casanova, Romero, Lio and Bengio, "Graph Attention Networks", ICLR 2018,
/// arXiv:1710.10903, section 3.3, transductive: 8 heads of 8 units side by side, then one head for
/// each class; dropout of 0.6 on what either layer reads and on coefficients; Adam of 0.005, L2 of
/// 0.0005. Parameters: first and second, as layers/graph_attention.h names theirs.
///
/// A node attends to its neighbours by any of the ways, to each once; to itself if it is one, as
/// prepare() has it by default. A graph that it reads must be prepared with its ways joined.
class GraphAttentionNetwork final : public NodeClassifier {
 public:
  using Options = GraphAttentionNetworkOptions;
  static constexpr const char* kName = "GraphAttentionNetwork";
  static constexpr training::Recipe kRecipe = {.learning_rate = 0.005, .l2 = 5e-4, .adam = true};

  /// Throws OptionError if an option is out of range.
  GraphAttentionNetwork(const Options& options, Rng& rng);

  /// Throws ShapeError if the graph's ways are not joined.
  Variable logits(const NodeBatch& batch, Rng& rng) const override;

  /// What the second layer reads, [nodes, heads * head_size].
  Tensor embeddings(const NodeGraph& graph) const override;
  /// alpha of the first layer: what each neighbour counts, [edges of graph.joined, heads].
  Tensor neighbour_weights(const NodeGraph& graph) const;

  const Options& options() const { return options_; }

 private:
  Variable hidden(const NodeGraph& graph, Rng& rng) const;

  Options options_;
  GraphAttention first_, second_;
};

}  // namespace espalier::models
