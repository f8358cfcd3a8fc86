#pragma once

#include <filesystem>
#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include <espalier/apps/systems/node_sets.h>
#include <espalier/apps/systems/system.h>
#include <espalier/datasets/line_reader.h>
#include <espalier/models/node_classifier.h>

// What is said and drawn of the nodes of a graph, whatever model says it.
namespace espalier::apps {

/// What each meta-path counts: [1, paths], or [nodes, paths] if each node has its own; empty of a
/// model that has none.
using PathWeights = Tensor;

/// A trained model with the graph that it answers from. Of a graph that is not composed
/// (models/node_graph.h) it reads the nodes that it is asked about and their neighbours.
struct NodeModel {
  const models::NodeClassifier& network;
  const std::vector<std::string>& classes;
  const NodeData& data;
  std::function<PathWeights(const models::NodeGraph& graph)> path_weights;
};

/// Answers nodes, the number of one on each line, with a JSON line each: the label, the
/// probabilities of all classes, the weights of meta-paths by name. With `states`, a file, their
/// embeddings are written there as safetensors: "embeddings", a row for each line, and "nodes",
/// their numbers.
/// Throws ParseError, naming the line, at what is no number of a node.
void answer_nodes(const NodeModel& model, datasets::LineReader& lines, std::ostream& out,
                  const std::filesystem::path& states);

/// A way of being neighbours, and what each neighbour counts.
struct NodeAttention {
  std::string name;
  const Adjacency& neighbours;
  Tensor weights;  ///< [edges, heads]; of the heads the mean is drawn.
};

/// A node among the heaviest of its neighbours as SVG, its number read as above.
/// Throws UsageError if it is asked for in another form, ParseError as above.
std::string draw_node(const NodeModel& model, const std::vector<NodeAttention>& ways,
                      const PathWeights& weights, datasets::LineReader& lines,
                      const DrawOptions& options);

/// What meta-paths count as a bar chart in SVG; of a node, whose number is read as above, if each
/// has its own.
std::string draw_path_weights(const NodeModel& model, const PathWeights& weights,
                              datasets::LineReader& lines, const DrawOptions& options);

/// How well the embeddings of a split's nodes tell classes apart, by the protocols of Wang et al.
/// 2019: "knn20_macro_f1" … "knn80_micro_f1" with that part of the nodes known, "kmeans_nmi" and
/// "kmeans_ari". Of more than kMostScored nodes, so many are drawn at random.
training::Metrics embedding_scores(const NodeModel& model, Split split);
inline constexpr std::size_t kMostScored = 10'000;

}  // namespace espalier::apps
