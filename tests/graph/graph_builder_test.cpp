#include <espalier/graph/graph_builder.h>

#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include <espalier/base/error.h>

#include "tests/support/errors.h"

namespace espalier {
namespace {

using test::error_of;

TEST(GraphBuilderTest, NumbersNodesInOrder) {
  GraphBuilder builder;
  EXPECT_EQ(builder.add_node(), 0u);
  EXPECT_EQ(builder.add_nodes(3), 1u);
  EXPECT_EQ(builder.add_nodes(0), 4u);
  EXPECT_EQ(builder.add_node(), 4u);
  EXPECT_EQ(builder.num_nodes(), 5u);
  EXPECT_EQ(builder.build().num_nodes(), 5u);
}

TEST(GraphBuilderTest, BuildsTheGraphOfItsEdges) {
  GraphBuilder builder;
  builder.add_nodes(3);
  builder.add_edge(1, 2, 0.5f);
  builder.add_edge(0, 1, 2.0f);
  builder.add_edge(1, 0, 4.0f);
  const Graph graph = builder.build();
  ASSERT_EQ(graph.num_edges(), 3u);
  EXPECT_EQ(graph.edge(0), (Edge{0, 1}));
  EXPECT_EQ(graph.edge(1), (Edge{1, 2}));
  EXPECT_EQ(graph.edge(2), (Edge{1, 0}));
  EXPECT_EQ(graph.weight(0), 2.0f);
  EXPECT_EQ(graph.weight(1), 0.5f);
  EXPECT_EQ(graph.weight(2), 4.0f);
}

TEST(GraphBuilderTest, GoesOnAfterBuilding) {
  GraphBuilder builder;
  builder.add_nodes(2);
  builder.add_edge(0, 1);
  const Graph before = builder.build();
  builder.add_edge(builder.add_node(), 0);
  EXPECT_EQ(before.num_edges(), 1u);
  EXPECT_EQ(builder.build().num_edges(), 2u);
  EXPECT_FALSE(builder.build().has_weights());
}

TEST(GraphBuilderTest, RefusesEndsThatAreNotThereYet) {
  GraphBuilder builder;
  EXPECT_EQ(error_of<GraphError>([&] { builder.add_edge(0, 0); }),
            "edge 0 -> 0: node 0 is out of range, there are no nodes");
  builder.add_nodes(2);
  EXPECT_EQ(error_of<GraphError>([&] { builder.add_edge(1, 2); }),
            "edge 1 -> 2: node 2 is out of range, nodes are 0 .. 1");
  EXPECT_EQ(error_of<GraphError>([&] { builder.add_edge(7, 0, 1.0f); }),
            "edge 7 -> 0: node 7 is out of range, nodes are 0 .. 1");
  EXPECT_EQ(builder.build().num_edges(), 0u);
}

TEST(GraphBuilderTest, RefusesWeightsOnSomeEdgesOnly) {
  GraphBuilder weighted;
  weighted.add_nodes(2);
  weighted.add_edge(0, 1, 1.0f);
  EXPECT_EQ(error_of<GraphError>([&] { weighted.add_edge(1, 0); }),
            "edge 1 -> 0 has no weight; expected one, as edge 0 -> 1 has one");

  GraphBuilder plain;
  plain.add_nodes(2);
  plain.add_edge(0, 1);
  EXPECT_EQ(error_of<GraphError>([&] { plain.add_edge(1, 0, 1.0f); }),
            "edge 1 -> 0 has a weight; expected none, as edge 0 -> 1 has none");
}

TEST(GraphBuilderTest, RefusesWeightsThatAreNotFinite) {
  GraphBuilder builder;
  builder.add_nodes(2);
  EXPECT_EQ(error_of<GraphError>(
                [&] { builder.add_edge(0, 1, -std::numeric_limits<float>::infinity()); }),
            "edge 0 -> 1: weight -inf is not finite");
}

TEST(GraphBuilderTest, RefusesParallelEdgesWhereTheyAreRejected) {
  GraphBuilder builder;
  builder.add_nodes(2);
  builder.add_edge(0, 1);
  builder.add_edge(0, 1);
  EXPECT_EQ(builder.build().num_edges(), 2u);
  EXPECT_EQ(error_of<GraphError>([&] { builder.build(ParallelEdges::kRejected); }),
            "edge 0 -> 1 is given more than once; expected no parallel edges");
}

TEST(GraphBuilderTest, RefusesMoreNodesThanIdsCanNumber) {
  GraphBuilder builder;
  builder.add_nodes(kNoNode);
  EXPECT_EQ(error_of<GraphError>([&] { builder.add_node(); }),
            "4294967296 nodes are more than ids can number; expected at most 4294967295");
  EXPECT_EQ(builder.num_nodes(), kNoNode);
}

}  // namespace
}  // namespace espalier
