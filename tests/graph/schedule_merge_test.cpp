#include <random>
#include <vector>

#include <gtest/gtest.h>

#include <espalier/base/error.h>
#include <espalier/graph/reply_graph.h>
#include <espalier/graph/schedule.h>
#include <espalier/graph/sequence.h>

#include "tests/support/errors.h"
#include "tests/support/structures.h"
#include "tests/support/trees.h"

namespace espalier {
namespace {

// merge() of the parts' schedules is the schedule of their union, in everything.
void expect_merged(const std::vector<Structure>& parts) {
  std::vector<Schedule> schedules;
  std::vector<const Schedule*> pointers;
  std::vector<const Structure*> structures;
  for (const Structure& part : parts) {
    schedules.emplace_back(part);
    structures.push_back(&part);
  }
  for (const Schedule& schedule : schedules) pointers.push_back(&schedule);
  const Schedule expected(disjoint_union(structures));
  const Schedule actual = merge(pointers);
  ASSERT_TRUE(actual == expected) << expected.explain() << actual.explain();
  ASSERT_EQ(actual.hash(), expected.hash());
  ASSERT_EQ(actual.num_lanes(), expected.num_lanes());

  // What was merged can be merged again.
  const std::size_t half = pointers.size() / 2;
  if (half == 0) return;
  const Schedule left = merge(std::span(pointers).first(half));
  const Schedule right = merge(std::span(pointers).subspan(half));
  const Schedule* const both[] = {&left, &right};
  ASSERT_TRUE(merge(both) == expected);
}

TEST(ScheduleMergeTest, IsTheScheduleOfTheUnionOfRandomStructures) {
  std::mt19937_64 rng(1);
  for (NodeId repeat = 0; repeat < 200; ++repeat) {
    SCOPED_TRACE(repeat);
    std::vector<Structure> parts;
    const NodeId count = 1 + repeat % 50, largest = 1 + repeat % 37;
    for (NodeId i = 0; i < count; ++i) {
      parts.push_back(
          test::random_structure(static_cast<NodeId>(rng() % largest), repeat % 4, rng));
    }
    expect_merged(parts);
  }
}

TEST(ScheduleMergeTest, OfTreesAndOfForests) {
  const std::vector<Tree> small = test::all_ordered_trees(6);
  std::mt19937_64 rng(2);
  std::vector<Structure> up, down;
  for (const Tree& tree : small) {
    up.push_back(bottom_up(tree));
    down.push_back(top_down(tree));
  }
  for (const NodeId leaves : {1u, 50u, 3u, 7u}) {
    up.push_back(bottom_up(test::random_binary_tree(leaves, rng)));
    down.push_back(top_down(test::random_binary_tree(leaves, rng)));
  }
  constexpr NodeId kNo = kNoNode;
  for (int k = 0; k < 2; ++k) {  // Three roots: a lane may end between them.
    const Tree forest = Tree::from_parents(std::vector<NodeId>{kNo, 0, kNo, kNo, 3}, Roots::kAny);
    up.push_back(bottom_up(forest));
    down.push_back(top_down(forest));
  }
  expect_merged(up);
  expect_merged(down);
}

TEST(ScheduleMergeTest, OfChainsInBothDirections) {
  for (const Direction direction : {Direction::kForward, Direction::kBackward}) {
    std::vector<Structure> parts;
    for (const NodeId length : {5u, 0u, 1u, 300u, 2u, 2u, 0u, 17u}) {
      parts.push_back(SequenceBatch({&length, 1}).structure(direction));
    }
    expect_merged(parts);
    const std::vector<NodeId> lengths = {5, 0, 1, 300, 2, 2, 0, 17};
    std::vector<Schedule> schedules(parts.begin(), parts.end());
    std::vector<const Schedule*> pointers;
    for (const Schedule& one : schedules) pointers.push_back(&one);
    EXPECT_TRUE(merge(pointers) == schedule(SequenceBatch(lengths), direction));
  }
}

TEST(ScheduleMergeTest, OfDiscussions) {
  std::mt19937_64 rng(3);
  std::vector<ReplyGraph> threads;
  for (std::uint64_t size = 1; size < 60; ++size) {
    std::vector<ReplyRecord> records = {{.id = 1, .is_post = true}};
    for (std::uint64_t c = 2; c <= size; ++c) {
      records.push_back(
          {.id = c, .parent = 1 + rng() % (c - 1), .time_s = static_cast<std::int64_t>(c)});
    }
    threads.emplace_back(records);
  }
  for (const ReplyDirection direction : {ReplyDirection::kForward, ReplyDirection::kBackward}) {
    for (const ReplyEdges edges :
         {ReplyEdges::kBoth, ReplyEdges::kHierarchical, ReplyEdges::kChain}) {
      std::vector<Structure> parts;
      for (const ReplyGraph& thread : threads) {
        parts.push_back(reply_structure(thread, direction, edges));
      }
      expect_merged(parts);
    }
  }
}

TEST(ScheduleMergeTest, OfNothingAndOfOne) {
  EXPECT_TRUE(merge({}) == Schedule(Structure(0, {})));
  const Schedule chain(bottom_up(test::chain(5)));
  const Schedule* const one[] = {&chain};
  EXPECT_TRUE(merge(one) == chain);
}

TEST(ScheduleMergeTest, RefusesOtherRelations) {
  const Schedule up(bottom_up(test::chain(3))), down(top_down(test::chain(3)));
  const Schedule* const both[] = {&up, &up, &down};
  EXPECT_EQ(test::error_of<GraphError>([&] { merge(both); }),
            "schedule 2 has relations \"parent\" (new states); expected, as in schedule 0, "
            "\"children\" (new states)");
}

}  // namespace
}  // namespace espalier
