#include <espalier/base/memory_budget.h>

#include <gtest/gtest.h>

#include <thread>

#include <espalier/base/memory.h>
#include <espalier/base/memory_error.h>

namespace espalier {
namespace {

void take_and_give(std::size_t num_bytes) { PoolVector<char> block(num_bytes); }

TEST(MemoryBudgetTest, NoMoreIsTakenThanItHas) {
  const std::size_t in_use = memory_use().in_use;
  {
    const MemoryBudget budget(1000);
    take_and_give(600);
    EXPECT_FALSE(budget.exceeded());
    EXPECT_THROW(take_and_give(401), MemoryError);  // What was given back is not lent again.
    EXPECT_TRUE(budget.exceeded());
    take_and_give(400);
  }
  take_and_give(100'000);
  EXPECT_EQ(memory_use().in_use, in_use);
}

TEST(MemoryBudgetTest, TheTighterOneCounts) {
  const MemoryBudget outer(100);
  {
    const MemoryBudget inner(10'000);
    EXPECT_THROW(take_and_give(200), MemoryError);
    EXPECT_FALSE(inner.exceeded());
  }
  EXPECT_TRUE(outer.exceeded());
}

TEST(MemoryBudgetTest, OtherThreadsHaveTheirOwn) {
  const MemoryBudget budget(10);
  std::thread([] { take_and_give(10'000); }).join();
  EXPECT_FALSE(budget.exceeded());
}

}  // namespace
}  // namespace espalier
