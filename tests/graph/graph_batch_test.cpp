#include <espalier/graph/graph_batch.h>

#include <vector>

#include <gtest/gtest.h>

#include <espalier/base/error.h>

#include "tests/support/errors.h"

namespace espalier {
namespace {

using test::error_of;

Graph weighted(NodeId num_nodes, const std::vector<Edge>& edges,
               const std::vector<float>& weights) {
  return Graph::from_edges(num_nodes, edges, weights);
}

TEST(GraphBatchTest, PutsGraphsSideBySide) {
  const std::vector<Graph> graphs = {
      Graph::from_edges(3, {{0, 2}, {1, 2}}), Graph::from_edges(1, {{0, 0}}), Graph(),
      Graph::from_edges(2, {}), Graph::from_edges(2, {{1, 0}, {0, 1}})};
  const GraphBatch batch(graphs);
  EXPECT_EQ(batch.num_graphs(), 5u);
  EXPECT_EQ(batch.graph().num_nodes(), 8u);

  EdgeId e = 0;
  for (std::size_t i = 0; i < graphs.size(); ++i) {
    const NodeId first = batch.first_node(i);
    EXPECT_EQ(batch.first_node(i + 1) - first, graphs[i].num_nodes());
    for (EdgeId j = 0; j < graphs[i].num_edges(); ++j) {
      const Edge edge = graphs[i].edge(j);
      EXPECT_EQ(batch.graph().edge(e++), (Edge{first + edge.source, first + edge.target}));
    }
  }
  EXPECT_EQ(batch.graph().num_edges(), e);
}

TEST(GraphBatchTest, KnowsWhereANodeCameFrom) {
  const std::vector<Graph> graphs = {Graph(), Graph::from_edges(2, {}), Graph(),
                                     Graph(), Graph::from_edges(1, {}), Graph()};
  const GraphBatch batch(graphs);
  EXPECT_EQ(batch.graph_of(0), 1u);
  EXPECT_EQ(batch.graph_of(1), 1u);
  EXPECT_EQ(batch.graph_of(2), 4u);
  EXPECT_EQ(batch.first_node(6), 3u);
}

TEST(GraphBatchTest, MayHoldAGraphTwice) {
  const Graph graph = Graph::from_edges(2, {{0, 1}});
  const std::vector<const Graph*> graphs = {&graph, &graph};
  const GraphBatch batch(graphs);
  EXPECT_EQ(batch.graph().edge(0), (Edge{0, 1}));
  EXPECT_EQ(batch.graph().edge(1), (Edge{2, 3}));
}

TEST(GraphBatchTest, MayBeEmpty) {
  const GraphBatch batch{std::vector<Graph>()};
  EXPECT_EQ(batch.num_graphs(), 0u);
  EXPECT_EQ(batch.first_node(0), 0u);
  EXPECT_EQ(batch.graph().num_nodes(), 0u);
}

TEST(GraphBatchTest, KeepsWeights) {
  const std::vector<Graph> graphs = {weighted(2, {{1, 0}, {0, 1}}, {3.0f, 2.0f}),
                                     Graph::from_edges(4, {}),  // No edge, so nothing to weigh.
                                     weighted(1, {{0, 0}}, {5.0f})};
  const GraphBatch batch(graphs);
  ASSERT_TRUE(batch.graph().has_weights());
  EXPECT_EQ(batch.graph().weight(0), 2.0f);
  EXPECT_EQ(batch.graph().weight(1), 3.0f);
  EXPECT_EQ(batch.graph().weight(2), 5.0f);
}

TEST(GraphBatchTest, RefusesWeightsOnSomeGraphsOnly) {
  const Graph with = weighted(1, {{0, 0}}, {5.0f});
  const Graph without = Graph::from_edges(2, {{0, 1}});
  const auto batch = [](const std::vector<Graph>& graphs) {
    return error_of<GraphError>([&] { GraphBatch{graphs}; });
  };
  EXPECT_EQ(batch({Graph(), without, without, with}),
            "graph 3 has weights and graph 1 has none; expected all to have them, or none");
  EXPECT_EQ(batch({with, without}),
            "graph 0 has weights and graph 1 has none; expected all to have them, or none");
}

TEST(GraphBatchTest, RefusesMoreNodesThanIdsCanNumber) {
  const Graph graph = Graph::from_edges(1 << 20, {});
  const std::vector<const Graph*> graphs(1 << 12, &graph);
  EXPECT_EQ(error_of<GraphError>([&] { GraphBatch{graphs}; }),
            "4294967296 nodes are more than ids can number; expected at most 4294967295");
}

}  // namespace
}  // namespace espalier
