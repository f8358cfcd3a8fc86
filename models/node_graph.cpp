#include <espalier/models/node_graph.h>

#include <algorithm>
#include <array>
#include <utility>

#include <espalier/base/error.h>
#include <espalier/data/fingerprint.h>
#include <espalier/data/sampled_neighbours.h>
#include <espalier/graph/adjacency_union.h>
#include <espalier/ops/distinct.h>
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

std::vector<MetaPath> parsed(const LabelledGraph& data, const std::vector<std::string>& texts) {
  std::vector<MetaPath> paths;
  for (const std::string& text : texts) {
    const MetaPath& path = paths.emplace_back(text, data.graph);
    if (path.source() != data.target || path.target() != data.target) {
      throw GraphError(message("meta-path \"", text, "\" is from ", path.source(), " to ",
                               path.target(), ", expected from ", data.target, " to ",
                               data.target));
    }
  }
  return paths;
}

std::shared_ptr<const UncomposedPaths> uncomposed(const HeteroGraph& graph,
                                                  std::vector<MetaPath> paths, SelfLoops loops,
                                                  int sampled_neighbours) {
  UncomposedPaths result{.graph = graph,
                         .paths = std::move(paths),
                         .self_loops = loops,
                         .sampled_neighbours = static_cast<NodeId>(sampled_neighbours),
                         .num_paths = {}};
  for (const MetaPath& path : result.paths) {
    result.num_paths.push_back(count_paths(result.graph, path));
  }
  return std::make_shared<const UncomposedPaths>(std::move(result));
}

// The neighbours of some nodes along a path, as nodes of the whole graph.
Adjacency look_up(const UncomposedPaths& from, const MetaPath& path, std::span<const NodeId> nodes,
                  Rng& rng) {
  if (!is_training()) {
    return compose(from.graph, path, nodes, {.self_loops = from.self_loops});
  }
  return sample_neighbours(
      from.graph, path, nodes,
      {.max_neighbours = from.sampled_neighbours, .self_loops = from.self_loops}, rng);
}

Adjacency transposed(const Adjacency& a) {
  return {a.num_rows(),
          {a.column_offsets().begin(), a.column_offsets().end()},
          {a.rows().begin(), a.rows().end()}};
}

// What convolutions read: filters add their own self loops.
Adjacency undirected(std::span<const Adjacency> ways) {
  const Adjacency one_way = united(ways, SelfLoops::kRemoved);
  return united(std::array{one_way, transposed(one_way)});
}

void add(Fingerprint& fingerprint, const Adjacency& adjacency) {
  fingerprint.add(std::uint64_t{adjacency.num_columns()});
  fingerprint.add(adjacency.offsets());
  fingerprint.add(adjacency.columns());
  fingerprint.add(adjacency.weights());
}

std::string fingerprint_of(const LabelledGraph& data, const NodeGraph& graph,
                           const NodeGraphOptions& options) {
  Fingerprint fingerprint;
  fingerprint.add(data.features.dense.flat());
  add(fingerprint, data.features.sparse);
  fingerprint.add(std::uint64_t{options.normalize_features});
  for (const Adjacency& way : graph.neighbours) add(fingerprint, way);
  if (graph.uncomposed) {
    fingerprint.add(graph.names);
    fingerprint.add(std::uint64_t{options.self_loops});
    for (const EdgeType& type : data.graph.edge_types()) add(fingerprint, type.edges);
  }
  fingerprint.add(data.labels);
  return fingerprint.text();
}

}  // namespace

NodeGraph prepare(const LabelledGraph& data, const NodeGraphOptions& options) {
  if (options.sampled_neighbours < 0) {
    throw OptionError(
        message("sampled_neighbours is ", options.sampled_neighbours, ", expected 0 or more"));
  }
  if (options.sampled_neighbours > 0 && (options.joined || options.filter)) {
    throw OptionError(message("sampled_neighbours is ", options.sampled_neighbours,
                              ", expected 0 of a graph that is read whole, joined or by a filter"));
  }
  NodeGraph graph{
      .features = features_of(data), .neighbours = {}, .names = {}, .labels = data.labels};
  if (options.normalize_features) graph.features = graph.features.with_normalized_rows();
  graph.names = options.meta_paths.empty() ? data.meta_paths : options.meta_paths;
  if (graph.names.empty()) graph.names = {only_edges(data)};
  std::vector<MetaPath> paths = parsed(data, graph.names);
  const SelfLoops loops = options.self_loops ? SelfLoops::kAdded : SelfLoops::kAsFound;
  if (options.sampled_neighbours > 0) {
    graph.uncomposed = uncomposed(data.graph, std::move(paths), loops, options.sampled_neighbours);
    graph.fingerprint = fingerprint_of(data, graph, options);
    return graph;
  }
  for (const MetaPath& path : paths) {
    graph.neighbours.push_back(
        compose(data.graph, path, {.self_loops = loops, .max_edges = options.max_edges}));
  }
  if (options.joined) graph.joined = united(graph.neighbours);
  if (options.filter) {
    graph.convolution = {*options.filter, {undirected(graph.neighbours), *options.filter}};
  }
  graph.fingerprint = fingerprint_of(data, graph, options);
  return graph;
}

NodeGraph neighbourhood(const NodeGraph& graph, std::span<const NodeId> nodes, Rng& rng) {
  if (!graph.uncomposed) {
    throw GraphError("a neighbourhood is of a graph prepared with sampled_neighbours > 0");
  }
  std::vector<Adjacency> found;
  std::vector<NodeId> all(nodes.begin(), nodes.end());  // Then the neighbours, path by path.
  for (const MetaPath& path : graph.uncomposed->paths) {
    const Adjacency& rows = found.emplace_back(look_up(*graph.uncomposed, path, nodes, rng));
    all.insert(all.end(), rows.columns().begin(), rows.columns().end());
  }
  const Distinct kept = distinct(all);
  if (!std::ranges::equal(
          nodes, std::span(kept.values).first(std::min(nodes.size(), kept.values.size())))) {
    throw GraphError("a neighbourhood of a node that is given twice, expected each once");
  }
  NodeGraph result{.features = graph.features.of(kept.values),
                   .neighbours = {},
                   .names = graph.names,
                   .labels = {}};
  for (const NodeId node : kept.values) result.labels.push_back(graph.labels[node]);
  auto place = kept.places.begin() + static_cast<std::ptrdiff_t>(nodes.size());
  for (const Adjacency& rows : found) {
    const auto end = place + static_cast<std::ptrdiff_t>(rows.num_edges());
    result.neighbours.emplace_back(
        static_cast<NodeId>(kept.values.size()),
        std::vector<EdgeId>(rows.offsets().begin(), rows.offsets().end()),
        std::vector<NodeId>(place, end));
    place = end;
  }
  return result;
}

std::size_t nodes_read(const NodeGraph& graph, NodeId node) {
  if (!graph.uncomposed) return 1;
  const UncomposedPaths& from = *graph.uncomposed;
  const double most = is_training() ? static_cast<double>(from.sampled_neighbours)
                                    : static_cast<double>(graph.num_nodes());
  double nodes = 1.0;
  for (const std::vector<double>& num_paths : from.num_paths) {
    nodes += std::min(num_paths[node], most);
  }
  return static_cast<std::size_t>(nodes);
}

}  // namespace espalier::models
