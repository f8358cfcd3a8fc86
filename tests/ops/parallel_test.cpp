#include <espalier/ops/parallel.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <stdexcept>
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
