#include <espalier/ops/parallel.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "tests/ops/testing.h"

namespace espalier {
namespace {

class ParallelTest : public testing::Test {
 protected:
  void TearDown() override { set_num_threads(before_); }

 private:
  int before_ = num_threads();
};

using Ranges = std::vector<std::pair<std::size_t, std::size_t>>;

Ranges ranges(std::size_t num_rows, std::size_t block_rows) {
  Ranges found;
  std::mutex mutex;
  parallel_rows(num_rows, block_rows, [&](std::size_t begin, std::size_t end) {
    const std::lock_guard lock(mutex);
    found.emplace_back(begin, end);
  });
  std::sort(found.begin(), found.end());
  return found;
}

TEST_F(ParallelTest, CutsTheSameBlocksAtAnyNumberOfThreads) {
  test::for_each_number_of_threads([](int threads) {
    EXPECT_EQ(num_threads(), threads);
    EXPECT_EQ(ranges(10, 4), (Ranges{{0, 4}, {4, 8}, {8, 10}}));
    EXPECT_EQ(ranges(8, 4), (Ranges{{0, 4}, {4, 8}}));
    EXPECT_EQ(ranges(3, 4), (Ranges{{0, 3}}));
    EXPECT_EQ(ranges(0, 4), Ranges{});
  });
}

TEST_F(ParallelTest, RunsEveryBlockOnce) {
  test::for_each_number_of_threads([](int) {
    std::vector<std::atomic<int>> runs(1000);
    parallel_blocks(runs.size(), [&](std::size_t block) { ++runs[block]; });
    EXPECT_TRUE(std::all_of(runs.begin(), runs.end(), [](const auto& n) { return n == 1; }));
  });
}

// Each block waits until as many threads as there are blocks have come, on two cores too.
TEST_F(ParallelTest, RunsOnFourThreadsOnAnyMachine) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  std::mutex mutex;
  std::set<std::thread::id> seen;
  const auto have_all_come = [&] {
    const std::lock_guard lock(mutex);
    seen.insert(std::this_thread::get_id());
    return seen.size() == 4;
  };
  test::with_num_threads(4, [&] {
    parallel_blocks(4, [&](std::size_t) {
      while (!have_all_come() && std::chrono::steady_clock::now() < deadline) {
        std::this_thread::yield();
      }
    });
  });
  EXPECT_EQ(seen.size(), 4u);
}

TEST_F(ParallelTest, PassesOnAnException) {
  set_num_threads(2);
  EXPECT_THROW(parallel_blocks(100,
                               [](std::size_t block) {
                                 if (block == 57) throw std::runtime_error("57");
                               }),
               std::runtime_error);
}

TEST_F(ParallelTest, RefusesNoThreads) {
  EXPECT_EQ(test::error_of<OptionError>([] { set_num_threads(0); }),
            "0 threads, expected 1 or more");
}

}  // namespace
}  // namespace espalier
