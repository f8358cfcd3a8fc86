#include <espalier/graph/boost_graph.h>

#include <algorithm>
#include <iterator>
#include <random>
#include <sstream>
#include <vector>

#include <gtest/gtest.h>
#include <boost/graph/breadth_first_search.hpp>
#include <boost/graph/connected_components.hpp>
#include <boost/graph/dijkstra_shortest_paths.hpp>
#include <boost/graph/graph_concepts.hpp>
#include <boost/graph/graphviz.hpp>
#include <boost/graph/reverse_graph.hpp>
#include <boost/graph/strong_components.hpp>
#include <boost/graph/topological_sort.hpp>

#include <espalier/graph/graph.h>

namespace espalier {
namespace {

BOOST_CONCEPT_ASSERT((boost::VertexListGraphConcept<Graph>));
BOOST_CONCEPT_ASSERT((boost::EdgeListGraphConcept<Graph>));
BOOST_CONCEPT_ASSERT((boost::VertexAndEdgeListGraphConcept<Graph>));
BOOST_CONCEPT_ASSERT((boost::IncidenceGraphConcept<Graph>));
BOOST_CONCEPT_ASSERT((boost::AdjacencyGraphConcept<Graph>));
BOOST_CONCEPT_ASSERT((boost::BidirectionalGraphConcept<Graph>));
BOOST_CONCEPT_ASSERT((boost::ReadablePropertyGraphConcept<Graph, NodeId, boost::vertex_index_t>));
BOOST_CONCEPT_ASSERT(
    (boost::ReadablePropertyGraphConcept<Graph, boost_graph::EdgeDescriptor, boost::edge_index_t>));
BOOST_CONCEPT_ASSERT((
    boost::ReadablePropertyGraphConcept<Graph, boost_graph::EdgeDescriptor, boost::edge_weight_t>));

using Nodes = std::vector<NodeId>;

// 0 -> 2, 1 -> 2, 2 -> 3, and the cycle 3 -> 4 -> 3; 5 is alone.
Graph example() {
  const std::vector<Edge> edges = {{0, 2}, {4, 3}, {1, 2}, {2, 3}, {3, 4}};
  const std::vector<float> weights = {1.0f, 2.0f, 4.0f, 8.0f, 16.0f};
  return Graph::from_edges(6, edges, weights);
}

template <class Iterator>
auto list(const std::pair<Iterator, Iterator>& range) {
  std::vector<typename std::iterator_traits<Iterator>::value_type> items;
  for (auto i = range.first; i != range.second; ++i) items.push_back(*i);
  return items;
}

TEST(BoostGraphTest, ListsWhatTheGraphLists) {
  for (unsigned seed = 0; seed < 50; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 rng(seed);
    const auto num_nodes = static_cast<NodeId>(rng() % 10 + 1);
    std::vector<Edge> given(rng() % 15);
    for (Edge& edge : given) {
      edge = {static_cast<NodeId>(rng() % num_nodes), static_cast<NodeId>(rng() % num_nodes)};
    }
    const Graph graph = Graph::from_edges(num_nodes, given);

    EXPECT_EQ(num_vertices(graph), num_nodes);
    EXPECT_EQ(list(vertices(graph)).size(), num_nodes);
    EXPECT_EQ(num_edges(graph), given.size());
    const auto all = list(edges(graph));
    ASSERT_EQ(all.size(), given.size());
    for (EdgeId e = 0; e < all.size(); ++e) {
      EXPECT_EQ(all[e].id, e);
      EXPECT_EQ((Edge{source(all[e], graph), target(all[e], graph)}), graph.edge(e));
    }
    for (const NodeId v : list(vertices(graph))) {
      std::vector<boost_graph::EdgeDescriptor> out, in;
      std::ranges::copy_if(all, std::back_inserter(out), [&](auto e) { return e.source == v; });
      std::ranges::copy_if(all, std::back_inserter(in), [&](auto e) { return e.target == v; });
      EXPECT_EQ(list(out_edges(v, graph)), out);
      EXPECT_EQ(list(in_edges(v, graph)), in);
      EXPECT_EQ(out_degree(v, graph), out.size());
      EXPECT_EQ(in_degree(v, graph), in.size());
      EXPECT_EQ(degree(v, graph), out.size() + in.size());
      EXPECT_TRUE(std::ranges::equal(list(adjacent_vertices(v, graph)), graph.successors(v)));
    }
  }
}

TEST(BoostGraphTest, HasIndicesAndWeights) {
  const Graph graph = example();
  for (const auto& e : list(edges(graph))) {
    EXPECT_EQ(get(boost::edge_index, graph, e), e.id);
    EXPECT_EQ(get(get(boost::edge_index, graph), e), e.id);
    EXPECT_EQ(get(boost::edge_weight, graph, e), graph.weight(e.id));
    EXPECT_EQ(get(get(boost::edge_weight, graph), e), graph.weight(e.id));
  }
  EXPECT_EQ(get(boost::vertex_index, graph, 3), 3u);
  EXPECT_EQ(get(get(boost::vertex_index, graph), NodeId{3}), 3u);
  const Graph plain = Graph::from_edges(2, {{0, 1}});
  EXPECT_EQ(get(get(boost::edge_weight, plain), *edges(plain).first), 1.0f);
}

TEST(BoostGraphTest, SortsTopologically) {
  const Graph graph = Graph::from_edges(5, {{3, 1}, {1, 0}, {0, 4}, {4, 2}});
  Nodes order;
  boost::topological_sort(graph, std::back_inserter(order));
  EXPECT_EQ(order, (Nodes{2, 4, 0, 1, 3}));
  const Graph cyclic = example();
  EXPECT_THROW(boost::topological_sort(cyclic, std::back_inserter(order)), boost::not_a_dag);
}

TEST(BoostGraphTest, IsSearchedBreadthFirst) {
  const Graph graph = example();
  std::vector<int> distance(graph.num_nodes(), -1);
  distance[0] = 0;
  boost::breadth_first_search(graph, NodeId{0},
                              boost::visitor(boost::make_bfs_visitor(boost::record_distances(
                                  distance.data(), boost::on_tree_edge()))));
  EXPECT_EQ(distance, (std::vector<int>{0, -1, 1, 2, 3, -1}));
}

TEST(BoostGraphTest, IsSearchedBackwards) {
  const Graph graph = example();
  const auto reversed = boost::make_reverse_graph(graph);
  std::vector<int> distance(graph.num_nodes(), -1);
  distance[2] = 0;
  boost::breadth_first_search(reversed, NodeId{2},
                              boost::visitor(boost::make_bfs_visitor(boost::record_distances(
                                  distance.data(), boost::on_tree_edge()))));
  EXPECT_EQ(distance, (std::vector<int>{1, 1, 0, -1, -1, -1}));
}

TEST(BoostGraphTest, FallsIntoStrongComponents) {
  const Graph graph = example();
  std::vector<int> component(graph.num_nodes());
  const auto index = get(boost::vertex_index, graph);
  EXPECT_EQ(
      boost::strong_components(graph, boost::make_iterator_property_map(component.begin(), index)),
      5);
  EXPECT_EQ(component[3], component[4]);
  EXPECT_NE(component[2], component[3]);
}

// Boost's algorithm is for undirected graphs, which is what edges in both directions are.
TEST(BoostGraphTest, FallsIntoComponents) {
  const Graph graph = Graph::from_edges(5, {{0, 3}, {3, 0}, {1, 4}, {4, 1}});
  std::vector<int> component(graph.num_nodes());
  EXPECT_EQ(boost::connected_components(graph, component.data()), 3);
  EXPECT_EQ(component, (std::vector<int>{0, 1, 2, 0, 1}));
}

TEST(BoostGraphTest, HasShortestPathsByWeight) {
  const Graph graph = example();
  std::vector<float> distance(graph.num_nodes());
  boost::dijkstra_shortest_paths(graph, NodeId{1},
                                 boost::distance_map(boost::make_iterator_property_map(
                                     distance.begin(), get(boost::vertex_index, graph))));
  EXPECT_EQ(distance[2], 4.0f);
  EXPECT_EQ(distance[3], 12.0f);
  EXPECT_EQ(distance[4], 28.0f);
}

TEST(BoostGraphTest, IsWrittenAsGraphviz) {
  std::ostringstream out;
  boost::write_graphviz(out, Graph::from_edges(2, {{1, 0}}));
  EXPECT_EQ(out.str(), "digraph G {\n0;\n1;\n1->0 ;\n}\n");
}

}  // namespace
}  // namespace espalier
