#include <espalier/base/memory.h>

#include <cstdint>
#include <cstring>
#include <random>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <espalier/base/memory_error.h>

namespace espalier {
namespace {

class MemoryTest : public ::testing::Test {
 protected:
  MemoryTest() { release_kept_memory(); }

  // Not under AddressSanitizer.
  static bool blocks_are_kept() {
    give_block(take_block(64), 64);
    const bool kept = memory_use().kept > 0;
    release_kept_memory();
    return kept;
  }
};

TEST_F(MemoryTest, AlignsBlocksTo64Bytes) {
  for (const std::size_t num_bytes : {0u, 1u, 63u, 64u, 65u, 1000u, 4097u, 1u << 20}) {
    void* const block = take_block(num_bytes);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block) % 64, 0u) << num_bytes;
    std::memset(block, 0xAB, num_bytes);
    give_block(block, num_bytes);
  }
}

TEST_F(MemoryTest, RoundsUpByAQuarterAtMost) {
  std::size_t previous = 0;
  for (std::size_t num_bytes = 1; num_bytes < 100'000; num_bytes += 7) {
    const std::size_t before = memory_use().in_use;
    void* const block = take_block(num_bytes);
    const std::size_t size = memory_use().in_use - before;
    give_block(block, num_bytes);
    const std::size_t rounded = (num_bytes + 63) / 64 * 64;
    EXPECT_GE(size, rounded);
    EXPECT_LE(size, rounded + rounded / 4);
    EXPECT_GE(size, previous);
    previous = size;
  }
}

TEST_F(MemoryTest, HandsOutAgainWhatWasGivenBack) {
  if (!blocks_are_kept()) GTEST_SKIP() << "blocks are not kept under AddressSanitizer";
  void* const first = take_block(1000);
  give_block(first, 1000);
  EXPECT_EQ(memory_use().kept, 1024u);
  void* const second = take_block(1010);  // Of the same class.
  EXPECT_EQ(second, first);
  EXPECT_EQ(memory_use().kept, 0u);
  give_block(second, 1010);
}

TEST_F(MemoryTest, CountsWhatIsInUse) {
  const std::size_t before = memory_use().in_use;
  void* const a = take_block(1000);
  void* const b = take_block(64);
  EXPECT_EQ(memory_use().in_use, before + 1024 + 64);
  give_block(a, 1000);
  EXPECT_EQ(memory_use().in_use, before + 64);
  give_block(b, 64);
  EXPECT_EQ(memory_use().in_use, before);
}

// Such sizes were once beyond the last class.
TEST_F(MemoryTest, DoesNotCountWhatCouldNotBeHad) {
  if (!blocks_are_kept()) GTEST_SKIP() << "AddressSanitizer ends the process instead";
  const std::size_t before = memory_use().in_use;
  for (const int bits : {50, 56, 60, 63}) {
    EXPECT_THROW(take_block(std::size_t{1} << bits), MemoryError) << bits;
  }
  EXPECT_EQ(memory_use().in_use, before);
}

TEST_F(MemoryTest, ReleasesKeptBlocks) {
  give_block(take_block(1000), 1000);
  give_block(take_block(5000), 5000);
  release_kept_memory();
  EXPECT_EQ(memory_use().kept, 0u);
}

TEST_F(MemoryTest, TakesNullBackForNothing) {
  const std::size_t before = memory_use().in_use;
  give_block(nullptr, 1000);
  EXPECT_EQ(memory_use().in_use, before);
}

TEST_F(MemoryTest, ServesVectors) {
  const std::size_t before = memory_use().in_use;
  {
    PoolVector<int> numbers(100, 7);
    const PoolVector<int> copy = numbers;
    numbers.resize(1000);
    EXPECT_EQ(copy, PoolVector<int>(100, 7));
    EXPECT_GT(memory_use().in_use, before);
  }
  EXPECT_EQ(memory_use().in_use, before);
}

TEST_F(MemoryTest, ServesThreadsSideBySide) {
  const std::size_t before = memory_use().in_use;
  const auto work = [](unsigned seed) {
    std::mt19937 rng(seed);
    for (int round = 0; round < 2000; ++round) {
      const std::size_t num_bytes = rng() % 5000 + 1;
      auto* const block = static_cast<unsigned char*>(take_block(num_bytes));
      const auto mark = static_cast<unsigned char>(seed);
      std::memset(block, mark, num_bytes);
      EXPECT_EQ(block[num_bytes - 1], mark);
      give_block(block, num_bytes);
    }
  };
  std::vector<std::thread> threads;
  for (unsigned seed = 1; seed <= 4; ++seed) threads.emplace_back(work, seed);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(memory_use().in_use, before);
}

TEST_F(MemoryTest, ABlockFailsWhenATestAsksForIt) {
  EXPECT_EQ(fail_block(2), 0u);
  give_block(take_block(100), 100);
  EXPECT_THROW(take_block(100), MemoryError);
  give_block(take_block(100), 100);
  EXPECT_EQ(fail_block(5), 0u);
  give_block(take_block(100), 100);
  EXPECT_EQ(fail_block(0), 4u);
  for (int i = 0; i < 10; ++i) give_block(take_block(100), 100);
}

}  // namespace
}  // namespace espalier
