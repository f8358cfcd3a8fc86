#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <espalier/data/labelled_tree.h>
#include <espalier/data/splits.h>
#include <espalier/graph/adjacency.h>
#include <espalier/graph/hetero_graph.h>
#include <espalier/ops/tensor.h>

namespace espalier {

/// What is known of nodes: a row for each of numbers, dense or sparse. Neither: nothing, and every
/// node is told apart by its number alone ("one-hot").
struct FeatureTable {
  Tensor dense;      ///< [nodes, features], or empty.
  Adjacency sparse;  ///< A row for each node, weights being values, 1 without; or empty.

  bool is_one_hot() const { return dense.empty() && sparse.num_columns() == 0; }
};

/// A graph of typed nodes and edges, of which the nodes of one type are to be told apart: some have
/// a class, and are there to learn from, to choose by or to measure with; the others are context.
///
/// A graph of one type of node and one type of edge is one too: a citation network, say.
struct LabelledGraph {
  HeteroGraph graph;
  std::string target;                 ///< The node type that is classified.
  FeatureTable features;              ///< Of its nodes.
  std::vector<std::int32_t> labels;   ///< One for each of its nodes; kNoLabel where there is none.
  std::vector<std::string> classes;   ///< Names of the labels 0, 1, …
  Splits<std::vector<NodeId>> nodes;  ///< Each ascending; no node is in two.

  /// The meta-paths that the data set's authors use, as text (graph/meta_path.h).
  std::vector<std::string> meta_paths;

  NodeId num_targets() const { return graph.node_type(target).count; }
  int num_classes() const { return static_cast<int>(classes.size()); }
};

/// Throws GraphError, naming the place, unless there is a label for each target node, each label is
/// a class or kNoLabel, every node of a split exists, has a label and is in no other, features are
/// none or have a row for each target, and meta-paths fit the graph and go from targets to targets.
void check(const LabelledGraph& data);

}  // namespace espalier
