#include <espalier/graph/kept_schedule.h>

#include <atomic>
#include <random>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/trees.h"

namespace espalier {
namespace {

std::vector<Tree> random_trees(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 rng(seed);
  std::vector<Tree> trees;
  for (std::size_t i = 0; i < count; ++i) {
    trees.push_back(test::random_binary_tree(static_cast<NodeId>(1 + rng() % 20), rng));
  }
  return trees;
}

template <class Part>
std::vector<const Part*> pointers(const std::vector<Part>& parts) {
  std::vector<const Part*> result;
  for (const Part& part : parts) result.push_back(&part);
  return result;
}

class KeptScheduleTest : public testing::Test {
 protected:
  void TearDown() override { KeptSchedule::set_limit(limit_); }

  const std::size_t limit_ = KeptSchedule::limit();
};

TEST_F(KeptScheduleTest, IsBuiltOnceAndGivenBack) {
  const std::size_t before = KeptSchedule::num_bytes_kept();
  {
    KeptSchedule kept;
    int num_built = 0;
    const auto build = [&] {
      ++num_built;
      return Schedule(bottom_up(test::chain(9)));
    };
    const Schedule first = kept.get(build);
    const Schedule second = kept.get(build);
    EXPECT_EQ(num_built, 1);
    EXPECT_TRUE(first == second);
    EXPECT_EQ(first.nodes().data(), second.nodes().data());
    EXPECT_EQ(KeptSchedule::num_bytes_kept(), before + first.num_bytes());
  }
  EXPECT_EQ(KeptSchedule::num_bytes_kept(), before);
}

TEST_F(KeptScheduleTest, BeyondTheLimitIsBuiltAnew) {
  KeptSchedule::set_limit(KeptSchedule::num_bytes_kept());
  const std::size_t before = KeptSchedule::num_bytes_kept();
  KeptSchedule kept;
  int num_built = 0;
  const auto build = [&] {
    ++num_built;
    return Schedule(bottom_up(test::chain(9)));
  };
  for (int i = 1; i <= 3; ++i) {
    EXPECT_EQ(kept.get(build).num_nodes(), 9u);
    EXPECT_EQ(num_built, i);
  }
  EXPECT_EQ(KeptSchedule::num_bytes_kept(), before);
}

TEST_F(KeptScheduleTest, AFailureIsNotKept) {
  KeptSchedule kept;
  EXPECT_THROW(kept.get([]() -> Schedule { throw 1; }), int);
  EXPECT_EQ(kept.get([] { return Schedule(bottom_up(test::chain(3))); }).num_nodes(), 3u);
}

TEST_F(KeptScheduleTest, OfTreesIsTheScheduleOfTheirUnion) {
  const std::vector<Tree> trees = random_trees(30, 1);
  const Schedule expected(bottom_up(pointers(trees)));
  EXPECT_TRUE(bottom_up_schedule(pointers(trees)) == expected);  // Built,
  EXPECT_TRUE(bottom_up_schedule(pointers(trees)) == expected);  // and as kept,
  std::vector<Tree> copies(trees.begin(), trees.end());
  const std::size_t kept = KeptSchedule::num_bytes_kept();
  EXPECT_TRUE(bottom_up_schedule(pointers(copies)) == expected);  // and in copies.
  EXPECT_EQ(KeptSchedule::num_bytes_kept(), kept);
  EXPECT_TRUE(bottom_up_schedule({}) == Schedule(bottom_up(std::span<const Tree* const>())));
}

TEST_F(KeptScheduleTest, OfDiscussionsByDirectionAndEdges) {
  std::mt19937_64 rng(2);
  std::vector<ReplyGraph> threads;
  for (std::uint64_t size = 1; size < 20; ++size) {
    std::vector<ReplyRecord> records = {{.id = 1, .is_post = true}};
    for (std::uint64_t c = 2; c <= size; ++c) {
      records.push_back(
          {.id = c, .parent = 1 + rng() % (c - 1), .time_s = static_cast<std::int64_t>(c)});
    }
    threads.emplace_back(records);
  }
  for (int twice = 0; twice < 2; ++twice) {
    for (const ReplyDirection direction : {ReplyDirection::kForward, ReplyDirection::kBackward}) {
      for (const ReplyEdges edges :
           {ReplyEdges::kBoth, ReplyEdges::kHierarchical, ReplyEdges::kChain}) {
        EXPECT_TRUE(reply_schedule(pointers(threads), direction, edges) ==
                    Schedule(reply_structure(pointers(threads), direction, edges)));
      }
    }
  }
}

TEST_F(KeptScheduleTest, ManyThreadsMayAskAtOnce) {
  const std::vector<Tree> trees = random_trees(100, 3);
  const Schedule expected(bottom_up(pointers(trees)));
  std::atomic<int> num_equal = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back(
        [&] { num_equal += bottom_up_schedule(pointers(trees)) == expected ? 1 : 0; });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(num_equal, 8);
}

}  // namespace
}  // namespace espalier
