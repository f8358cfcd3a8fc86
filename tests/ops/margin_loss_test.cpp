#include <espalier/ops/margin_loss.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "tests/ops/testing.h"

namespace espalier {
namespace {

using Labels = std::vector<std::int32_t>;

Labels random_labels(std::size_t n, std::size_t classes, Rng& rng) {
  Labels labels(n);
  for (std::int32_t& l : labels) l = static_cast<std::int32_t>(rng.below(classes));
  return labels;
}

double value(const Variable& x, std::size_t r, std::size_t c) {
  return static_cast<double>(x.value().at(r, c));
}

double distance(const Variable& a, const Variable& b, std::size_t r) {
  double sum = 0;
  for (std::size_t c = 0; c < a.cols(); ++c) sum += std::pow(value(a, r, c) - value(b, r, c), 2);
  return std::sqrt(sum);
}

void expect_loss(const std::function<Variable(Reduction)>& loss, double total, std::size_t count) {
  EXPECT_EQ(loss(Reduction::kSum).shape(), Shape{1});
  EXPECT_NEAR(static_cast<double>(loss(Reduction::kSum).item()), total, 1e-6 * (1 + total));
  const double n = std::max(1.0, static_cast<double>(count));
  EXPECT_NEAR(static_cast<double>(loss(Reduction::kMean).item()), total / n, 1e-5);
}

TEST(MarginLossTest, AgreesWithPlainLoops) {
  Rng rng(1);
  for (const std::size_t n : {0u, 1u, 9u, 5000u}) {
    const Variable a = test::random_parameter({n, 5}, rng);
    const Variable b = test::random_parameter({n, 5}, rng);
    const Variable c = test::random_parameter({n, 5}, rng);
    const Labels labels = random_labels(n, 5, rng);
    double classes = 0, ranking = 0, triplet = 0;
    for (std::size_t r = 0; r < n; ++r) {
      const auto label = static_cast<std::size_t>(labels[r]);
      for (std::size_t k = 0; k < 5; ++k) {
        if (k != label) classes += std::max(0.0, 0.5 - value(a, r, label) + value(a, r, k));
        ranking += std::max(0.0, 0.5 - value(a, r, k) + value(b, r, k));
      }
      triplet += std::max(0.0, 0.5 + distance(a, b, r) - distance(a, c, r));
    }
    expect_loss([&](Reduction how) { return multi_class_margin(a, labels, 0.5f, how); }, classes,
                n);
    expect_loss([&](Reduction how) { return margin_ranking(a, b, 0.5f, how); }, ranking, 5 * n);
    expect_loss([&](Reduction how) { return triplet_margin(a, b, c, 0.5f, how); }, triplet, n);
  }
}

// Scores at multiples of 1 with a margin of 1.5: no term is within a step of its kink.
Variable steps(const Shape& shape, Rng& rng) {
  Tensor x = Tensor::uninitialized(shape);
  for (float& v : x.flat()) v = static_cast<float>(rng.below(5));
  return Variable::parameter(std::move(x));
}

TEST(MarginLossTest, GradientsMatch) {
  Rng rng(2);
  const Variable scores = steps({6, 4}, rng);
  const Variable others = steps({6, 4}, rng);
  const Labels labels = random_labels(6, 4, rng);
  for (const Reduction how : {Reduction::kSum, Reduction::kMean}) {
    EXPECT_TRUE(test::gradients_match([&] { return multi_class_margin(scores, labels, 1.5f, how); },
                                      {scores}));
    EXPECT_TRUE(test::gradients_match([&] { return margin_ranking(scores, others, 1.5f, how); },
                                      {scores, others}));
  }
  // Distances of about 3 and margins that leave some rows far within, others far without.
  const Variable a = test::random_parameter({4, 5}, rng);
  const Variable p = test::random_parameter({4, 5}, rng);
  const Variable n = test::random_parameter({4, 5}, rng);
  for (const float margin : {0.0f, 20.0f}) {
    EXPECT_TRUE(test::gradients_match([&] { return triplet_margin(a, p, n, margin); }, {a, p, n}));
  }
}

TEST(MarginLossTest, IsZeroBeyondTheMarginAndAtEqualRows) {
  const Variable far = Variable::parameter(Tensor::from_values({1, 2}, {5, 0}));
  multi_class_margin(far, Labels{0}).backward();
  EXPECT_TRUE(bitwise_equal(far.gradient(), Tensor::zeros({1, 2})));
  const Variable x = Variable::parameter(Tensor::filled({1, 2}, 1.0f));
  const Variable loss = triplet_margin(x, x, x, 2.0f);
  EXPECT_EQ(loss.item(), 2.0f);
  loss.backward();
  EXPECT_TRUE(all_close(x.gradient(), Tensor::zeros({1, 2}), 0, 0));
}

TEST(MarginLossTest, GivesConstantsNoGradient) {
  Rng rng(3);
  const Variable x = test::random_parameter({3, 2}, rng);
  const Variable constant(normal_tensor({3, 2}, 1.0f, rng));
  margin_ranking(x, constant).backward();
  triplet_margin(x, constant, x).backward();
  EXPECT_TRUE(constant.gradient().empty());
}

TEST(MarginLossTest, GivesTheSameBitsAtAnyNumberOfThreads) {
  Rng rng(4);
  const Variable a = test::random_parameter({9000, 7}, rng);
  const Variable b = test::random_parameter({9000, 7}, rng);
  const Labels labels = random_labels(9000, 7, rng);
  const auto same = test::same_bits_at_any_number_of_threads;
  EXPECT_TRUE(same([&] { return multi_class_margin(a, labels); }, {a}));
  EXPECT_TRUE(same([&] { return margin_ranking(a, b); }, {a, b}));
  EXPECT_TRUE(same([&] { return triplet_margin(a, b, tanh(b)); }, {a, b}));
}

TEST(MarginLossTest, NamesWhatDoesNotFit) {
  const Variable x(Tensor::zeros({2, 3}));
  const Variable y(Tensor::zeros({3, 2}));
  EXPECT_EQ(test::error_of<ShapeError>([&] { multi_class_margin(x, Labels{0}); }),
            "multi_class_margin: 1 labels for scores [2, 3], expected 2, one for each row");
  EXPECT_EQ(test::error_of<ShapeError>([&] {
              multi_class_margin(x, Labels{0, 3});
            }),
            "multi_class_margin: label 3 at position 1, expected less than the number of classes, "
            "3");
  EXPECT_EQ(test::error_of<OptionError>([&] {
              multi_class_margin(x, Labels{0, 1}, -1);
            }),
            "multi_class_margin: margin -1, expected 0 or more");
  EXPECT_EQ(test::error_of<ShapeError>([&] { margin_ranking(x, y); }),
            "margin_ranking: worse: shape [3, 2], expected [2, 3]");
  EXPECT_THROW(margin_ranking(x, x, -1), OptionError);
  EXPECT_EQ(test::error_of<ShapeError>([&] { triplet_margin(x, y, x); }),
            "triplet_margin: positive: shape [3, 2], expected [2, 3]");
  EXPECT_EQ(test::error_of<ShapeError>([&] { triplet_margin(x, x, y); }),
            "triplet_margin: negative: shape [3, 2], expected [2, 3]");
  EXPECT_THROW(triplet_margin(x, x, x, -1), OptionError);
}

}  // namespace
}  // namespace espalier
