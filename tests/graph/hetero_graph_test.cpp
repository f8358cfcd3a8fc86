#include <espalier/graph/hetero_graph.h>

#include <vector>

#include <gtest/gtest.h>

#include <espalier/base/error.h>

#include "tests/support/errors.h"

namespace espalier {
namespace {

using test::error_of;

TEST(HeteroGraphTest, FindsItsTypesByName) {
  const HeteroGraph graph(
      {{"paper", 3}, {"author", 0}},
      {{"cites", "paper", "paper", Adjacency::from_edges(3, 3, std::vector<Edge>{{0, 2}})},
       {"by", "paper", "author", Adjacency::from_edges(3, 0, {})}});
  EXPECT_EQ(graph.node_type("author").count, 0u);
  EXPECT_EQ(graph.edge_type("cites").edges.num_edges(), 1u);
  EXPECT_EQ(error_of<GraphError>([&] { graph.node_type("venue"); }),
            "there is no node type \"venue\"; there are: paper author");
  EXPECT_EQ(error_of<GraphError>([&] { graph.edge_type("in"); }),
            "there is no edge type \"in\"; there are: cites by");
}

TEST(HeteroGraphTest, RefusesWhatCannotBe) {
  const auto error = [](std::vector<NodeType> nodes, std::vector<EdgeType> edges) {
    return error_of<GraphError>([&] { HeteroGraph(std::move(nodes), std::move(edges)); });
  };
  EXPECT_EQ(error({{"a", 1}, {"a", 2}}, {}), "two node types have the name \"a\"");
  EXPECT_EQ(error({{"", 1}}, {}),
            "node type 0 has the name \"\", expected one without blanks and \">(~)\"");
  EXPECT_EQ(error({{"a>b", 1}}, {}),
            "node type 0 has the name \"a>b\", expected one without blanks and \">(~)\"");
  EXPECT_EQ(error({{"a", 2}}, {{"e", "a", "b", Adjacency::from_edges(2, 2, {})}}),
            "there is no node type \"b\"; there are: a");
  EXPECT_EQ(error({{"a", 2}}, {{"e", "a", "a", Adjacency::from_edges(2, 3, {})}}),
            "edge type \"e\" connects 2 and 3 nodes, expected 2 (a) and 2 (a)");
}

}  // namespace
}  // namespace espalier
