#include <espalier/graph/meta_path.h>

#include <map>
#include <numeric>
#include <random>
#include <vector>

#include <gtest/gtest.h>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/breadth_first_search.hpp>

#include <espalier/base/error.h>

#include "tests/support/errors.h"

namespace espalier {
namespace {

using test::error_of;
using Nodes = std::vector<NodeId>;

std::vector<Edge> random_edges(NodeId sources, NodeId targets, std::size_t count,
                               std::mt19937& random) {
  std::vector<Edge> edges;
  for (std::size_t i = 0; i < count && sources > 0 && targets > 0; ++i) {
    edges.push_back(
        {static_cast<NodeId>(random() % sources), static_cast<NodeId>(random() % targets)});
  }
  return edges;
}

HeteroGraph random_graph(NodeId papers, NodeId authors, NodeId venues, std::mt19937& random) {
  const auto edges = [&](NodeId sources, NodeId targets, std::size_t count) {
    return Adjacency::from_edges(sources, targets, random_edges(sources, targets, count, random));
  };
  return HeteroGraph({{"paper", papers}, {"author", authors}, {"venue", venues}},
                     {{"by", "paper", "author", edges(papers, authors, papers * 2)},
                      {"in", "paper", "venue", edges(papers, venues, papers)},
                      {"cites", "paper", "paper", edges(papers, papers, papers)}});
}

// Along how many paths each node is reached, by walking every one of them.
void walk(const HeteroGraph& graph, const MetaPath& path, std::size_t step, NodeId node,
          std::map<NodeId, float>& reached) {
  if (step == path.steps().size()) {
    reached[node] += 1.0f;
    return;
  }
  const auto& [type, backwards] = path.steps()[step];
  const Adjacency& edges = graph.edge_types()[type].edges;
  for (NodeId row = 0; row < edges.num_rows(); ++row) {
    for (const NodeId column : edges.of(row)) {
      if ((backwards ? column : row) != node) continue;
      walk(graph, path, step + 1, backwards ? row : column, reached);
    }
  }
}

const char* const kPaths[] = {
    "paper>author>paper",  "author>paper>venue>paper>author",  "paper>paper",
    "paper>(~cites)paper", "paper>(cites)paper>(~cites)paper", "venue>paper>author"};

TEST(MetaPathTest, CompositionIsWhatWalkingEveryPathGives) {
  std::mt19937 random(1);
  for (const auto& [papers, authors, venues] :
       {std::array<NodeId, 3>{12, 7, 3}, {1, 1, 1}, {30, 4, 2}, {5, 0, 3}, {0, 4, 2}}) {
    const HeteroGraph graph = random_graph(papers, authors, venues, random);
    for (const char* const text : kPaths) {
      SCOPED_TRACE(message(text, ", ", papers, " papers"));
      const MetaPath path(text, graph);
      const Adjacency composed = compose(graph, path, {.count_paths = true});
      const Adjacency plain = compose(graph, path);
      EXPECT_FALSE(plain.has_weights());
      ASSERT_EQ(composed.num_rows(), graph.node_type(path.source()).count);
      ASSERT_EQ(composed.num_columns(), graph.node_type(path.target()).count);
      double num_paths = 0.0;
      const std::vector<double> paths_of = count_paths(graph, path);
      ASSERT_EQ(paths_of.size(), composed.num_rows());
      for (NodeId source = 0; source < composed.num_rows(); ++source) {
        std::map<NodeId, float> expected;
        walk(graph, path, 0, source, expected);
        std::map<NodeId, float> actual;
        for (EdgeId e = composed.offsets()[source]; e < composed.offsets()[source + 1]; ++e) {
          actual[composed.columns()[e]] = composed.weights()[e];
          num_paths += static_cast<double>(composed.weights()[e]);
        }
        EXPECT_EQ(actual, expected);
        const auto row = composed.weights().subspan(composed.offsets()[source], actual.size());
        EXPECT_EQ(paths_of[source], std::accumulate(row.begin(), row.end(), 0.0));
        EXPECT_TRUE(std::ranges::is_sorted(composed.of(source)));
        EXPECT_TRUE(std::ranges::equal(plain.of(source), composed.of(source)));
      }
      const SizeEstimate size = estimate_size(graph, path);
      EXPECT_EQ(size.paths, num_paths);
      EXPECT_EQ(size.edges, static_cast<double>(composed.num_edges()));  // All rows are sampled.
    }
  }
}

// The typed graph unrolled: a layer of nodes for each step. What Boost's breadth-first search
// reaches in the last layer are the neighbours.
void expect_reachability(const HeteroGraph& graph, const MetaPath& path) {
  using Unrolled = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS>;
  std::vector<std::size_t> first = {0, graph.node_type(path.source()).count};
  std::vector<std::pair<std::size_t, std::size_t>> edges;
  for (const auto& [type, backwards] : path.steps()) {
    const Adjacency& a = graph.edge_types()[type].edges;
    for (NodeId row = 0; row < a.num_rows(); ++row) {
      for (const NodeId column : a.of(row)) {
        edges.emplace_back(first[first.size() - 2] + (backwards ? column : row),
                           first.back() + (backwards ? row : column));
      }
    }
    first.push_back(first.back() + (backwards ? a.num_rows() : a.num_columns()));
  }
  const Unrolled unrolled(edges.begin(), edges.end(), first.back());
  const Adjacency composed = compose(graph, path);
  for (NodeId source = 0; source < composed.num_rows(); ++source) {
    std::vector<boost::default_color_type> colors(first.back());
    boost::breadth_first_visit(unrolled, source,
                               boost::color_map(boost::make_iterator_property_map(
                                   colors.begin(), boost::get(boost::vertex_index, unrolled))));
    Nodes reached;
    for (std::size_t v = first[first.size() - 2]; v < first.back(); ++v) {
      if (colors[v] == boost::black_color) {
        reached.push_back(static_cast<NodeId>(v - first[first.size() - 2]));
      }
    }
    EXPECT_TRUE(std::ranges::equal(composed.of(source), reached)) << path.text() << ", " << source;
  }
}

TEST(MetaPathTest, CompositionIsReachabilityInBoostsGraph) {
  std::mt19937 random(2);
  for (const auto& [papers, authors, venues] :
       {std::array<NodeId, 3>{60, 25, 5}, {150, 200, 1}, {40, 0, 3}, {0, 4, 2}, {7, 7, 7}}) {
    const HeteroGraph graph = random_graph(papers, authors, venues, random);
    for (const char* const text : kPaths) expect_reachability(graph, MetaPath(text, graph));
  }
}

TEST(MetaPathTest, SelfLoopsAreAddedOrRemoved) {
  // Papers 0 and 1 share an author, 2 has none.
  const HeteroGraph graph(
      {{"paper", 3}, {"author", 1}},
      {{"by", "paper", "author", Adjacency::from_edges(3, 1, std::vector<Edge>{{0, 0}, {1, 0}})}});
  const MetaPath path("paper > author > paper", graph);
  EXPECT_EQ(path.text(), "paper>author>paper");
  const auto columns = [&](SelfLoops loops) {
    const Adjacency a = compose(graph, path, {.count_paths = true, .self_loops = loops});
    for (const float weight : a.weights()) EXPECT_EQ(weight, 1.0f);
    return Nodes(a.columns().begin(), a.columns().end());
  };
  EXPECT_EQ(columns(SelfLoops::kAsFound), (Nodes{0, 1, 0, 1}));
  EXPECT_EQ(columns(SelfLoops::kAdded), (Nodes{0, 1, 0, 1, 2}));
  EXPECT_EQ(columns(SelfLoops::kRemoved), (Nodes{1, 0}));
  EXPECT_EQ(error_of<GraphError>([&] {
              compose(graph, MetaPath("paper>author", graph), {.self_loops = SelfLoops::kAdded});
            }),
            "meta-path \"paper>author\" is from paper to author; self loops are of paths back to "
            "their type");
}

TEST(MetaPathTest, ComposesForSomeSourcesAlone) {
  std::mt19937 random(3);
  const HeteroGraph graph = random_graph(40, 15, 4, random);
  const MetaPath path("paper>author>paper", graph);
  const Adjacency all = compose(graph, path, {.self_loops = SelfLoops::kAdded});
  const Nodes sources = {7, 0, 39, 7};
  const Adjacency some = compose(graph, path, sources, {.self_loops = SelfLoops::kAdded});
  ASSERT_EQ(some.num_rows(), 4u);
  for (NodeId i = 0; i < 4; ++i) EXPECT_TRUE(std::ranges::equal(some.of(i), all.of(sources[i])));
  EXPECT_EQ(error_of<GraphError>([&] {
              compose(graph, path, Nodes{3, 40});
            }),
            "source 1: node 40 is out of range, nodes are 0 .. 39");
}

TEST(MetaPathTest, RefusesToGrowBeyondTheLimit) {
  std::vector<Edge> edges;
  for (NodeId p = 0; p < 5000; ++p) edges.push_back({p, 0});
  const HeteroGraph graph({{"paper", 5000}, {"venue", 1}},
                          {{"in", "paper", "venue", Adjacency::from_edges(5000, 1, edges)}});
  const MetaPath path("paper>venue>paper", graph);
  EXPECT_EQ(estimate_size(graph, path).edges, 25e6);
  EXPECT_EQ(error_of<GraphError>([&] { compose(graph, path, {.max_edges = 1000}); }),
            "meta-path \"paper>venue>paper\" connects about 2.5e+07 pairs of nodes, more than the "
            "limit of 1000; compose it for some of its sources, or raise the limit");
  EXPECT_EQ(error_of<GraphError>([&] {
              compose(graph, path, Nodes{1, 2}, {.max_edges = 9999});
            }),
            "meta-path \"paper>venue>paper\" connects 10000 pairs of nodes, more than the limit of "
            "9999; compose it for some of its sources, or raise the limit");
}

TEST(MetaPathTest, IsCheckedAgainstTheSchema) {
  const HeteroGraph graph({{"paper", 2}, {"author", 2}, {"venue", 1}},
                          {{"by", "paper", "author", Adjacency::from_edges(2, 2, {})},
                           {"reviewed", "author", "paper", Adjacency::from_edges(2, 2, {})},
                           {"cites", "paper", "paper", Adjacency::from_edges(2, 2, {})}});
  const auto error = [&](const char* text) {
    return error_of<GraphError>([&] { MetaPath(text, graph); });
  };
  EXPECT_EQ(error("paper>autor"),
            "meta-path \"paper>autor\": there is no node type \"autor\"; there are: paper author "
            "venue");
  EXPECT_EQ(error("paper>"),
            "meta-path \"paper>\": there is no node type \"\"; there are: paper author venue");
  EXPECT_EQ(error("paper>(writes)author"),
            "meta-path \"paper>(writes)author\", step 1, paper to author: there is no edge type "
            "\"writes\"; there are: by reviewed cites");
  EXPECT_EQ(error("paper>(by"), "meta-path \"paper>(by\": \"(by\" has no \")\"");
  EXPECT_EQ(
      error("(by)paper>author"),
      "meta-path \"(by)paper>author\" begins with an edge type, \"by\"; expected a node type");
  EXPECT_EQ(error("paper"), "meta-path \"paper\" has one node type, expected two or more");
  EXPECT_EQ(error("paper>venue"),
            "meta-path \"paper>venue\", step 1, paper to venue: no edge type connects them");
  EXPECT_EQ(error("paper>author"),
            "meta-path \"paper>author\", step 1, paper to author: edge types \"by\" and "
            "\"reviewed\" both connect them; name one, as in \"paper>(reviewed)author\"");
  EXPECT_EQ(error("paper>paper>(cites)author"),
            "meta-path \"paper>paper>(cites)author\", step 2, paper to author: edge type \"cites\" "
            "is from paper to paper");
  const MetaPath named("paper>(reviewed)author>(by)paper>(~cites)paper", graph);
  ASSERT_EQ(named.steps().size(), 3u);
  EXPECT_TRUE(named.steps()[0].backwards);
  EXPECT_TRUE(named.steps()[1].backwards);
  EXPECT_TRUE(named.steps()[2].backwards);
}

}  // namespace
}  // namespace espalier
