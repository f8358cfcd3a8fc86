#include <espalier/graph/graph.h>

#include <cmath>
#include <limits>
#include <random>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <espalier/base/error.h>

#include "tests/support/errors.h"

namespace espalier {
namespace {

using test::error_of;
using Nodes = std::vector<NodeId>;
using Edges = std::vector<EdgeId>;

template <class T>
std::vector<T> list(std::span<const T> items) {
  return {items.begin(), items.end()};
}

TEST(GraphTest, HasNoNodesAtFirst) {
  const Graph graph;
  EXPECT_EQ(graph.num_nodes(), 0u);
  EXPECT_EQ(graph.num_edges(), 0u);
  EXPECT_FALSE(graph.has_weights());
  EXPECT_EQ(list(graph.out_offsets()), Edges{0});
  EXPECT_EQ(list(graph.in_offsets()), Edges{0});
}

TEST(GraphTest, NumbersEdgesBySourceInTheOrderGiven) {
  const Graph graph = Graph::from_edges(5, {{2, 0}, {0, 3}, {2, 2}, {0, 1}, {0, 3}});
  EXPECT_EQ(graph.num_nodes(), 5u);
  EXPECT_EQ(graph.num_edges(), 5u);
  EXPECT_EQ(list(graph.successors(0)), (Nodes{3, 1, 3}));
  EXPECT_EQ(list(graph.successors(1)), Nodes{});
  EXPECT_EQ(list(graph.successors(2)), (Nodes{0, 2}));
  EXPECT_EQ(list(graph.successors(4)), Nodes{});
  EXPECT_EQ(graph.first_out_edge(2), 3u);
  EXPECT_EQ(list(graph.out_offsets()), (Edges{0, 3, 3, 5, 5, 5}));
  EXPECT_EQ(list(graph.targets()), (Nodes{3, 1, 3, 0, 2}));
}

TEST(GraphTest, ListsWhoPointsAtANodeByEdgeId) {
  const Graph graph = Graph::from_edges(5, {{2, 0}, {0, 3}, {2, 3}, {0, 1}, {0, 3}});
  EXPECT_EQ(list(graph.predecessors(3)), (Nodes{0, 0, 2}));
  EXPECT_EQ(list(graph.in_edges(3)), (Edges{0, 2, 4}));
  EXPECT_EQ(list(graph.predecessors(0)), Nodes{2});
  EXPECT_EQ(list(graph.in_edges(0)), Edges{3});
  EXPECT_EQ(list(graph.predecessors(4)), Nodes{});
  EXPECT_EQ(list(graph.in_offsets()), (Edges{0, 1, 2, 2, 5, 5}));
  EXPECT_EQ(list(graph.sources()), (Nodes{2, 0, 0, 0, 2}));
}

TEST(GraphTest, KeepsWeightsWithTheirEdges) {
  const std::vector<Edge> edges = {{1, 0}, {0, 1}, {1, 1}};
  const std::vector<float> weights = {0.5f, -2.0f, 0.0f};
  const Graph graph = Graph::from_edges(2, edges, weights);
  EXPECT_TRUE(graph.has_weights());
  EXPECT_EQ(list(graph.weights()), (std::vector<float>{-2.0f, 0.5f, 0.0f}));
  EXPECT_EQ(graph.weight(0), -2.0f);
  EXPECT_EQ(graph.weight(1), 0.5f);
}

TEST(GraphTest, WeighsEdgesAlikeWithoutWeights) {
  const Graph graph = Graph::from_edges(2, {{0, 1}});
  EXPECT_FALSE(graph.has_weights());
  EXPECT_EQ(graph.weight(0), 1.0f);
  EXPECT_TRUE(graph.weights().empty());
}

TEST(GraphTest, AgreesWithPlainListsOnRandomGraphs) {
  for (unsigned seed = 0; seed < 100; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 rng(seed);
    const auto num_nodes = static_cast<NodeId>(rng() % 20 + 1);
    std::vector<Edge> edges(rng() % 60);
    std::vector<Nodes> successors(num_nodes);
    for (Edge& edge : edges) {
      edge = {static_cast<NodeId>(rng() % num_nodes), static_cast<NodeId>(rng() % num_nodes)};
      successors[edge.source].push_back(edge.target);
    }
    const Graph graph = Graph::from_edges(num_nodes, edges);

    std::vector<Nodes> predecessors(num_nodes);
    std::vector<Edges> in_edges(num_nodes);
    EdgeId e = 0;
    for (NodeId u = 0; u < num_nodes; ++u) {
      EXPECT_EQ(list(graph.successors(u)), successors[u]);
      EXPECT_EQ(graph.first_out_edge(u), e);
      for (const NodeId v : successors[u]) {
        EXPECT_EQ(graph.edge(e), (Edge{u, v}));
        predecessors[v].push_back(u);
        in_edges[v].push_back(e++);
      }
    }
    EXPECT_EQ(graph.num_edges(), e);
    for (NodeId v = 0; v < num_nodes; ++v) {
      EXPECT_EQ(list(graph.predecessors(v)), predecessors[v]);
      EXPECT_EQ(list(graph.in_edges(v)), in_edges[v]);
    }
  }
}

TEST(GraphTest, SharesItsArraysWithCopies) {
  const Graph graph = Graph::from_edges(2, {{0, 1}});
  // NOLINTNEXTLINE(performance-unnecessary-copy-initialization): the copy is what is tested.
  const Graph copy = graph;
  EXPECT_EQ(copy.targets().data(), graph.targets().data());
  EXPECT_EQ(copy.sources().data(), graph.sources().data());
}

TEST(GraphTest, MakesTheReverseForThreadsThatAskAtOnce) {
  constexpr NodeId kNumNodes = 10'000;
  std::vector<Edge> edges;
  for (NodeId v = 1; v < kNumNodes; ++v) edges.push_back({v, v / 2});
  const Graph graph = Graph::from_edges(kNumNodes, edges);
  std::vector<const NodeId*> sources(8);
  std::vector<std::thread> threads;
  for (auto& answer : sources) threads.emplace_back([&] { answer = graph.sources().data(); });
  for (std::thread& thread : threads) thread.join();
  for (const NodeId* answer : sources) EXPECT_EQ(answer, graph.sources().data());
  EXPECT_EQ(list(graph.predecessors(4)), (Nodes{8, 9}));
}

TEST(GraphTest, RefusesEndsThatAreNoNodes) {
  EXPECT_EQ(error_of<GraphError>([] {
              Graph::from_edges(5, {{0, 1}, {4, 9}});
            }),
            "edges[1] = 4 -> 9: node 9 is out of range, nodes are 0 .. 4");
  EXPECT_EQ(error_of<GraphError>([] {
              Graph::from_edges(5, {{5, 1}});
            }),
            "edges[0] = 5 -> 1: node 5 is out of range, nodes are 0 .. 4");
  EXPECT_EQ(error_of<GraphError>([] {
              Graph::from_edges(0, {{0, 0}});
            }),
            "edges[0] = 0 -> 0: node 0 is out of range, there are no nodes");
}

TEST(GraphTest, RefusesWeightsThatDoNotFit) {
  const std::vector<Edge> edges = {{0, 1}, {1, 0}};
  const auto build = [&](const std::vector<float>& weights) {
    return error_of<GraphError>([&] { Graph::from_edges(2, edges, weights); });
  };
  EXPECT_EQ(build({1.0f}), "1 weights are given for 2 edges; expected one for each edge, or none");
  EXPECT_EQ(build({1.0f, 2.0f, 3.0f}),
            "3 weights are given for 2 edges; expected one for each edge, or none");
  EXPECT_EQ(build({1.0f, std::numeric_limits<float>::infinity()}),
            "edges[1] = 1 -> 0: weight inf is not finite");
  EXPECT_EQ(build({std::nanf(""), 1.0f}), "edges[0] = 0 -> 1: weight nan is not finite");
}

TEST(GraphTest, RefusesParallelEdgesWhereTheyAreRejected) {
  const auto build = [](const std::vector<Edge>& edges) {
    return error_of<GraphError>([&] { Graph::from_edges(3, edges, {}, ParallelEdges::kRejected); });
  };
  EXPECT_EQ(build({{0, 1}, {1, 2}, {0, 1}}),
            "edge 0 -> 1 is given more than once; expected no parallel edges");
  EXPECT_EQ(build({{2, 2}, {0, 1}, {2, 2}}),
            "edge 2 -> 2 is given more than once; expected no parallel edges");
  EXPECT_EQ(build({{0, 1}, {1, 0}, {0, 2}, {1, 2}, {0, 0}}), "(nothing was thrown)");
}

}  // namespace
}  // namespace espalier
