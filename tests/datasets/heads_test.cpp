#include <espalier/datasets/heads.h>

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/errors.h"

namespace espalier::datasets {
namespace {

using test::error_of;
using Heads = std::vector<std::uint64_t>;

// Node v stands in column v + 1.
Tree tree_of(const Heads& heads) {
  return tree_from_heads(
      heads, [](std::size_t v) { return TextPosition{.source = "f", .line = 1, .column = v + 1}; });
}

std::string error_in(const Heads& heads) {
  return error_of<ParseError>([&] { tree_of(heads); });
}

TEST(HeadsTest, HangsNodesUnderTheirHeads) {
  const Tree tree = tree_of({2, 0, 4, 2});
  const std::vector<NodeId> parents = {1, kNoNode, 3, 1};
  for (NodeId v = 0; v < 4; ++v) EXPECT_EQ(tree.parent(v), parents[v]);
  EXPECT_EQ(tree_of({0}).num_nodes(), 1u);
}

TEST(HeadsTest, RefusesHeadsThatAreNoTree) {
  EXPECT_EQ(error_in({2, 0, 4}), "f:1:3: found head 4, expected 0 .. 3");
  EXPECT_EQ(error_in({2, 18446744073709551615u}),
            "f:1:2: found head 18446744073709551615, expected 0 .. 2");
  EXPECT_EQ(error_in({2, 0, 0}), "f:1:3: found a second root, expected node 2 to be the only one");
  EXPECT_EQ(error_in({2, 1}), "f:1:1: found no root, expected one head to be 0");
}

TEST(HeadsTest, ShowsTheCycle) {
  EXPECT_EQ(error_in({0, 2}), "f:1:2: node 2 is its own ancestor: 2 -> 2");
  EXPECT_EQ(error_in({3, 4, 0, 6, 2, 5}),
            "f:1:2: node 2 is its own ancestor: 2 -> 4 -> 6 -> 5 -> 2");
  EXPECT_EQ(error_in({0, 1, 4, 5, 4}), "f:1:4: node 4 is its own ancestor: 4 -> 5 -> 4");
}

TEST(HeadsTest, ShowsTheBeginningOfALongCycle) {
  Heads heads = {0};
  for (std::uint64_t v = 2; v < 1000; ++v) heads.push_back(v + 1);
  heads.push_back(2);
  EXPECT_EQ(error_in(heads),
            "f:1:2: node 2 is its own ancestor: "
            "2 -> 3 -> 4 -> 5 -> 6 -> 7 -> 8 -> 9 -> 10 -> ...");
}

// Every way of hanging four nodes: a tree if and only if each node reaches the one root.
TEST(HeadsTest, AcceptsExactlyTheTrees) {
  int num_trees = 0;
  for (std::uint64_t code = 0; code < 5 * 5 * 5 * 5; ++code) {
    const Heads heads = {code % 5, code / 5 % 5, code / 25 % 5, code / 125};
    bool is_tree = std::count(heads.begin(), heads.end(), 0u) == 1;
    for (std::uint64_t v = 1; v <= 4; ++v) {
      std::uint64_t above = v;
      for (int i = 0; i < 4 && above != 0; ++i) above = heads[above - 1];
      is_tree = is_tree && above == 0;
    }
    EXPECT_EQ(error_in(heads) == "(nothing was thrown)", is_tree);
    num_trees += is_tree ? 1 : 0;
  }
  EXPECT_EQ(num_trees, 64);  // Cayley: 4^3 rooted labelled trees.
}

TEST(HeadsTest, ParsesNumbersOfHeads) {
  EXPECT_EQ(parse_head("12", {}), 12u);
  EXPECT_EQ(error_of<ParseError>([] { parse_head("-1", {.source = "f", .line = 2, .column = 3}); }),
            "f:2:3: found \"-1\", expected the number of a head");
}

}  // namespace
}  // namespace espalier::datasets
