#include <espalier/ops/neighbour_attention.h>

#include <cmath>

#include "tests/ops/sparse_patterns.h"
#include "tests/ops/testing.h"
#include "tests/support/errors.h"

namespace espalier {
namespace {

struct Sizes {
  std::size_t rows, columns, most, heads, width;
};
const Sizes kSizes[] = {{5, 4, 3, 1, 1}, {7, 9, 4, 2, 3}, {40, 30, 9, 8, 8}, {33, 20, 5, 1, 16},
                        {6, 3, 4, 9, 5}, {0, 4, 1, 1, 2}, {4, 0, 1, 2, 2}};

struct Operands {
  SparsePattern pattern;
  AttentionScores scores;
  Variable x;

  Operands(const Sizes& s, Rng& rng)
      : pattern(test::random_pattern(s.rows, s.columns, s.most, rng)),
        scores{.to = test::random_parameter({s.rows, s.heads}, rng),
               .from = Variable::parameter(uniform_tensor({s.columns, s.heads}, -0.5f, 0.5f, rng))},
        x(test::random_parameter({s.columns, s.heads * s.width}, rng)) {
    // No sum lies at the leaky relu's bend, where differences mean nothing.
    for (float& to : scores.to.mutable_value().flat()) to += to > 0.0f ? 0.7f : -0.7f;
  }

  Variable attend(float dropout = 0.0f, std::uint64_t seed = 1) const {
    Rng rng(seed);
    return neighbour_attention(pattern, scores, x, dropout, rng);
  }
};

TEST(NeighbourAttentionTest, AgreesWithAPlainEvaluation) {
  Rng rng(1);
  for (const Sizes& sizes : kSizes) {
    const Operands o(sizes, rng);
    const SparsePattern& p = o.pattern;
    const Variable y = o.attend();
    const Tensor alpha = attention_coefficients(p, o.scores);
    ASSERT_EQ(alpha.shape(), (Shape{p.num_entries(), sizes.heads}));
    for (std::size_t r = 0; r < sizes.rows; ++r) {
      for (std::size_t h = 0; h < sizes.heads; ++h) {
        const auto exp_e = [&](std::uint64_t e) {
          const double sum = static_cast<double>(o.scores.to.value().at(r, h)) +
                             static_cast<double>(o.scores.from.value().at(p.columns[e], h));
          return std::exp(sum > 0 ? sum : static_cast<double>(o.scores.negative_slope) * sum);
        };
        double total = 0.0;
        for (std::uint64_t e = p.offsets[r]; e < p.offsets[r + 1]; ++e) total += exp_e(e);
        for (std::size_t d = 0; d < sizes.width; ++d) {
          double expected = 0.0;
          for (std::uint64_t e = p.offsets[r]; e < p.offsets[r + 1]; ++e) {
            EXPECT_NEAR(alpha.at(e, h), exp_e(e) / total, 1e-6);
            expected += exp_e(e) / total *
                        static_cast<double>(o.x.value().at(p.columns[e], h * sizes.width + d));
          }
          EXPECT_NEAR(y.value().at(r, h * sizes.width + d), expected, 1e-5);
        }
      }
    }
  }
}

TEST(NeighbourAttentionTest, GradientsMatchDifferencesWithDropoutAndWithout) {
  Rng rng(2);
  for (const Sizes& sizes : kSizes) {
    const Operands o(sizes, rng);
    for (const float dropout : {0.0f, 0.4f}) {
      EXPECT_TRUE(test::gradients_match([&] { return o.attend(dropout); },
                                        {o.scores.to, o.scores.from, o.x}));
    }
  }
}

TEST(NeighbourAttentionTest, DropoutKeepsTheMeanAndDropsAsManyAsItSays) {
  Rng rng(3);
  // Every row has one neighbour, whose alpha is 1.
  auto p = std::make_shared<test::OwnedPattern>();
  constexpr std::size_t kRows = 4000, kHeads = 12;
  for (std::uint32_t r = 0; r < kRows; ++r) {
    p->columns.push_back(0);
    p->offsets.push_back(r + 1);
  }
  const SparsePattern pattern{kRows, 1, p->offsets, p->columns, {}, {}, {}, p};
  const AttentionScores scores{.to = Variable(Tensor::zeros({kRows, kHeads})),
                               .from = Variable(Tensor::zeros({1, kHeads}))};
  const Variable one(Tensor::filled({1, kHeads}, 1.0f));
  const Variable y = neighbour_attention(pattern, scores, one, 0.6f, rng);
  for (std::size_t h = 0; h < kHeads; ++h) {
    std::size_t dropped = 0;
    for (std::size_t r = 0; r < kRows; ++r) {
      const float value = y.value().at(r, h);
      EXPECT_TRUE(value == 0.0f || value == 1.0f / (1.0f - 0.6f)) << value;
      dropped += value == 0.0f;
    }
    EXPECT_NEAR(static_cast<double>(dropped) / kRows, 0.6, 0.04) << "head " << h;
  }
}

TEST(NeighbourAttentionTest, HasTheSameBitsAtAnyNumberOfThreads) {
  Rng rng(4);
  const Operands o({700, 600, 20, 8, 8}, rng);
  for (const float dropout : {0.0f, 0.6f}) {
    EXPECT_TRUE(test::same_bits_at_any_number_of_threads([&] { return o.attend(dropout); },
                                                         {o.scores.to, o.scores.from, o.x}));
  }
}

TEST(NeighbourAttentionTest, LargeScoresDoNotOverflow) {
  Rng rng(5);
  Operands o({6, 5, 4, 2, 2}, rng);
  o.scores.to = Variable(Tensor::filled({6, 2}, 1e30f));
  const Variable attended = o.attend();
  for (const float y : attended.value().flat()) EXPECT_TRUE(std::isfinite(y));
}

TEST(NeighbourAttentionTest, RefusesWhatDoesNotFit) {
  Rng rng(6);
  const Operands o({6, 5, 4, 2, 2}, rng);
  EXPECT_EQ(test::error_of<OptionError>([&] { o.attend(1.0f); }),
            "attention: dropout 1, expected 0 <= p < 1");
  Operands wrong = o;
  wrong.x = Variable(Tensor::zeros({5, 3}));
  EXPECT_EQ(test::error_of<ShapeError>([&] { wrong.attend(); }),
            "attention: 3 columns for 2 heads, expected a multiple");
  wrong = o;
  wrong.scores.from = Variable(Tensor::zeros({4, 2}));
  EXPECT_EQ(test::error_of<ShapeError>([&] { wrong.attend(); }),
            "scores of neighbours: shape [4, 2], expected [5, 2]");
}

TEST(HeadScoresTest, AreDotProductsOfHeads) {
  Rng rng(7);
  for (const auto& [heads, width] : {std::pair<std::size_t, std::size_t>{8, 8}, {3, 5}, {1, 40}}) {
    const Variable x = test::random_parameter({70, heads * width}, rng);
    const Variable a = test::random_parameter({heads, width}, rng);
    const Variable s = head_scores(x, a);
    for (std::size_t r = 0; r < 70; ++r) {
      for (std::size_t h = 0; h < heads; ++h) {
        double sum = 0.0;
        for (std::size_t d = 0; d < width; ++d) {
          sum += static_cast<double>(x.value().at(r, h * width + d)) *
                 static_cast<double>(a.value().at(h, d));
        }
        EXPECT_NEAR(s.value().at(r, h), sum, 1e-4);
      }
    }
    EXPECT_TRUE(test::gradients_match([&] { return head_scores(x, a); }, {x, a}));
    EXPECT_TRUE(
        test::same_bits_at_any_number_of_threads([&] { return head_scores(x, a); }, {x, a}));
  }
}

}  // namespace
}  // namespace espalier
