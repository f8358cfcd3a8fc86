#pragma once

#include <memory>
#include <string>
#include <vector>

#include <espalier/apps/systems/data_set.h>
#include <espalier/base/options.h>
#include <espalier/data/labelled_graph.h>
#include <espalier/models/node_classifier.h>

// Graphs of which nodes are the examples.
namespace espalier::apps {

/// A graph as models take it, and its nodes by split.
struct NodeData : Splits<models::NodeExamples> {
  std::shared_ptr<const LabelledGraph> labelled;  ///< Keeps the nodes of the splits.
  std::shared_ptr<const models::NodeGraph> graph;
  std::vector<std::string> classes;

  int num_classes() const { return static_cast<int>(classes.size()); }
  int num_features() const { return static_cast<int>(graph->features.num_features()); }
  int num_paths() const { return static_cast<int>(graph->names.size()); }
};

struct NodeTraits {
  std::shared_ptr<const NodeData> data = {};  ///< That answers are read from.
};

using NodeSet = DataSet<NodeData, NodeTraits>;

/// All data sets of nodes, of which graphs are prepared as `model` says where no option does.
std::vector<NodeSet> node_data_sets(const models::NodeGraphOptions& model);

/// Meta-paths as an option has them, separated by commas; none if it is empty.
/// Throws UsageError at one that is empty or is there twice.
std::vector<std::string> meta_paths_of(const std::string& text);

}  // namespace espalier::apps
