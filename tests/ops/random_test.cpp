#include <espalier/ops/random.h>

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>
#include <set>
#include <vector>

#include "tests/ops/testing.h"

namespace espalier {
namespace {

using Words = std::array<std::uint32_t, 4>;

// From the file kat_vectors of the authors' Random123.
TEST(RandomTest, PhiloxGivesTheKnownAnswers) {
  EXPECT_EQ(philox({0, 0, 0, 0}, {0, 0}), (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  constexpr std::uint32_t kOnes = 0xffffffff;
  EXPECT_EQ(philox({kOnes, kOnes, kOnes, kOnes}, {kOnes, kOnes}),
            (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(RandomTest, IsTheSameFromTheSameSeedAndState) {
  Rng a(5);
  Rng b(5);
  EXPECT_NE(Rng(6).next64(), Rng(5).next64());
  for (int i = 0; i < 10; ++i) EXPECT_EQ(a.next(), b.next());
  const Rng::State state = a.state();
  const std::uint64_t next = a.next64();
  b.set_state(state);
  EXPECT_EQ(b.next64(), next);
  EXPECT_EQ(a.state(), b.state());
}

TEST(RandomTest, ForksDependOnPurposeAndNotOnPosition) {
  Rng rng(5);
  Rng fork = rng.fork(1);
  EXPECT_NE(rng.fork(2).next64(), rng.fork(1).next64());
  rng.next();
  EXPECT_EQ(rng.fork(1).next64(), fork.next64());
}

TEST(RandomTest, UniformHasItsMeanAndBounds) {
  Rng rng(7);
  double sum = 0;
  for (int i = 0; i < 100'000; ++i) {
    const float x = rng.uniform(-1, 3);
    ASSERT_GE(x, -1.0f);
    ASSERT_LT(x, 3.0f);
    sum += static_cast<double>(x);
  }
  EXPECT_NEAR(sum / 100'000, 1.0, 0.02);
}

// low + (high - low) * u was rounded up to `high` in one of two draws.
TEST(RandomTest, UniformNeverReachesAnUpperBoundNextToTheLower) {
  Rng rng(7);
  const float high = 1 + std::numeric_limits<float>::epsilon();
  for (int i = 0; i < 100; ++i) EXPECT_EQ(rng.uniform(1, high), 1.0f);
  EXPECT_EQ(rng.uniform(2, 2), 2.0f);
}

TEST(RandomTest, NormalHasItsMeanAndVariance) {
  Rng rng(7);
  const Tensor x = normal_tensor({100'000}, 2.0f, rng);
  double sum = 0;
  double squares = 0;
  for (const float v : x.flat()) {
    sum += static_cast<double>(v);
    squares += static_cast<double>(v) * static_cast<double>(v);
  }
  EXPECT_NEAR(sum / 100'000, 0.0, 0.03);
  EXPECT_NEAR(squares / 100'000, 4.0, 0.08);
}

TEST(RandomTest, BelowGivesEveryValueAlike) {
  Rng rng(7);
  std::array<int, 7> counts{};
  for (int i = 0; i < 70'000; ++i) ++counts[rng.below(7)];
  for (const int count : counts) EXPECT_NEAR(count, 10'000, 500);
  EXPECT_EQ(rng.below(1), 0u);
  // Three quarters of 2^64, where a plain remainder would give small values twice as often.
  const std::uint64_t bound = std::uint64_t{3} << 62;
  int small = 0;
  for (int i = 0; i < 30'000; ++i) small += rng.below(bound) < bound / 3 ? 1 : 0;
  EXPECT_NEAR(small, 10'000, 500);
}

TEST(RandomTest, ChanceHappensThatOften) {
  Rng rng(7);
  int hits = 0;
  for (int i = 0; i < 100'000; ++i) hits += rng.chance(0.3f) ? 1 : 0;
  EXPECT_NEAR(hits, 30'000, 800);
  EXPECT_FALSE(rng.chance(0));
  EXPECT_TRUE(rng.chance(1));
}

TEST(RandomTest, ShufflesIntoEveryOrder) {
  Rng rng(7);
  std::set<std::vector<int>> orders;
  for (int i = 0; i < 500; ++i) {
    std::vector<int> items = {1, 2, 3, 4};
    rng.shuffle(std::span(items));
    orders.insert(items);
  }
  EXPECT_EQ(orders.size(), 24u);
  std::vector<int> none;
  rng.shuffle(std::span(none));
}

}  // namespace
}  // namespace espalier
