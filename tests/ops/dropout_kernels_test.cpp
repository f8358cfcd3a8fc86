#include <espalier/ops/internal/dropout_kernels.h>

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <espalier/ops/random.h>

#include "tests/support/kernel_cases.h"

namespace espalier {
namespace {

using test::Floats;

class DropoutKernelsTest : public testing::TestWithParam<const DropoutKernels*> {};

// Bit b of an item is decided by 16 of the bits that philox() draws for it, wherever a run begins.
TEST_P(DropoutKernelsTest, DrawsWhatPhiloxDraws) {
  constexpr std::uint64_t kKey = 0x0123456789abcdef, kFirst = (std::uint64_t{1} << 32) - 5;
  constexpr std::uint32_t kLimit = 30'000;
  for (const std::size_t heads : {1u, 8u, 12u}) {
    for (const std::size_t count : {0u, 1u, 16u, 37u}) {
      const std::size_t groups = (heads + 7) / 8;
      std::vector<std::uint8_t> dropped(count * groups + 1, 0xaa);
      GetParam()->draw(kFirst, count, heads, kLimit, kKey, dropped.data());
      EXPECT_EQ(dropped.back(), 0xaa);
      for (std::size_t i = 0; i < count; ++i) {
        for (std::uint32_t head = 0; head < heads; ++head) {
          const std::uint64_t item = kFirst + i;
          const auto bits =
              philox({static_cast<std::uint32_t>(item), static_cast<std::uint32_t>(item >> 32),
                      head / 8, 0},
                     {static_cast<std::uint32_t>(kKey), static_cast<std::uint32_t>(kKey >> 32)});
          const std::uint32_t drawn = bits[head % 8 / 2] >> (16 * (head % 2)) & 0xffffu;
          EXPECT_EQ(dropped[i * groups + head / 8] >> head % 8 & 1, drawn < kLimit ? 1 : 0);
        }
      }
    }
  }
}

TEST_P(DropoutKernelsTest, DrawsARowAsPhiloxDoes) {
  constexpr std::uint64_t kKey = 0xfedcba9876543210;
  constexpr std::uint32_t kRow = 0x80000001, kLimit = 20'000;
  for (const std::size_t count : {0u, 1u, 16u, 37u}) {
    std::vector<std::uint8_t> dropped(count + 1, 0xaa);
    GetParam()->draw_row(kRow, count, kLimit, kKey, dropped.data());
    EXPECT_EQ(dropped.back(), 0xaa);
    for (std::uint32_t g = 0; g < count; ++g) {
      const auto bits = philox({kRow, g, 0, 0}, {static_cast<std::uint32_t>(kKey),
                                                 static_cast<std::uint32_t>(kKey >> 32)});
      for (std::uint32_t b = 0; b < 8; ++b) {
        const std::uint32_t drawn = bits[b / 2] >> (16 * (b % 2)) & 0xffffu;
        EXPECT_EQ(dropped[g] >> b & 1, drawn < kLimit ? 1 : 0);
      }
    }
  }
}

TEST_P(DropoutKernelsTest, DropsWhatTheBitsSayAndWritesNothingElse) {
  Rng rng(1);
  for (std::size_t n = 0; n <= 70; ++n) {
    const Floats x = test::random_runs(1, n, rng)[0];
    std::vector<std::uint8_t> dropped((n + 7) / 8);
    for (std::uint8_t& byte : dropped) byte = static_cast<std::uint8_t>(rng.below(256));
    Floats y(n + 1, 9.0f);
    GetParam()->drop(n, dropped.data(), 1.5f, x.data(), y.data());
    EXPECT_EQ(y.back(), 9.0f);
    for (std::size_t i = 0; i < n; ++i) {
      EXPECT_EQ(y[i], (dropped[i / 8] >> i % 8 & 1) != 0 ? 0.0f : 1.5f * x[i]);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(InstructionSets, DropoutKernelsTest,
                         testing::ValuesIn(all_dropout_kernels()),
                         [](const auto& set) { return std::string(set.param->instruction_set); });

}  // namespace
}  // namespace espalier
