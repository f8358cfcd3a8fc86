#pragma once

#include <memory>
#include <string>

#include <espalier/models/node_classifier.h>

namespace espalier::bench {

/// A classifier of nodes and the whole graph that it learns from at once, at the sizes that the
/// peers in benchmarks/peers have too.
struct GraphTask {
  std::shared_ptr<const models::NodeGraph> graph;
  std::unique_ptr<models::NodeClassifier> model;
  Adjacency words;             ///< The features, if they are sparse.
  models::NodeBatch batch;     ///< Every node, each with a label.
  double training_flops = 0;   ///< What the equations need, forward and backward.
  double neighbour_bytes = 0;  ///< Rows of neighbours that a step reads, forward and backward.
};

/// By name, `dropout` where the model has some:
///
/// - "han": Wang et al. 2019, 4,000 targets, 3 meta-paths of mean degree 30, 334 features, 8 heads
///   of 8, 128 units of semantic attention, a projection for each path;
/// - "han_conv": the same as PyTorch Geometric's HANConv is it (han_conv.h);
/// - "gcn": Kipf and Welling 2017, 20,000 nodes of mean degree 5, 512 dense features, 16 units;
/// - "gcn_words": the same with the shape of Cora: 2,708 nodes, 5,429 edges, 1,433 words of which a
///   node has 1.27 %;
/// - "gat": Velickovic et al. 2018 on the latter, 8 heads of 8.
///
/// Throws OptionError if there is no such task.
GraphTask make_graph_task(const std::string& name, float dropout);

}  // namespace espalier::bench
