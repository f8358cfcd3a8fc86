#include <espalier/graph/adjacency_union.h>

#include <algorithm>
#include <random>
#include <set>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <espalier/base/error.h>

#include "tests/support/errors.h"

namespace espalier {
namespace {

using Pairs = std::set<std::pair<NodeId, NodeId>>;

Pairs pairs_of(const Adjacency& a) {
  Pairs pairs;
  for (NodeId r = 0; r < a.num_rows(); ++r) {
    for (const NodeId c : a.of(r)) EXPECT_TRUE(pairs.insert({r, c}).second) << r << " " << c;
    EXPECT_TRUE(std::ranges::is_sorted(a.of(r)));
  }
  return pairs;
}

TEST(AdjacencyUnionTest, HasEveryPairOfAnyWayOnce) {
  std::mt19937 random(1);
  const auto below = [&](unsigned n) { return static_cast<NodeId>(random() % n); };
  for (int round = 0; round < 50; ++round) {
    const NodeId n = 1 + below(9);
    std::vector<Adjacency> ways;
    Pairs found, loops, others;
    for (NodeId v = 0; v < n; ++v) loops.insert({v, v});
    for (NodeId w = 1 + below(3); w > 0; --w) {
      std::vector<Edge> edges;  // Some of them parallel, some loops.
      for (NodeId e = below(15); e > 0; --e) {
        edges.push_back({below(n), below(n)});
        found.insert({edges.back().source, edges.back().target});
      }
      ways.push_back(Adjacency::from_edges(n, n, edges));
    }
    for (const auto& pair : found) {
      if (pair.first != pair.second) others.insert(pair);
    }
    loops.insert(found.begin(), found.end());
    EXPECT_EQ(pairs_of(united(ways)), found);
    EXPECT_EQ(pairs_of(united(ways, SelfLoops::kAdded)), loops);
    EXPECT_EQ(pairs_of(united(ways, SelfLoops::kRemoved)), others);
    EXPECT_FALSE(united(ways).has_weights());
  }
}

TEST(AdjacencyUnionTest, RefusesWaysThatDoNotFit) {
  const Adjacency wide = Adjacency::from_edges(2, 3, {}), narrow = Adjacency::from_edges(2, 2, {});
  EXPECT_EQ(test::error_of<GraphError>([] { united({}); }),
            "union of adjacencies: there is none, expected at least one");
  EXPECT_EQ(test::error_of<GraphError>([&] {
              united(std::vector{wide, narrow});
            }),
            "union of adjacencies: number 1 has 2 rows and 2 columns, expected 2 and 3, as the "
            "first has");
  EXPECT_EQ(united(std::vector{wide}).num_columns(), 3u);
  EXPECT_EQ(test::error_of<GraphError>([&] { united(std::vector{wide}, SelfLoops::kAdded); }),
            "union of adjacencies: self loops of 2 rows and 3 columns, expected as many");
}

}  // namespace
}  // namespace espalier
