#include <espalier/ops/internal/neighbour_kernels.h>

#include <array>
#include <iterator>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <espalier/ops/random.h>

#include "tests/support/kernel_cases.h"

namespace espalier {
namespace {

using test::Floats;

constexpr HeadWidth kSizes[] = {{1, 1},  {1, 7},  {8, 8},  {9, 8},  {3, 8},   {2, 16}, {5, 3},
                                {16, 8}, {1, 64}, {2, 64}, {3, 33}, {1, 150}, {4, 0}};

class NeighbourKernelsTest : public testing::TestWithParam<const NeighbourKernels*> {
 protected:
  Rng rng_{1};
};

// Runs are longer than they say: what is beyond must not be touched.
TEST_P(NeighbourKernelsTest, AgreeWithTheFormulasAndWriteNothingElse) {
  constexpr std::size_t kMore = 3;
  for (const HeadWidth head : kSizes) {
    SCOPED_TRACE(testing::Message() << head.heads << " heads of " << head.width);
    const std::size_t n = head.columns() + kMore;
    const std::vector<Floats> runs = test::random_runs(3, n, rng_);
    const Floats w = test::random_runs(1, head.heads, rng_)[0];
    Floats y = runs[2], dots(head.heads + kMore, 9.0f);
    GetParam()->add_weighted(head, w.data(), runs[0].data(), y.data());
    GetParam()->dots(head, runs[0].data(), runs[1].data(), dots.data());
    std::vector<double> expected(head.heads, 0.0);
    for (std::size_t i = 0; i < n; ++i) {
      const auto at = [&](std::size_t run) { return static_cast<double>(runs[run][i]); };
      if (i >= head.columns()) {
        EXPECT_EQ(y[i], runs[2][i]);
        continue;
      }
      const std::size_t h = i / head.width;
      EXPECT_NEAR(y[i], at(2) + static_cast<double>(w[h]) * at(0), 1e-6);
      expected[h] += at(0) * at(1);
    }
    for (std::size_t h = 0; h < head.heads; ++h) EXPECT_NEAR(dots[h], expected[h], 4e-6);
    for (std::size_t i = head.heads; i < dots.size(); ++i) EXPECT_EQ(dots[i], 9.0f);
  }
}

TEST_P(NeighbourKernelsTest, AddsWeightedRowsInOrder) {
  constexpr std::uint32_t kIds[] = {3, 0, 3, 5, 1};
  constexpr std::size_t kRows = 6, kCount = std::size(kIds);
  for (const HeadWidth head : kSizes) {
    SCOPED_TRACE(testing::Message() << head.heads << " heads of " << head.width);
    const std::size_t n = head.columns();
    const Floats x = test::random_runs(1, kRows * n, rng_)[0];
    const std::vector<Floats> weights = test::random_runs(2, kCount * head.heads, rng_);
    const std::vector<Floats> before = test::random_runs(2, n + 1, rng_);
    Floats once = before[0], y = before[0], z = before[1];
    const Neighbours neighbours{kCount, kIds};
    GetParam()->add_neighbours(head, neighbours, weights[0].data(), x.data(), once.data());
    GetParam()->add_neighbours_twice(head, neighbours, weights[0].data(), weights[1].data(),
                                     x.data(), y.data(), z.data());
    EXPECT_EQ(once, y);
    EXPECT_EQ(y.back(), before[0].back());
    EXPECT_EQ(z.back(), before[1].back());
    for (std::size_t k = 0; k < n; ++k) {
      for (const std::size_t which : {0u, 1u}) {
        double expected = static_cast<double>(before[which][k]);
        for (std::size_t i = 0; i < kCount; ++i) {
          expected += static_cast<double>(weights[which][i * head.heads + k / head.width]) *
                      static_cast<double>(x[kIds[i] * n + k]);
        }
        EXPECT_NEAR((which == 0 ? y : z)[k], expected, 1e-6);
      }
    }
  }
}

// Rows 1 and 2 of four, whose weights are in order or elsewhere; the others are not touched.
TEST_P(NeighbourKernelsTest, MultipliesABlockOfRowsAsItAddsNeighbours) {
  constexpr std::uint64_t kOffsets[] = {1, 3, 3, 6, 7}, kEntries[] = {5, 2, 0, 6, 1, 4, 3};
  constexpr std::uint32_t kIds[] = {0, 3, 0, 2, 2, 1, 3};
  for (const HeadWidth head : kSizes) {
    SCOPED_TRACE(testing::Message() << head.heads << " heads of " << head.width);
    const std::size_t n = head.columns(), heads = head.heads;
    const Floats x = test::random_runs(1, 4 * n, rng_)[0];
    const Floats w = test::random_runs(1, 7 * heads, rng_)[0];
    for (const std::uint64_t* const entries :
         {static_cast<const std::uint64_t*>(nullptr), &kEntries[0]}) {
      Floats expected = test::random_runs(1, 4 * n, rng_)[0], y = expected;
      for (const std::size_t r : {1u, 2u}) {
        Floats own;
        for (std::uint64_t i = kOffsets[r]; i < kOffsets[r + 1]; ++i) {
          const std::uint64_t e = entries == nullptr ? i : entries[i];
          for (std::size_t h = 0; h < heads; ++h) own.push_back(w[e * heads + h]);
        }
        GetParam()->add_neighbours(head, {kOffsets[r + 1] - kOffsets[r], kIds + kOffsets[r]},
                                   own.data(), x.data(), expected.data() + r * n);
      }
      GetParam()->multiply_rows(head, 1, 3, kOffsets, kIds, entries, w.data(), x.data(), y.data());
      EXPECT_EQ(y, expected);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(InstructionSets, NeighbourKernelsTest,
                         testing::ValuesIn(all_neighbour_kernels()),
                         [](const auto& set) { return std::string(set.param->instruction_set); });

}  // namespace
}  // namespace espalier
