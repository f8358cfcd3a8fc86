#include <espalier/ops/segment.h>

#include <cmath>
#include <limits>
#include <vector>

#include "tests/ops/testing.h"

namespace espalier {
namespace {

using Offsets = std::vector<std::uint64_t>;
using Operation = Variable (*)(const Variable&, std::span<const std::uint64_t>);

struct Named {
  const char* name;
  Operation f;
};
const Named kOperations[] = {{"segment_sum", segment_sum},
                             {"segment_mean", segment_mean},
                             {"segment_max", segment_max},
                             {"segment_softmax", segment_softmax}};

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

// Empty segments at the start, in the middle and at the end; single rows; none at all.
const Offsets kOffsets[] = {
    {0}, {0, 0}, {0, 1}, {0, 4}, {0, 0, 2, 3, 3, 3, 9, 9}, {0, 100, 101, 600}};

Offsets random_offsets(std::size_t segments, std::size_t longest, Rng& rng) {
  Offsets offsets = {0};
  for (std::size_t s = 0; s < segments; ++s) offsets.push_back(offsets.back() + rng.below(longest));
  return offsets;
}

TEST(SegmentTest, AgreesWithPlainLoops) {
  Rng rng(1);
  for (const Offsets& offsets : kOffsets) {
    for (const std::size_t cols : {0u, 1u, 3u, 40u}) {
      const Variable x = test::random_parameter({offsets.back(), cols}, rng);
      const Variable sum = segment_sum(x, offsets);
      const Variable mean = segment_mean(x, offsets);
      const Variable max = segment_max(x, offsets);
      const Variable softmax = segment_softmax(x, offsets);
      const Shape reduced{offsets.size() - 1, cols};
      ASSERT_EQ(sum.shape(), reduced);
      ASSERT_EQ(mean.shape(), reduced);
      ASSERT_EQ(max.shape(), reduced);
      ASSERT_EQ(softmax.shape(), x.shape());
      for (std::size_t s = 0; s + 1 < offsets.size(); ++s) {
        for (std::size_t c = 0; c < cols; ++c) {
          const auto at = [&](std::size_t r) { return static_cast<double>(x.value().at(r, c)); };
          double total = 0;
          double largest = offsets[s] == offsets[s + 1] ? 0 : at(offsets[s]);
          double exponentials = 0;
          for (std::size_t r = offsets[s]; r < offsets[s + 1]; ++r) {
            total += at(r);
            largest = std::max(largest, at(r));
            exponentials += std::exp(at(r));
          }
          const auto count =
              static_cast<double>(std::max<std::size_t>(offsets[s + 1] - offsets[s], 1));
          ASSERT_NEAR(static_cast<double>(sum.value().at(s, c)), total, 1e-4);
          ASSERT_NEAR(static_cast<double>(mean.value().at(s, c)), total / count, 1e-6);
          ASSERT_EQ(static_cast<double>(max.value().at(s, c)), largest);
          for (std::size_t r = offsets[s]; r < offsets[s + 1]; ++r) {
            const double expected = std::exp(at(r)) / exponentials;
            ASSERT_NEAR(static_cast<double>(softmax.value().at(r, c)), expected, 1e-5 * expected);
          }
        }
      }
    }
  }
}

TEST(SegmentTest, GradientsMatch) {
  const Offsets offsets = {0, 0, 2, 3, 3, 3, 9, 9};
  Rng rng(2);
  for (const std::size_t cols : {1u, 3u}) {
    // At distances beyond a step, so that the maximum does not change hands.
    std::vector<float> values(9 * cols);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = 0.1f * static_cast<float>(i) - 1;
    rng.shuffle(std::span(values));
    const Variable x = Variable::parameter(Tensor::from_values({9, cols}, values));
    for (const Named& op : kOperations) {
      EXPECT_TRUE(test::gradients_match([&] { return op.f(x, offsets); }, {x})) << op.name;
    }
  }
}

TEST(SegmentTest, GivesTheGradientToTheFirstMaximum) {
  const Variable x = Variable::parameter(Tensor::from_values({4, 1}, {1, 2, 2, 2}));
  segment_max(x, Offsets{0, 4}).sum().backward();
  EXPECT_TRUE(bitwise_equal(x.gradient(), Tensor::from_values({4, 1}, {0, 1, 0, 0})));
}

TEST(SegmentTest, KeepsNaNAndMinusInfinityApart) {
  const Variable x(Tensor::from_values({5, 1}, {1, kNaN, 2, -kInfinity, -kInfinity}));
  const Variable max = segment_max(x, Offsets{0, 3, 5});
  EXPECT_TRUE(std::isnan(max.value().at(0, 0)));
  EXPECT_EQ(max.value().at(1, 0), -kInfinity);
}

TEST(SegmentTest, SoftmaxIsSafeAtExtremes) {
  const Variable x = Variable::parameter(
      Tensor::from_values({6, 1}, {1000, 1001, -kInfinity, 5, -kInfinity, -kInfinity}));
  const Variable y = segment_softmax(x, Offsets{0, 2, 4, 6});
  const float e = std::exp(1.0f);
  EXPECT_TRUE(
      all_close(y.value(), Tensor::from_values({6, 1}, {1 / (1 + e), e / (1 + e), 0, 1, 0, 0})));
  y.backward(Tensor::from_values({6, 1}, {1, 2, 3, 4, 5, 6}));
  for (const float g : x.gradient().flat()) EXPECT_TRUE(std::isfinite(g));
  EXPECT_EQ(x.gradient().at(5, 0), 0.0f);
}

TEST(SegmentTest, GivesTheSameBitsAtAnyNumberOfThreads) {
  Rng rng(3);
  const Offsets offsets = random_offsets(3000, 20, rng);
  const Variable x = test::random_parameter({offsets.back(), 17}, rng);
  for (const Named& op : kOperations) {
    EXPECT_TRUE(test::same_bits_at_any_number_of_threads([&] { return op.f(x, offsets); }, {x}))
        << op.name;
  }
}

// A segment's result is the same wherever it stands, and whatever stands beside it.
TEST(SegmentTest, TreatsEachSegmentAsIfAlone) {
  Rng rng(4);
  const Offsets offsets = random_offsets(50, 9, rng);
  const Variable x = test::random_parameter({offsets.back(), 5}, rng);
  for (const Named& op : kOperations) {
    const Variable together = op.f(x, offsets);
    const bool reduces = together.rows() == offsets.size() - 1;
    for (std::size_t s = 0; s + 1 < offsets.size(); ++s) {
      const auto rows = [](const Tensor& t, std::size_t begin, std::size_t end) {
        return Tensor::from_values({end - begin, t.cols()}, t.view().slice(begin, end).flat());
      };
      const Variable alone = op.f(Variable(rows(x.value(), offsets[s], offsets[s + 1])),
                                  Offsets{0, offsets[s + 1] - offsets[s]});
      EXPECT_TRUE(bitwise_equal(alone.value(),
                                reduces ? rows(together.value(), s, s + 1)
                                        : rows(together.value(), offsets[s], offsets[s + 1])))
          << op.name << " segment " << s;
    }
  }
}

TEST(SegmentTest, WeightedSumsAgreeWithPlainLoops) {
  Rng rng(5);
  for (const Offsets& offsets : kOffsets) {
    for (const std::size_t cols : {0u, 1u, 3u, 40u}) {
      const Variable x = test::random_parameter({offsets.back(), cols}, rng);
      const Variable weights = test::random_parameter({offsets.back(), 1}, rng);
      const Variable sums = segment_weighted_sum(x, weights, offsets);
      ASSERT_EQ(sums.shape(), (Shape{offsets.size() - 1, cols}));
      for (std::size_t s = 0; s + 1 < offsets.size(); ++s) {
        for (std::size_t c = 0; c < cols; ++c) {
          double expected = 0;
          for (std::size_t r = offsets[s]; r < offsets[s + 1]; ++r) {
            expected += static_cast<double>(weights.value().at(r, 0)) *
                        static_cast<double>(x.value().at(r, c));
          }
          ASSERT_NEAR(static_cast<double>(sums.value().at(s, c)), expected, 1e-4);
        }
      }
    }
  }
}

TEST(SegmentTest, GradientsOfWeightedSumsMatchWhicheverIsTrained) {
  Rng rng(6);
  const Offsets offsets = {0, 0, 2, 3, 3, 3, 9, 9};
  for (const std::size_t cols : {1u, 3u, 21u}) {
    const Variable x = test::random_parameter({9, cols}, rng);
    const Variable weights = test::random_parameter({9, 1}, rng);
    const auto sum = [&] { return segment_weighted_sum(x, weights, offsets); };
    EXPECT_TRUE(test::gradients_match(sum, {x, weights}));
    const auto of_x = [&] { return segment_weighted_sum(x, weights.detach(), offsets); };
    EXPECT_TRUE(test::gradients_match(of_x, {x}));
    const auto of_weights = [&] { return segment_weighted_sum(x.detach(), weights, offsets); };
    EXPECT_TRUE(test::gradients_match(of_weights, {weights}));
  }
}

TEST(SegmentTest, WeightedSumsHaveTheSameBitsAtAnyNumberOfThreads) {
  Rng rng(7);
  const Offsets offsets = random_offsets(3000, 20, rng);
  const Variable x = test::random_parameter({offsets.back(), 17}, rng);
  const Variable weights = test::random_parameter({offsets.back(), 1}, rng);
  EXPECT_TRUE(test::same_bits_at_any_number_of_threads(
      [&] { return segment_weighted_sum(x, weights, offsets); }, {x, weights}));
}

TEST(SegmentTest, WeightedSumsNameWhatDoesNotFit) {
  const Variable x(Tensor::zeros({3, 2}));
  const auto error = [&](const Shape& weights, const Offsets& offsets) {
    return test::error_of<ShapeError>(
        [&] { segment_weighted_sum(x, Variable(Tensor::zeros(weights)), offsets); });
  };
  EXPECT_EQ(error({3, 2}, {0, 3}),
            "weights of segment_weighted_sum: shape [3, 2], expected [3, 1]");
  EXPECT_EQ(error({2, 1}, {0, 3}),
            "weights of segment_weighted_sum: shape [2, 1], expected [3, 1]");
  EXPECT_EQ(error({3, 1}, {0, 2}),
            "segment_weighted_sum: the last offset is 2, expected 3, the number of rows");
}

TEST(SegmentTest, NamesWhatDoesNotFit) {
  const Variable x(Tensor::zeros({3, 2}));
  for (const Named& op : kOperations) {
    const auto error = [&](const Offsets& offsets) {
      return test::error_of<ShapeError>([&] { op.f(x, offsets); });
    };
    const std::string name = op.name;
    EXPECT_EQ(error({}), name + ": no offsets, expected one more than there are segments");
    EXPECT_EQ(error({1, 3}), name + ": offsets[0] is 1, expected 0");
    EXPECT_EQ(error({0, 3, 2, 3}), name + ": offsets[2] is 2, expected at least offsets[1], 3");
    EXPECT_EQ(error({0, 2}), name + ": the last offset is 2, expected 3, the number of rows");
  }
}

}  // namespace
}  // namespace espalier
