#include <espalier/graph/adjacency.h>

#include <limits>
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

const std::vector<Edge> kEdges = {{2, 0}, {0, 3}, {2, 2}, {0, 1}, {0, 3}};

TEST(AdjacencyTest, HasNothingAtFirst) {
  const Adjacency none;
  EXPECT_EQ(none.num_rows(), 0u);
  EXPECT_EQ(none.num_columns(), 0u);
  EXPECT_EQ(none.num_edges(), 0u);
  EXPECT_EQ(list(none.column_offsets()), Edges{0});
}

TEST(AdjacencyTest, NumbersEdgesByRowInTheOrderGiven) {
  const Adjacency a = Adjacency::from_edges(3, 4, kEdges, std::vector<float>{1, 2, 3, 4, 5});
  EXPECT_EQ(a.num_rows(), 3u);
  EXPECT_EQ(a.num_columns(), 4u);
  EXPECT_EQ(list(a.offsets()), (Edges{0, 3, 3, 5}));
  EXPECT_EQ(list(a.columns()), (Nodes{3, 1, 3, 0, 2}));
  EXPECT_EQ(list(a.weights()), (std::vector<float>{2, 4, 5, 1, 3}));
  EXPECT_EQ(list(a.of(0)), (Nodes{3, 1, 3}));
  EXPECT_EQ(list(a.of(1)), Nodes{});
}

TEST(AdjacencyTest, HasATransposeThatNamesEdges) {
  const Adjacency a = Adjacency::from_edges(3, 4, kEdges);
  EXPECT_FALSE(a.has_weights());
  EXPECT_EQ(list(a.column_offsets()), (Edges{0, 1, 2, 3, 5}));
  EXPECT_EQ(list(a.rows()), (Nodes{2, 0, 2, 0, 0}));
  EXPECT_EQ(list(a.edges()), (Edges{3, 1, 4, 0, 2}));
}

TEST(AdjacencyTest, DescribesDegrees) {
  const DegreeStatistics d = degree_statistics(Adjacency::from_edges(3, 4, kEdges));
  EXPECT_EQ(d.least, 0u);
  EXPECT_EQ(d.most, 3u);
  EXPECT_DOUBLE_EQ(d.mean, 5.0 / 3.0);
  EXPECT_EQ(d.median, 2.0);
  EXPECT_EQ(d.num_empty, 1u);
  EXPECT_EQ(degree_statistics(Adjacency()).most, 0u);
}

TEST(AdjacencyTest, RefusesWhatCannotBe) {
  EXPECT_EQ(error_of<GraphError>([] { Adjacency::from_edges(2, 4, kEdges); }),
            "edges[0] = 2 -> 0: node 2 is out of range, nodes are 0 .. 1");
  EXPECT_EQ(error_of<GraphError>([] { Adjacency::from_edges(3, 3, kEdges); }),
            "edges[1] = 0 -> 3: node 3 is out of range, nodes are 0 .. 2");
  EXPECT_EQ(error_of<GraphError>([] { Adjacency::from_edges(3, 4, kEdges, std::vector{1.0f}); }),
            "1 weights are given for 5 edges; expected one for each edge, or none");
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(error_of<GraphError>([&] {
              Adjacency(2, {0, 1}, {1}, {nan});
            }),
            "edge 0: weight nan is not finite");
  EXPECT_EQ(error_of<GraphError>([] {
              Adjacency(2, {0, 1}, {2});
            }),
            "edge 0: column node 2 is out of range, nodes are 0 .. 1");
  for (const Edges& offsets : {Edges{}, Edges{1}, Edges{0, 2}, Edges{0, 2, 1}}) {
    EXPECT_EQ(error_of<GraphError>([&] { Adjacency(2, offsets, {1}); }),
              "offsets of rows do not ascend from 0 to 1, the number of edges");
  }
}

}  // namespace
}  // namespace espalier
