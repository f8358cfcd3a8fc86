#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <espalier/data/labelled_graph.h>
#include <espalier/layers/node_features.h>
#include <espalier/ops/module.h>
#include <espalier/ops/random.h>
#include <espalier/training/evaluation.h>

namespace espalier::models {

/// A graph as classifiers of its nodes take it: its features, and for each way of being neighbours
/// (a meta-path, or the edges of a graph of one kind) who is whose.
struct NodeGraph {
  NodeFeatures features;
  std::vector<Adjacency> neighbours;  ///< Square, over the target nodes.
  std::vector<std::string> names;     ///< Of the ways.
  std::vector<std::int32_t> labels;

  std::size_t num_nodes() const { return features.num_nodes(); }
};

/// Composes the meta-paths, by default those that the data set names; with none at all, the one
/// edge type between target nodes is taken as it is. `self_loops` makes every node its own
/// neighbour. Features of which rows are normalised sum to 1. Throws GraphError as MetaPath and
/// compose() do.
struct NodeGraphOptions {
  std::vector<std::string> meta_paths = {};
  bool self_loops = true;
  bool normalize_features = false;
};
NodeGraph prepare(const LabelledGraph& data, const NodeGraphOptions& options = {});

/// Some nodes of a graph.
struct NodeExamples {
  std::shared_ptr<const NodeGraph> graph;
  std::span<const NodeId> nodes;

  std::size_t size() const { return nodes.size(); }
};

/// The splits of a data set as examples; `data` must outlive them.
Splits<NodeExamples> node_examples(std::shared_ptr<const NodeGraph> graph,
                                   const LabelledGraph& data);

/// Nodes of one graph, read all together: a batch's nodes are those that count.
struct NodeBatch {
  std::shared_ptr<const NodeGraph> graph;
  PoolVector<NodeId> nodes;
  PoolVector<std::int32_t> labels;
};

/// What classifiers of nodes have in common: the loss is the mean over a batch's nodes of the cross
/// entropy, and metrics are those of classes.
class NodeClassifier : public Module {
 public:
  using Examples = NodeExamples;
  using Batch = NodeBatch;
  using Evaluation = training::ClassEvaluation;
  /// A split is evaluated at once: the graph is read whole for however few nodes.
  static constexpr std::size_t kEvaluationBatch = static_cast<std::size_t>(-1);

  virtual ~NodeClassifier() = default;

  /// Scores of the batch's nodes, [batch nodes, classes].
  virtual Variable logits(const NodeBatch& batch, Rng& rng) const = 0;

  Variable loss(const NodeBatch& batch, Rng& rng) const;
  /// [nodes, classes].
  Tensor probabilities(const NodeBatch& batch) const;

  virtual NodeBatch make_batch(const NodeExamples& examples, std::span<const std::uint32_t> numbers,
                               Rng& rng) const;
  void evaluate(const NodeBatch& batch, Evaluation& evaluation) const;

 protected:
  NodeClassifier() = default;
  NodeClassifier(NodeClassifier&&) = default;

  /// What is added to the loss; undefined: nothing.
  virtual Variable penalty() const { return {}; }
};

}  // namespace espalier::models
