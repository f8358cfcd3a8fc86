#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include <espalier/data/fingerprint.h>
#include <espalier/data/labelled_graph.h>
#include <espalier/models/node_evaluation.h>
#include <espalier/models/node_graph.h>
#include <espalier/ops/module.h>
#include <espalier/ops/random.h>

namespace espalier::models {

/// Some nodes of a graph.
struct NodeExamples {
  std::shared_ptr<const NodeGraph> graph;
  std::span<const NodeId> nodes;

  std::size_t size() const { return nodes.size(); }
  void add_to(Fingerprint& fingerprint) const;
};

/// The splits of a data set as examples; `data` must outlive them.
Splits<NodeExamples> node_examples(std::shared_ptr<const NodeGraph> graph,
                                   const LabelledGraph& data);

/// Nodes of one graph, read all together: a batch's nodes are those that count. Of an uncomposed
/// graph it has their neighbourhood().
struct NodeBatch {
  std::shared_ptr<const NodeGraph> graph;
  PoolVector<NodeId> nodes;
  PoolVector<std::int32_t> labels;
};

/// What classifiers of nodes have in common: the loss is the mean over a batch's nodes of the cross
/// entropy; metrics are accuracy, by which the best epoch is chosen, macro_f1, micro_f1 and loss.
class NodeClassifier : public Module {
 public:
  using Examples = NodeExamples;
  using Batch = NodeBatch;
  using Evaluation = NodeEvaluation;
  /// A split is evaluated at once: the graph is read whole for however few nodes. An uncomposed one
  /// is evaluated in parts, for which so many nodes are read.
  static constexpr std::size_t kEvaluationBatch = static_cast<std::size_t>(-1);
  static constexpr std::size_t kEvaluationNodes = std::size_t{1} << 18;

  virtual ~NodeClassifier() = default;

  /// Scores of the batch's nodes, [batch nodes, classes].
  virtual Variable logits(const NodeBatch& batch, Rng& rng) const = 0;

  Variable loss(const NodeBatch& batch, Rng& rng) const;
  /// [nodes, classes].
  Tensor probabilities(const NodeBatch& batch) const;
  /// What is known of each node before the last step, [nodes, size].
  virtual Tensor embeddings(const NodeGraph& graph) const = 0;

  virtual NodeBatch make_batch(const NodeExamples& examples, std::span<const std::uint32_t> numbers,
                               Rng& rng) const;
  std::size_t num_nodes(const NodeExamples& examples, std::uint32_t i) const;
  void evaluate(const NodeBatch& batch, Evaluation& evaluation) const;

 protected:
  NodeClassifier() = default;
  NodeClassifier(NodeClassifier&&) = default;

  /// What is added to the loss; undefined: nothing.
  virtual Variable penalty() const { return {}; }
};

}  // namespace espalier::models
