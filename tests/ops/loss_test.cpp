#include <espalier/ops/loss.h>

#include <cmath>
#include <limits>
#include <vector>

#include "tests/ops/testing.h"

namespace espalier {
namespace {

using Labels = std::vector<std::int32_t>;

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

std::vector<double> plain_softmax(std::span<const float> x) {
  std::vector<double> p;
  double sum = 0;
  for (const float v : x) sum += std::exp(static_cast<double>(v));
  for (const float v : x) p.push_back(std::exp(static_cast<double>(v)) / sum);
  return p;
}

Tensor random_distributions(const Shape& shape, Rng& rng) {
  const Tensor logits = normal_tensor(shape, 1.0f, rng);
  Tensor p = Tensor::uninitialized(shape);
  softmax_rows(logits.view(), p.view());
  return p;
}

// Numbers from 0 to 1, both among them.
Tensor uniform_targets(const Shape& shape, Rng& rng) {
  Tensor t = Tensor::uninitialized(shape);
  for (float& v : t.flat()) v = static_cast<float>(rng.below(11)) / 10;
  return t;
}

Labels random_labels(std::size_t n, std::size_t classes, Rng& rng) {
  Labels labels(n);  // One in five does not count.
  for (std::int32_t& l : labels) {
    l = rng.chance(0.2f) ? -1 : static_cast<std::int32_t>(rng.below(classes));
  }
  return labels;
}

TEST(LossTest, SoftmaxAgreesWithPlainLoops) {
  Rng rng(1);
  for (const Shape& shape : {Shape{1, 1}, Shape{0, 4}, Shape{3, 0}, Shape{7, 5}, Shape{70, 100}}) {
    const Variable x = test::random_parameter(shape, rng);
    const Variable y = softmax(x);
    for (std::size_t r = 0; r < x.rows(); ++r) {
      const std::vector<double> expected = plain_softmax(x.value().row(r));
      for (std::size_t c = 0; c < x.cols(); ++c) {
        ASSERT_NEAR(static_cast<double>(y.value().at(r, c)), expected[c], 1e-5 * expected[c]);
      }
    }
    Tensor in_place = x.value().clone();
    softmax_rows(in_place.view(), in_place.view());
    EXPECT_TRUE(bitwise_equal(in_place, y.value()));
  }
}

TEST(LossTest, SoftmaxIsSafeAtExtremes) {
  const Variable x(
      Tensor::from_values({3, 2}, {1e30f, -1e30f, -kInfinity, -5e9f, -kInfinity, -kInfinity}));
  EXPECT_TRUE(all_close(softmax(x).value(), Tensor::from_values({3, 2}, {1, 0, 0, 1, 0, 0})));
}

TEST(LossTest, CrossEntropyAgreesWithPlainLoops) {
  Rng rng(2);
  for (const std::size_t n : {1u, 9u, 1500u}) {
    const Variable x = test::random_parameter({n, 5}, rng);
    const Labels labels = random_labels(n, 5, rng);
    double total = 0;
    double count = 0;
    for (std::size_t r = 0; r < n; ++r) {
      if (labels[r] < 0) continue;
      total -= std::log(plain_softmax(x.value().row(r))[static_cast<std::size_t>(labels[r])]);
      ++count;
    }
    const Variable sum = softmax_cross_entropy(x, labels, {.reduction = Reduction::kSum});
    EXPECT_EQ(sum.shape(), Shape{1});
    EXPECT_NEAR(static_cast<double>(sum.item()), total, 1e-6 * (1 + total));
    EXPECT_NEAR(static_cast<double>(softmax_cross_entropy(x, labels).item()),
                total / std::max(count, 1.0), 1e-6 * 3);
    EXPECT_NEAR(static_cast<double>(softmax_cross_entropy(x, labels, {.scale = 0.5f}).item()),
                0.5 * total / std::max(count, 1.0), 1e-6 * 3);
  }
}

TEST(LossTest, CrossEntropyStaysExactWhereTheProbabilityIsZero) {
  const Variable x = Variable::parameter(Tensor::from_values({1, 2}, {0.0f, 10000.0f}));
  const Variable loss = softmax_cross_entropy(x, Labels{0});
  EXPECT_EQ(loss.item(), 10000.0f);
  loss.backward();
  EXPECT_TRUE(bitwise_equal(x.gradient(), Tensor::from_values({1, 2}, {-1, 1})));
}

TEST(LossTest, CrossEntropyIgnoresALabel) {
  Rng rng(3);
  const Variable x = test::random_parameter({3, 4}, rng);
  const Variable none = softmax_cross_entropy(x, Labels{-1, -1, -1});
  EXPECT_EQ(none.item(), 0.0f);
  none.backward();
  EXPECT_TRUE(all_close(x.gradient(), Tensor::zeros({3, 4}), 0, 0));
  x.clear_gradient();

  // Another one, which is a class too; the mean is over the one row left.
  const Variable loss = softmax_cross_entropy(x, Labels{0, 2, 0}, {.ignored_label = 0});
  EXPECT_NEAR(static_cast<double>(loss.item()), -std::log(plain_softmax(x.value().row(1))[2]),
              1e-5);
  loss.backward();
  for (std::size_t c = 0; c < 4; ++c) {
    EXPECT_EQ(x.gradient().at(0, c), 0.0f);
    EXPECT_NE(x.gradient().at(1, c), 0.0f);
    EXPECT_EQ(x.gradient().at(2, c), 0.0f);
  }
  EXPECT_EQ(softmax_cross_entropy(Variable(Tensor::zeros({0, 4})), {}).item(), 0.0f);
}

TEST(LossTest, CrossEntropyNamesTheLabel) {
  const Variable x(Tensor::zeros({3, 4}));
  EXPECT_EQ(test::error_of<ShapeError>([&] {
              softmax_cross_entropy(x, Labels{0, 4, 1});
            }),
            "softmax_cross_entropy: label 4 at position 1, expected less than the number of "
            "classes, 4, or -1 for none");
  EXPECT_EQ(test::error_of<ShapeError>([&] {
              softmax_cross_entropy(x, Labels{0, 1, -2});
            }),
            "softmax_cross_entropy: label -2 at position 2, expected less than the number of "
            "classes, 4, or -1 for none");
  EXPECT_EQ(test::error_of<ShapeError>([&] { softmax_cross_entropy(x, Labels{0}); }),
            "softmax_cross_entropy: 1 labels, expected 3, one for each row");
}

TEST(LossTest, DivergenceAgreesWithPlainLoops) {
  Rng rng(4);
  const Variable x = test::random_parameter({6, 5}, rng);
  Tensor targets = random_distributions({6, 5}, rng);
  targets.at(2, 3) = 0;  // 0 log 0 = 0, and the row no longer sums to 1.
  double total = 0;
  for (std::size_t r = 0; r < 6; ++r) {
    const std::vector<double> q = plain_softmax(x.value().row(r));
    for (std::size_t c = 0; c < 5; ++c) {
      const auto p = static_cast<double>(targets.at(r, c));
      if (p > 0) total += p * (std::log(p) - std::log(q[c]));
    }
  }
  EXPECT_NEAR(static_cast<double>(kl_divergence(x, targets, Reduction::kSum).item()), total, 1e-5);
  EXPECT_NEAR(static_cast<double>(kl_divergence(x, targets).item()), total / 6, 1e-6);

  const Variable log_p(Tensor::from_values({1, 2}, {std::log(0.25f), std::log(0.75f)}));
  EXPECT_NEAR(kl_divergence(log_p, Tensor::from_values({1, 2}, {0.25f, 0.75f})).item(), 0.0f,
              1e-7f);
  EXPECT_EQ(kl_divergence(Variable(Tensor::zeros({0, 2})), Tensor::zeros({0, 2})).item(), 0.0f);
}

TEST(LossTest, DivergenceNamesWhatDoesNotFit) {
  const Variable x(Tensor::zeros({1, 2}));
  EXPECT_EQ(test::error_of<ShapeError>([&] {
              kl_divergence(x, Tensor::zeros({2, 1}));
            }),
            "kl_divergence: targets: shape [2, 1], expected [1, 2]");
  EXPECT_EQ(test::error_of<OptionError>([&] {
              kl_divergence(x, Tensor::from_values({1, 2}, {1.5f, -0.5f}));
            }),
            "kl_divergence: target -0.5 at row 0, column 1, expected 0 or more");
  EXPECT_THROW(kl_divergence(x, Tensor::filled({1, 2}, kNaN)), OptionError);
}

TEST(LossTest, SquaredErrorAgreesWithPlainLoops) {
  const Variable x(Tensor::from_values({2, 2}, {1, 2, 3, 4}));
  EXPECT_EQ(mean_squared_error(x, Tensor::from_values({2, 2}, {1, 0, 3, 1})).item(), 13.0f / 4);
  EXPECT_EQ(mean_squared_error(Variable(Tensor::zeros({0, 2})), Tensor::zeros({0, 2})).item(),
            0.0f);
  EXPECT_EQ(test::error_of<ShapeError>([&] { mean_squared_error(x, Tensor::zeros({4})); }),
            "mean_squared_error: target: shape [4], expected [2, 2]");
}

TEST(LossTest, BinaryCrossEntropyAgreesWithPlainLoops) {
  Rng rng(7);
  for (const Shape& shape : {Shape{0}, Shape{3, 4}, Shape{300, 70}}) {
    const Variable x = test::random_parameter(shape, rng);
    const Tensor targets = uniform_targets(shape, rng);
    double total = 0;
    for (std::size_t i = 0; i < targets.size(); ++i) {
      const auto t = static_cast<double>(targets.data()[i]);
      const double p = 1 / (1 + std::exp(-static_cast<double>(x.value().data()[i])));
      total -= t * std::log(p) + (1 - t) * std::log(1 - p);
    }
    EXPECT_NEAR(static_cast<double>(binary_cross_entropy(x, targets, Reduction::kSum).item()),
                total, 1e-6 * (1 + total));
    const double count = std::max(1.0, static_cast<double>(targets.size()));
    EXPECT_NEAR(static_cast<double>(binary_cross_entropy(x, targets).item()), total / count, 1e-6);
  }
}

TEST(LossTest, BinaryCrossEntropyIsExactFarOut) {
  const Variable x = Variable::parameter(Tensor::from_values({2}, {-1000.0f, 1000.0f}));
  const Variable wrong = binary_cross_entropy(x, Tensor::from_values({2}, {1, 0}));
  EXPECT_EQ(wrong.item(), 1000.0f);
  wrong.backward();
  EXPECT_TRUE(bitwise_equal(x.gradient(), Tensor::from_values({2}, {-0.5f, 0.5f})));
  EXPECT_EQ(binary_cross_entropy(x, Tensor::from_values({2}, {0, 1})).item(), 0.0f);
}

TEST(LossTest, HuberAgreesWithPlainLoops) {
  Rng rng(8);
  for (const Shape& shape : {Shape{0}, Shape{3, 4}, Shape{300, 70}}) {
    const Variable x = test::random_parameter(shape, rng);
    const Tensor targets = normal_tensor(shape, 1.0f, rng);
    double total = 0;
    for (std::size_t i = 0; i < targets.size(); ++i) {
      const double d = std::fabs(static_cast<double>(x.value().data()[i]) -
                                 static_cast<double>(targets.data()[i]));
      total += d <= 0.75 ? d * d / 2 : 0.75 * (d - 0.375);
    }
    EXPECT_NEAR(static_cast<double>(huber_loss(x, targets, 0.75f, Reduction::kSum).item()), total,
                1e-6 * (1 + total));
    const double count = std::max(1.0, static_cast<double>(targets.size()));
    EXPECT_NEAR(static_cast<double>(huber_loss(x, targets, 0.75f).item()), total / count, 1e-6);
  }
}

TEST(LossTest, NamesWhatDoesNotFit) {
  const Variable x(Tensor::zeros({2, 2}));
  EXPECT_EQ(test::error_of<ShapeError>([&] { binary_cross_entropy(x, Tensor::zeros({4})); }),
            "binary_cross_entropy: targets: shape [4], expected [2, 2]");
  EXPECT_EQ(test::error_of<OptionError>([&] {
              binary_cross_entropy(x, Tensor::filled({2, 2}, 2));
            }),
            "binary_cross_entropy: target 2 at element 0, expected 0 to 1");
  EXPECT_THROW(binary_cross_entropy(x, Tensor::filled({2, 2}, kNaN)), OptionError);
  EXPECT_EQ(test::error_of<ShapeError>([&] { huber_loss(x, Tensor::zeros({2})); }),
            "huber_loss: target: shape [2], expected [2, 2]");
  EXPECT_EQ(test::error_of<OptionError>([&] {
              huber_loss(x, Tensor::zeros({2, 2}), 0);
            }),
            "huber_loss: delta 0, expected > 0");
}

TEST(LossTest, GradientsMatch) {
  Rng rng(5);
  for (const Shape& shape : {Shape{1, 1}, Shape{1, 5}, Shape{6, 5}}) {
    const Variable x = test::random_parameter(shape, rng);
    const Labels labels = random_labels(x.rows(), x.cols(), rng);
    Tensor targets = random_distributions(shape, rng);
    targets.at(0, 0) = 0;
    EXPECT_TRUE(test::gradients_match([&] { return softmax(x); }, {x}));
    for (const Reduction reduction : {Reduction::kSum, Reduction::kMean}) {
      EXPECT_TRUE(test::gradients_match(
          [&] { return softmax_cross_entropy(x, labels, {.reduction = reduction, .scale = 1.5f}); },
          {x}));
      EXPECT_TRUE(test::gradients_match([&] { return kl_divergence(x, targets, reduction); }, {x}));
    }
    EXPECT_TRUE(test::gradients_match([&] { return mean_squared_error(x, targets); }, {x}));
    EXPECT_TRUE(test::gradients_match([&] { return binary_cross_entropy(x, targets); }, {x}));
    EXPECT_TRUE(test::gradients_match([&] { return huber_loss(x, targets, 0.5f); }, {x}));
  }
}

TEST(LossTest, GivesTheSameBitsAtAnyNumberOfThreads) {
  Rng rng(6);
  const Variable x = test::random_parameter({5000, 7}, rng);
  const Labels labels = random_labels(5000, 7, rng);
  const Tensor targets = random_distributions({5000, 7}, rng);
  const auto same = test::same_bits_at_any_number_of_threads;
  EXPECT_TRUE(same([&] { return softmax(x); }, {x}));
  EXPECT_TRUE(same([&] { return softmax_cross_entropy(x, labels); }, {x}));
  EXPECT_TRUE(same([&] { return kl_divergence(x, targets); }, {x}));
  EXPECT_TRUE(same([&] { return mean_squared_error(x, targets); }, {x}));
  EXPECT_TRUE(same([&] { return binary_cross_entropy(x, targets); }, {x}));
  EXPECT_TRUE(same([&] { return huber_loss(x, targets); }, {x}));
}

}  // namespace
}  // namespace espalier
