#include <espalier/models/node_classifier.h>

#include <utility>

#include <espalier/ops/arithmetic.h>
#include <espalier/ops/distinct.h>
#include <espalier/ops/loss.h>
#include <espalier/ops/training_mode.h>

namespace espalier::models {

Splits<NodeExamples> node_examples(std::shared_ptr<const NodeGraph> graph,
                                   const LabelledGraph& data) {
  return {.train = {graph, data.nodes.train},
          .dev = {graph, data.nodes.dev},
          .test = {graph, data.nodes.test}};
}

void NodeExamples::add_to(Fingerprint& fingerprint) const {
  fingerprint.add(graph->fingerprint);
  fingerprint.add(nodes);
}

Variable NodeClassifier::loss(const NodeBatch& batch, Rng& rng) const {
  const Variable loss =
      softmax_cross_entropy(logits(batch, rng), batch.labels, {.ignored_label = kNoLabel});
  const Variable more = penalty();
  return more.defined() ? loss + more : loss;
}

Tensor NodeClassifier::probabilities(const NodeBatch& batch) const {
  const Answering answering;
  Rng unused(0);
  Tensor scores = logits(batch, unused).value().clone();
  softmax_rows(scores.view(), scores.view());
  return scores;
}

NodeBatch NodeClassifier::make_batch(const NodeExamples& examples,
                                     std::span<const std::uint32_t> numbers, Rng& rng) const {
  NodeBatch batch{.graph = examples.graph, .nodes = {}, .labels = {}};
  for (const std::uint32_t i : numbers) {
    batch.nodes.push_back(examples.nodes[i]);
    batch.labels.push_back(examples.graph->labels[examples.nodes[i]]);
  }
  if (!examples.graph->uncomposed) return batch;
  Distinct nodes = distinct(batch.nodes);
  batch.graph =
      std::make_shared<const NodeGraph>(neighbourhood(*examples.graph, nodes.values, rng));
  batch.nodes = std::move(nodes.places);
  return batch;
}

std::size_t NodeClassifier::num_nodes(const NodeExamples& examples, std::uint32_t i) const {
  return nodes_read(*examples.graph, examples.nodes[i]);
}

void NodeClassifier::evaluate(const NodeBatch& batch, Evaluation& evaluation) const {
  evaluation.add(probabilities(batch).view(), batch.labels);
}

}  // namespace espalier::models
