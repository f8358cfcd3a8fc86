#pragma once

#include <memory>
#include <optional>
#include <vector>

#include <espalier/base/options.h>
#include <espalier/layers/graph_attention.h>
#include <espalier/layers/linear.h>
#include <espalier/layers/semantic_attention.h>
#include <espalier/models/node_classifier.h>
#include <espalier/training/recipe.h>

namespace espalier::models {

struct HANOptions {
  int num_features = 0;      ///< Of a node, > 0.
  int num_classes = 0;       ///< > 1.
  int num_paths = 0;         ///< Ways of being neighbours, > 0.
  int heads = 8;             ///< > 0.
  int head_size = 8;         ///< > 0.
  int attention_size = 128;  ///< Of the semantic attention, > 0.
  SemanticWeights semantic_weights = SemanticWeights::kGlobal;
  float dropout = 0.6f;  ///< On inputs, on projected inputs and on coefficients.

  // The paper's ablations.
  bool node_attention = true;      ///< Else every neighbour counts alike.
  bool semantic_attention = true;  ///< Else every meta-path does.

  static std::vector<Option> fields(HANOptions& o) {
    return {option("num_features", o.num_features, "Features of a node", at_least(1)).given(),
            option("num_classes", o.num_classes, "Classes", at_least(2)).given(),
            option("num_paths", o.num_paths, "Meta-paths", at_least(1)).given(),
            option("heads", o.heads, "Heads of the node attention", at_least(1, 10'000)),
            option("head_size", o.head_size, "Units of a head", at_least(1, kMaxSize)),
            option("attention_size", o.attention_size, "Units of the semantic attention",
                   at_least(1, kMaxSize)),
            choice("semantic_weights", o.semantic_weights,
                   "Whose weights meta-paths have: those of all nodes, or each node's own",
                   {"global", "per-node"}),
            option("dropout", o.dropout,
                   "Part of inputs, projections and coefficients that is left out in training",
                   from_to_below(0, 1)),
            option("node_attention", o.node_attention, "Neighbours are attended to"),
            option("semantic_attention", o.semantic_attention, "Meta-paths are attended to")};
  }
};

/// Classifies nodes by attention over their neighbours along several meta-paths, and over these.
///
/// Wang et al., "Heterogeneous Graph Attention Network", WWW 2019, arXiv:1903.07293. For each path
/// p a GraphAttention of its own (layers/graph_attention.h), z_p = elu(that); then
/// SemanticAttention over all z_p; then a linear map. As in the authors' code each path has its own
/// projection and dropout falls from inputs, projections and coefficients. One path, without
/// semantic attention, is a graph attention network of one layer (GAT).
///
/// A batch of an uncomposed graph (models/node_graph.h) has its nodes and their neighbours alone;
/// the mean over nodes that weighs the paths is over the batch's nodes then, not over all.
///
/// Parameters: paths.<p> as GraphAttention's, semantic as SemanticAttention's, classifier.weight
/// and classifier.bias.
class HAN final : public NodeClassifier {
 public:
  using Options = HANOptions;
  static constexpr const char* kName = "HAN";
  static constexpr training::Recipe kRecipe = {.learning_rate = 0.005, .l2 = 1e-3, .adam = true};

  /// Throws OptionError if an option is out of range.
  HAN(const HANOptions& options, Rng& rng);

  Variable logits(const NodeBatch& batch, Rng& rng) const override;

  // Below, nodes are those of which the graph has neighbours: all, or those of a batch's graph.

  /// Z of all nodes, [nodes, heads * head_size]: what the classifier reads.
  Tensor embeddings(const NodeGraph& graph) const override;
  /// beta: what each meta-path counts, [1, paths], or [nodes, paths] if each node has its own.
  Tensor path_weights(const NodeGraph& graph) const;
  /// alpha of a path: what each neighbour counts, [edges, heads].
  Tensor neighbour_weights(const NodeGraph& graph, std::size_t path) const;

  const HANOptions& options() const { return options_; }

 private:
  JoinedViews join(const NodeGraph& graph, Rng& rng) const;

  HANOptions options_;
  std::vector<std::unique_ptr<GraphAttention>> paths_;
  std::optional<SemanticAttention> semantic_;
  Linear classifier_;
};

}  // namespace espalier::models
