#include "benchmarks/support/graph_tasks.h"

#include <utility>

#include <espalier/base/error.h>
#include <espalier/models/graph_attention_network.h>
#include <espalier/models/graph_convolution_network.h>
#include <espalier/models/han.h>

#include "benchmarks/support/han_conv.h"
#include "benchmarks/support/random_graphs.h"

namespace espalier::bench {
namespace {

using models::NodeGraph;

constexpr int kHeads = 8, kWidth = 8, kAttention = 128, kHidden = 16;

Variable dense_features(NodeId nodes, std::size_t features, Rng& rng) {
  return Variable(normal_tensor({nodes, features}, 1.0f, rng));
}

GraphTask with_labels(NodeGraph graph, int num_classes, Rng& rng) {
  GraphTask task;
  for (NodeId v = 0; v < graph.num_nodes(); ++v) {
    graph.labels.push_back(
        static_cast<std::int32_t>(rng.below(static_cast<std::uint64_t>(num_classes))));
    task.batch.nodes.push_back(v);
    task.batch.labels.push_back(graph.labels.back());
  }
  for (std::size_t p = 0; p < graph.neighbours.size(); ++p) graph.names.push_back(message(p));
  task.graph = task.batch.graph = std::make_shared<const NodeGraph>(std::move(graph));
  return task;
}

int num_features(const GraphTask& task) {
  return static_cast<int>(task.graph->features.num_features());
}

double entries_of(const NodeGraph& graph) {
  double sum = 0;
  for (const Adjacency& way : graph.neighbours) sum += static_cast<double>(way.num_edges());
  return sum;
}

// Of attention an entry needs three products of its neighbour's row: the sum, the gradients of the
// coefficient and of the row.
void count_attention(GraphTask& task, double projections, double attention) {
  const double nodes = static_cast<double>(task.graph->num_nodes());
  const double paths = static_cast<double>(task.graph->neighbours.size());
  const double columns = kHeads * kWidth, entries = entries_of(*task.graph);
  task.training_flops = projections * 2 * 2 * nodes * num_features(task) * columns +
                        paths * 3 * 2 * nodes * columns * attention + 3 * 2 * entries * columns;
  task.neighbour_bytes = 2 * entries * columns * sizeof(float);
}

GraphTask han_graph(int num_classes, Rng& rng) {
  constexpr NodeId kTargets = 4000, kDegree = 30;
  NodeGraph graph{dense_features(kTargets, 334, rng), {}, {}, {}};
  for (int p = 0; p < 3; ++p) {
    graph.neighbours.push_back(random_neighbours(kTargets, kDegree, rng));
  }
  return with_labels(std::move(graph), num_classes, rng);
}

GraphTask han(float dropout) {
  Rng rng(1);
  GraphTask task = han_graph(4, rng);
  task.model = std::make_unique<models::HAN>(models::HANOptions{.num_features = num_features(task),
                                                                .num_classes = 4,
                                                                .num_paths = 3,
                                                                .heads = kHeads,
                                                                .head_size = kWidth,
                                                                .attention_size = kAttention,
                                                                .dropout = dropout},
                                             rng);
  count_attention(task, 3, kAttention);
  return task;
}

GraphTask han_conv() {
  Rng rng(1);
  GraphTask task = han_graph(4, rng);
  task.model = std::make_unique<HANConv>(*task.graph, 4, kHeads, kWidth, rng);
  count_attention(task, 1, kHeads * kWidth);
  return task;
}

void prepare_for_convolution(NodeGraph& graph) {
  constexpr auto kFilter = GraphFilter::kFirstOrder;
  graph.convolution = {kFilter, {graph.neighbours[0], kFilter}};
}

GraphTask gcn(GraphTask task, int num_classes, double features_of_a_node, float dropout, Rng& rng) {
  task.model = std::make_unique<models::GraphConvolutionNetwork>(
      models::GraphConvolutionNetworkOptions{.num_features = num_features(task),
                                             .num_classes = num_classes,
                                             .hidden_size = kHidden,
                                             .dropout = dropout,
                                             .l2 = 0.0f},
      rng);
  const double nodes = static_cast<double>(task.graph->num_nodes());
  const double entries = entries_of(*task.graph) + nodes;
  task.training_flops = 2 * 2 * nodes * features_of_a_node * kHidden +
                        3 * 2 * nodes * kHidden * num_classes +
                        2 * 2 * entries * (kHidden + num_classes);
  task.neighbour_bytes = 2 * entries * (kHidden + num_classes) * sizeof(float);
  return task;
}

GraphTask dense_gcn(float dropout) {
  Rng rng(1);
  constexpr NodeId kNodes = 20'000;
  NodeGraph graph{
      dense_features(kNodes, 512, rng), {random_undirected(kNodes, 50'000, rng)}, {}, {}};
  prepare_for_convolution(graph);
  return gcn(with_labels(std::move(graph), 7, rng), 7, 512, dropout, rng);
}

constexpr NodeId kPapers = 2708, kWords = 1433;

// Ready for every model.
GraphTask citations(Rng& rng) {
  const Adjacency words = random_words(kPapers, kWords, 0.0127f, rng);
  NodeGraph graph{NodeFeatures::sparse(words), {random_undirected(kPapers, 5429, rng)}, {}, {}};
  graph.joined = graph.neighbours[0];
  prepare_for_convolution(graph);
  GraphTask task = with_labels(std::move(graph), 7, rng);
  task.words = words;
  return task;
}

GraphTask words_gcn(float dropout) {
  Rng rng(1);
  return gcn(citations(rng), 7, 0.0127 * kWords, dropout, rng);
}

GraphTask gat(float dropout) {
  Rng rng(1);
  GraphTask task = citations(rng);
  task.model = std::make_unique<models::GraphAttentionNetwork>(
      models::GraphAttentionNetworkOptions{.num_features = num_features(task),
                                           .num_classes = 7,
                                           .heads = kHeads,
                                           .head_size = kWidth,
                                           .dropout = dropout},
      rng);
  const double entries = entries_of(*task.graph), columns = kHeads * kWidth;
  task.training_flops = 2 * 2 * kPapers * 0.0127 * kWords * columns +
                        3 * 2 * kPapers * columns * 7 + 3 * 2 * entries * (columns + 7);
  task.neighbour_bytes = 2 * entries * (columns + 7) * sizeof(float);
  return task;
}

}  // namespace

GraphTask make_graph_task(const std::string& name, float dropout) {
  if (name == "han") return han(dropout);
  if (name == "han_conv") return han_conv();
  if (name == "gcn") return dense_gcn(dropout);
  if (name == "gcn_words") return words_gcn(dropout);
  if (name == "gat") return gat(dropout);
  throw OptionError(
      message("no graph task is called ", name, ", expected han, han_conv, gcn, gcn_words or gat"));
}

}  // namespace espalier::bench
