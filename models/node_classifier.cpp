#include <espalier/models/node_classifier.h>

#include <utility>

#include <espalier/base/error.h>
#include <espalier/graph/meta_path.h>
#include <espalier/ops/argmax.h>
#include <espalier/ops/arithmetic.h>
#include <espalier/ops/loss.h>
#include <espalier/ops/training_mode.h>

namespace espalier::models {
namespace {

NodeFeatures features_of(const LabelledGraph& data) {
  const FeatureTable& table = data.features;
  if (table.is_one_hot()) return NodeFeatures::one_hot(data.num_targets());
  if (table.dense.empty()) return NodeFeatures::sparse(table.sparse);
  return Variable(table.dense.alias());
}

// The edge type between target nodes, of a graph without meta-paths.
std::string only_edges(const LabelledGraph& data) {
  std::string found;
  for (const EdgeType& type : data.graph.edge_types()) {
    if (type.source != data.target || type.target != data.target) continue;
    if (!found.empty()) {
      throw GraphError(message("edge types \"", found, "\" and \"", type.name, "\" both connect ",
                               data.target, " nodes; name a meta-path"));
    }
    found = type.name;
  }
  if (found.empty()) {
    throw GraphError(message("no edge type connects ", data.target, " nodes; name a meta-path"));
  }
  return message(data.target, ">(", found, ")", data.target);
}

}  // namespace

NodeGraph prepare(const LabelledGraph& data, const NodeGraphOptions& options) {
  NodeGraph graph{
      .features = features_of(data), .neighbours = {}, .names = {}, .labels = data.labels};
  if (options.normalize_features) graph.features = graph.features.with_normalized_rows();
  graph.names = options.meta_paths.empty() ? data.meta_paths : options.meta_paths;
  if (graph.names.empty()) graph.names = {only_edges(data)};
  for (const std::string& text : graph.names) {
    const MetaPath path(text, data.graph);
    if (path.source() != data.target || path.target() != data.target) {
      throw GraphError(message("meta-path \"", text, "\" is from ", path.source(), " to ",
                               path.target(), ", expected from ", data.target, " to ",
                               data.target));
    }
    graph.neighbours.push_back(
        compose(data.graph, path,
                {.self_loops = options.self_loops ? SelfLoops::kAdded : SelfLoops::kAsFound}));
  }
  return graph;
}

Splits<NodeExamples> node_examples(std::shared_ptr<const NodeGraph> graph,
                                   const LabelledGraph& data) {
  return {.train = {graph, data.nodes.train},
          .dev = {graph, data.nodes.dev},
          .test = {graph, data.nodes.test}};
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
                                     std::span<const std::uint32_t> numbers, Rng&) const {
  NodeBatch batch{.graph = examples.graph, .nodes = {}, .labels = {}};
  for (const std::uint32_t i : numbers) {
    batch.nodes.push_back(examples.nodes[i]);
    batch.labels.push_back(examples.graph->labels[examples.nodes[i]]);
  }
  return batch;
}

void NodeClassifier::evaluate(const NodeBatch& batch, Evaluation& evaluation) const {
  evaluation.add(argmax_rows(probabilities(batch).view()), batch.labels);
}

}  // namespace espalier::models
