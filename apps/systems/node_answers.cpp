#include <espalier/apps/systems/node_answers.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>

#include <espalier/apps/pictures/bar_chart.h>
#include <espalier/apps/pictures/neighbourhood_drawing.h>
#include <espalier/apps/systems/answering.h>
#include <espalier/apps/systems/json.h>
#include <espalier/base/error.h>
#include <espalier/models/node_graph.h>
#include <espalier/ops/argmax.h>
#include <espalier/training/clustering.h>
#include <espalier/training/nearest_neighbours.h>
#include <espalier/training/safetensors.h>

namespace espalier::apps {
namespace {

std::optional<NodeId> read_node(datasets::LineReader& lines, const NodeData& data) {
  const std::optional<std::string_view> line = lines.next();
  if (!line) return std::nullopt;
  const NodeId count = data.labelled->num_targets();
  NodeId node = 0;
  const char* const end = line->data() + line->size();
  const auto [read, error] = std::from_chars(line->data(), end, node);
  if (error == std::errc() && read == end && node < count) return node;
  throw ParseError(lines.where(), message('"', *line, "\", expected the number of a node of type ",
                                          data.labelled->target, ", 0 to ", count - 1));
}

// [nodes, classes] of the first nodes of a graph, which is read whole for however few.
Tensor all_probabilities(const NodeModel& model, const models::NodeGraph& graph,
                         std::size_t num_nodes) {
  const std::shared_ptr<const models::NodeGraph> borrowed(&graph, [](auto*) {});
  models::NodeBatch batch{.graph = borrowed, .nodes = {}, .labels = {}};
  batch.nodes.resize(num_nodes);
  std::iota(batch.nodes.begin(), batch.nodes.end(), NodeId{0});
  return model.network.probabilities(batch);
}

std::span<const float> weights_of(const PathWeights& weights, NodeId node) {
  return weights.row(weights.rows() == 1 ? 0 : node);
}

// What is read of a graph to answer some nodes: all of it, once; or, of one that is not composed,
// these and their neighbours.
class GraphRead {
 public:
  explicit GraphRead(const models::NodeGraph& whole) : whole_(whole) {}

  /// Whether what was read before is another now.
  bool read(std::span<const NodeId> nodes) {
    if (!whole_.uncomposed) return !std::exchange(is_read_, true);
    std::vector<NodeId> once(nodes.begin(), nodes.end());
    std::ranges::sort(once);
    once.erase(std::unique(once.begin(), once.end()), once.end());
    rows_.clear();
    for (const NodeId node : once) rows_.emplace(node, static_cast<NodeId>(rows_.size()));
    Rng unused(0);  // All neighbours are read.
    part_ = std::make_shared<const models::NodeGraph>(models::neighbourhood(whole_, once, unused));
    return true;
  }

  /// Where a node that was read is.
  NodeId row(NodeId node) const { return part_ ? rows_.at(node) : node; }
  /// How many nodes may be answered.
  std::size_t num_rows() const { return part_ ? rows_.size() : whole_.num_nodes(); }
  const models::NodeGraph& graph() const { return part_ ? *part_ : whole_; }

 private:
  const models::NodeGraph& whole_;
  bool is_read_ = false;
  std::shared_ptr<const models::NodeGraph> part_;
  std::map<NodeId, NodeId> rows_;
};

// A row for each node.
Tensor embeddings_of(const NodeModel& model, std::span<const NodeId> nodes) {
  constexpr std::size_t kTogether = 4096;
  GraphRead read(*model.data.graph);
  Tensor all, rows;
  for (std::size_t begin = 0; begin < nodes.size(); begin += kTogether) {
    const auto some = nodes.subspan(begin, std::min(kTogether, nodes.size() - begin));
    if (read.read(some)) all = model.network.embeddings(read.graph());
    if (rows.empty()) rows = Tensor::zeros({nodes.size(), all.cols()});
    for (std::size_t i = 0; i < some.size(); ++i) {
      std::ranges::copy(all.row(read.row(some[i])), rows.row(begin + i).begin());
    }
  }
  return rows;
}

void write_states(const NodeModel& model, const std::vector<NodeId>& nodes,
                  const std::filesystem::path& file) {
  const Tensor rows = embeddings_of(model, nodes);
  const std::vector<std::uint64_t> numbers(nodes.begin(), nodes.end());
  training::write_safetensors(
      file, training::SafetensorsView{.tensors = {{"embeddings", &rows}},
                                      .integers = {{"nodes", numbers}},
                                      .metadata = {{"node_type", model.data.labelled->target}}});
}

// The mean over heads of what edge `e` counts.
float weight_of(const Tensor& weights, EdgeId e) {
  const auto heads = weights.row(e);
  return std::accumulate(heads.begin(), heads.end(), 0.0f) / static_cast<float>(heads.size());
}

DrawnPath drawn_path(const NodeAttention& way, NodeId node, float weight,
                     std::span<const std::int32_t> labels, std::size_t most) {
  const EdgeId begin = way.neighbours.offsets()[node];
  const auto neighbours = way.neighbours.of(node);
  DrawnPath path{
      .name = way.name, .weight = weight, .heaviest = {}, .num_neighbours = neighbours.size()};
  for (std::size_t i = 0; i < neighbours.size(); ++i) {
    const NodeId v = neighbours[i];
    path.heaviest.push_back({message(v), static_cast<std::size_t>(labels[v]),
                             weight_of(way.weights, begin + i), v == node});
  }
  std::ranges::stable_sort(path.heaviest, std::greater(), &DrawnNeighbour::weight);
  path.heaviest.resize(std::min(most, path.heaviest.size()));
  return path;
}

}  // namespace

void answer_nodes(const NodeModel& model, datasets::LineReader& lines, std::ostream& out,
                  const std::filesystem::path& states) {
  GraphRead read(*model.data.graph);
  Tensor probabilities;
  PathWeights weights;
  std::vector<std::int32_t> labels;
  std::vector<NodeId> all;
  answer_in_batches<NodeId>(
      [&] { return read_node(lines, model.data); },
      [&](const std::vector<NodeId>& nodes) {
        if (read.read(nodes)) {
          probabilities = all_probabilities(model, read.graph(), read.num_rows());
          weights = model.path_weights(read.graph());
          const auto best = argmax_rows(probabilities.view());
          labels.assign(best.begin(), best.end());
        }
        for (const NodeId node : nodes) {
          const NodeId row = read.row(node);
          FloatJson answer = {{"node", node},
                              {"label", model.classes[static_cast<std::size_t>(labels[row])]},
                              {"probabilities", probabilities.row(row)}};
          for (std::size_t p = 0; p < weights.cols(); ++p) {
            answer["paths"][model.data.graph->names[p]] = weights_of(weights, row)[p];
          }
          out << answer.dump() << '\n';
        }
        check_written(out);
        all.insert(all.end(), nodes.begin(), nodes.end());
      });
  if (!states.empty()) write_states(model, all, states);
}

std::string draw_node(const NodeModel& model, const std::vector<NodeAttention>& ways,
                      const PathWeights& weights, datasets::LineReader& lines,
                      const DrawOptions& options) {
  if (options.dot) throw UsageError("--dot is for trees; a neighbourhood is drawn as SVG");
  const NodeId node =
      example_at<NodeId>(lines, options.line, [&] { return read_node(lines, model.data); });
  const Tensor probabilities =
      all_probabilities(model, *model.data.graph, model.data.graph->num_nodes());
  const auto labels = argmax_rows(probabilities.view());
  const auto label = static_cast<std::size_t>(labels[node]);
  DrawnNeighbourhood drawn{.name = message(model.data.labelled->target, ' ', node),
                           .label = label,
                           .probability = probabilities.at(node, label),
                           .paths = {}};
  const std::size_t most = options.nodes > 0 ? options.nodes : DrawOptions::kNeighbours;
  for (std::size_t p = 0; p < ways.size(); ++p) {
    const float weight = weights.empty() ? 1.0f : weights_of(weights, node)[p];
    drawn.paths.push_back(drawn_path(ways[p], node, weight, labels, most));
  }
  return draw_neighbourhood(drawn, model.classes);
}

std::string draw_path_weights(const NodeModel& model, const PathWeights& weights,
                              datasets::LineReader& lines, const DrawOptions& options) {
  if (options.dot) throw UsageError("--dot is for trees; weights of meta-paths are drawn as SVG");
  if (options.nodes > 0)
    throw UsageError("--nodes does nothing with --paths, which draws no nodes");
  NodeId node = 0;
  std::string title = "What each meta-path counts";
  if (weights.rows() > 1) {
    node = example_at<NodeId>(lines, options.line, [&] { return read_node(lines, model.data); });
    title += message(" to ", model.data.labelled->target, ' ', node);
  }
  std::vector<Bar> bars;
  for (std::size_t p = 0; p < weights.cols(); ++p) {
    bars.push_back({model.data.graph->names[p], weights_of(weights, node)[p]});
  }
  return draw_bars(bars, title);
}

training::Metrics embedding_scores(const NodeModel& model, Split split) {
  const auto of_split = model.data.of(split).nodes;
  std::vector<NodeId> nodes(of_split.begin(), of_split.end());
  if (nodes.size() > kMostScored) {
    Rng rng(1);
    rng.shuffle(std::span(nodes));
    nodes.resize(kMostScored);
    std::ranges::sort(nodes);
  }
  const Tensor embeddings = embeddings_of(model, nodes);
  std::vector<std::int32_t> labels;
  for (const NodeId node : nodes) labels.push_back(model.data.graph->labels[node]);
  training::Metrics metrics;
  for (const int percent : {20, 40, 60, 80}) {
    const training::NeighbourScores scores =
        training::neighbour_scores(embeddings, labels, {.known_part = percent / 100.0});
    metrics[message("knn", percent, "_macro_f1")] = scores.macro_f1;
    metrics[message("knn", percent, "_micro_f1")] = scores.micro_f1;
  }
  const training::ClusteringScores clusters = training::clustering_scores(embeddings, labels);
  metrics["kmeans_nmi"] = clusters.nmi;
  metrics["kmeans_ari"] = clusters.ari;
  return metrics;
}

}  // namespace espalier::apps
