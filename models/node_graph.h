#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <espalier/data/labelled_graph.h>
#include <espalier/graph/meta_path.h>
#include <espalier/layers/graph_convolution.h>
#include <espalier/layers/node_features.h>
#include <espalier/ops/random.h>

namespace espalier::models {

/// Meta-paths whose composition is too large to be made for all nodes: neighbours are looked up for
/// some nodes at a time.
struct UncomposedPaths {
  HeteroGraph graph;
  std::vector<MetaPath> paths;
  SelfLoops self_loops = SelfLoops::kAdded;
  NodeId sampled_neighbours = 0;               ///< Of a node and path, in training; > 0.
  std::vector<std::vector<double>> num_paths;  ///< count_paths() of each.
};

/// What convolutions multiply with, of all ways of being neighbours together.
struct NodeConvolution {
  GraphFilter filter;
  GraphOperator matrix;
};

/// A graph as classifiers of its nodes take it: its features, and for each way of being neighbours
/// (a meta-path, or the edges of a graph of one kind) who is whose.
struct NodeGraph {
  NodeFeatures features;
  /// Of each way: a column for each node, and a row for each of the first nodes, whose neighbours
  /// are known. These are all, but for a neighbourhood(), where they are the batch's.
  std::vector<Adjacency> neighbours;
  std::vector<std::string> names;  ///< Of the ways.
  std::vector<std::int32_t> labels;
  /// Where there is one, there are no neighbours yet: neighbourhood() looks them up.
  std::shared_ptr<const UncomposedPaths> uncomposed = {};

  // If they were asked for.
  std::optional<Adjacency> joined = {};  ///< All ways together, each pair once.
  std::optional<NodeConvolution> convolution = {};

  std::string fingerprint = {};  ///< Of all that (data/fingerprint.h); empty if nobody took it.

  std::size_t num_nodes() const { return features.num_nodes(); }
};

/// Composes the meta-paths, by default those that the data set names; with none at all, the one
/// edge type between target nodes is taken as it is. `self_loops` makes every node its own
/// neighbour. Features of which rows are normalised sum to 1. `joined`: all ways are joined, too;
/// with a `filter` there is a convolution, over the undirected graph of all ways together, in
/// either direction, in which no node is its own neighbour (filters add self loops).
///
/// With `sampled_neighbours` nothing is composed, and memory grows with the graph and the batch
/// alone: a training batch reads so many neighbours of a node and path, drawn anew each time
/// (data/sampled_neighbours.h), an evaluated one all neighbours of its nodes. For models that read
/// nodes and their neighbours, as HAN does; not for those that read the graph whole, joined or by a
/// filter. 0: composed, and all neighbours always.
struct NodeGraphOptions {
  std::vector<std::string> meta_paths = {};
  bool self_loops = true;
  bool normalize_features = false;
  int sampled_neighbours = 0;  ///< >= 0.
  EdgeId max_edges = CompositionOptions().max_edges;
  bool joined = false;
  std::optional<GraphFilter> filter = {};
};

/// Throws GraphError as MetaPath and compose() do, the latter at more than `max_edges` neighbours
/// along a path; OptionError if an option is out of range.
NodeGraph prepare(const LabelledGraph& data, const NodeGraphOptions& options = {});

/// Some nodes of a graph that is uncomposed, and their neighbours: node i is nodes[i], the
/// neighbours that are none of these follow, and there are features and labels of these alone.
/// While this thread is training, neighbours are sampled and draw from `rng`; else all are there.
/// Throws GraphError if a node is out of range, or given twice, or the graph composed.
NodeGraph neighbourhood(const NodeGraph& graph, std::span<const NodeId> nodes, Rng& rng);

/// How many nodes are read for one: itself, and if the graph is uncomposed, as many as
/// neighbourhood() may find at most.
std::size_t nodes_read(const NodeGraph& graph, NodeId node);

}  // namespace espalier::models
