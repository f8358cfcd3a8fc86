#include <espalier/ops/internal/attention_kernels.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <espalier/ops/random.h>

#include "tests/support/kernel_cases.h"

namespace espalier {
namespace {

using test::Floats;

constexpr std::size_t kHeads[] = {1, 2, 4, 5, 8, 9, 16};
constexpr std::size_t kCounts[] = {0, 1, 2, 3, 7, 16, 33};
constexpr std::size_t kRows = 6;
constexpr float kSlope = 0.3f, kUntouched = 9.0f;

double wide(float x) { return static_cast<double>(x); }

class AttentionKernelsTest : public testing::TestWithParam<const AttentionKernels*> {
 protected:
  // Some of kRows, in any order.
  std::vector<std::uint32_t> some_rows(std::size_t count) {
    std::vector<std::uint32_t> ids(count);
    for (std::uint32_t& id : ids) id = static_cast<std::uint32_t>(rng_.below(kRows));
    return ids;
  }
  Floats numbers(std::size_t n) { return test::random_runs(1, n, rng_)[0]; }
  // body(heads, count) for all of both.
  template <class Body>
  void for_sizes(const Body& body) {
    for (const std::size_t heads : kHeads) {
      for (const std::size_t count : kCounts) {
        SCOPED_TRACE(testing::Message() << heads << " heads, " << count << " neighbours");
        body(heads, count);
      }
    }
  }

  Rng rng_{1};
};

TEST_P(AttentionKernelsTest, AttendsAndWritesNothingElse) {
  for_sizes([&](std::size_t heads, std::size_t count) {
    const std::vector<std::uint32_t> ids = some_rows(count);
    const Floats own = numbers(heads), others = numbers(kRows * heads);
    const std::size_t n = count * heads;
    Floats alpha(n + 1, kUntouched), positive = alpha;
    Floats shift(heads + 1, kUntouched), sum = shift, positive_sum = shift;
    GetParam()->attend(heads, {count, ids.data()}, own.data(), others.data(), kSlope, alpha.data(),
                       positive.data(), shift.data(), sum.data(), positive_sum.data());
    for (const Floats* const run : {&alpha, &positive, &shift, &sum, &positive_sum}) {
      EXPECT_EQ(run->back(), kUntouched);
    }
    for (std::size_t h = 0; h < heads; ++h) {
      const auto leaky = [&](std::size_t i) {
        const double e = wide(own[h]) + wide(others[ids[i] * heads + h]);
        return e > 0 ? e : wide(kSlope) * e;
      };
      double most = -HUGE_VAL, total = 0, positive_total = 0;
      for (std::size_t i = 0; i < count; ++i) most = std::max(most, leaky(i));
      for (std::size_t i = 0; i < count; ++i) {
        EXPECT_NEAR(alpha[i * heads + h], std::exp(leaky(i) - most), 1e-6);
        EXPECT_EQ(positive[i * heads + h], leaky(i) > 0 ? 1.0f : 0.0f);
        total += std::exp(leaky(i) - most);
        if (leaky(i) > 0) positive_total += std::exp(leaky(i) - most);
      }
      if (count > 0) {
        EXPECT_NEAR(shift[h], most + std::log(total), 2e-6);
      }
      EXPECT_NEAR(sum[h], total, 2e-5);
      EXPECT_NEAR(positive_sum[h], positive_total, 2e-5);
    }
  });
}

TEST_P(AttentionKernelsTest, AttendsAgainFromTheOtherSide) {
  for_sizes([&](std::size_t heads, std::size_t count) {
    const std::vector<std::uint32_t> ids = some_rows(count);
    const Floats own = numbers(heads), sides = numbers(kRows * 3 * heads);
    const std::size_t n = count * heads;
    Floats alpha(n + 1, kUntouched), positive = alpha, scratch = alpha;
    Floats sum(heads + 1, kUntouched);
    GetParam()->attend_again(heads, {count, ids.data()}, own.data(), sides.data(), kSlope,
                             alpha.data(), positive.data(), scratch.data(), sum.data());
    for (const Floats* const run : {&alpha, &positive, &scratch, &sum}) {
      EXPECT_EQ(run->back(), kUntouched);
    }
    for (std::size_t h = 0; h < heads; ++h) {
      double total = 0;
      for (std::size_t i = 0; i < count; ++i) {
        const float* const side = sides.data() + ids[i] * 3 * heads + h;
        const double e = wide(own[h]) + wide(side[0]), slope = e > 0 ? 1.0 : wide(kSlope);
        const double expected = std::exp(slope * e - wide(side[heads]));
        EXPECT_NEAR(alpha[i * heads + h], expected, 4e-6);
        EXPECT_EQ(positive[i * heads + h], e > 0 ? 1.0f : 0.0f);
        total += expected * slope * wide(side[2 * heads]);
      }
      EXPECT_NEAR(sum[h], total, 1e-4);
    }
  });
}

TEST_P(AttentionKernelsTest, WeighsWhatDropoutLeaves) {
  for_sizes([&](std::size_t heads, std::size_t count) {
    const std::size_t n = count * heads, bytes = (heads + 7) / 8;
    std::vector<std::uint8_t> dropped(count * bytes);
    for (std::uint8_t& b : dropped) b = static_cast<std::uint8_t>(rng_.below(256));
    for (const std::uint8_t* const bits : {static_cast<const std::uint8_t*>(nullptr),
                                           static_cast<const std::uint8_t*>(dropped.data())}) {
      const Floats alpha = numbers(n + 1), positive = numbers(n + 1);
      const Floats factor = numbers(heads);
      Floats weights = alpha, of_positive = positive;
      GetParam()->weigh(heads, count, bits, factor.data(), weights.data(), of_positive.data());
      EXPECT_EQ(weights.back(), alpha.back());
      EXPECT_EQ(of_positive.back(), positive.back());
      for (std::size_t k = 0; k < n; ++k) {
        const std::size_t h = k % heads;
        const bool falls = bits != nullptr && (bits[k / heads * bytes + h / 8] >> h % 8 & 1) != 0;
        const float expected = falls ? 0.0f : alpha[k] * factor[h];
        EXPECT_EQ(weights[k], expected);
        EXPECT_EQ(of_positive[k], expected * positive[k]);
      }
    }
  });
}

INSTANTIATE_TEST_SUITE_P(InstructionSets, AttentionKernelsTest,
                         testing::ValuesIn(all_attention_kernels()),
                         [](const auto& set) { return std::string(set.param->instruction_set); });

}  // namespace
}  // namespace espalier
