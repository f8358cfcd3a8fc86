#include <espalier/layers/attention_pooling.h>

#include <cmath>

#include "tests/layers/testing.h"
#include "tests/support/evaluation.h"

namespace espalier {
namespace {

using test::error_of;
using test::Matrix;
using test::Values;
using Offsets = std::vector<std::uint64_t>;

// Empty at both ends and in the middle, and of a single row.
const Offsets kOffsets = {0, 0, 3, 4, 4, 9, 9};

struct Reference {
  Matrix pooled, weights;
};

// Yang et al. 2016, Eqs. 5-7.
Reference attend(const Values& values, const Offsets& offsets) {
  const Matrix &h = values.at("x"), &W = values.at("projection.weight");
  const Matrix &b = values.at("projection.bias"), &context = values.at("context");
  Reference result{Matrix(offsets.size() - 1, h.cols), Matrix(h.rows, 1)};
  for (std::size_t s = 0; s + 1 < offsets.size(); ++s) {
    double total = 0;
    for (std::size_t t = offsets[s]; t < offsets[s + 1]; ++t) {
      double score = 0;
      for (std::size_t a = 0; a < W.rows; ++a) {
        score += context.at(0, a) *
                 std::tanh(test::product(W, 0, 0, a, test::row(h, t)) + test::element(b, a));
      }
      result.weights.at(t, 0) = std::exp(score);
      total += std::exp(score);
    }
    for (std::size_t t = offsets[s]; t < offsets[s + 1]; ++t) {
      result.weights.at(t, 0) /= total;
      for (std::size_t c = 0; c < h.cols; ++c) {
        result.pooled.at(s, c) += result.weights.at(t, 0) * h.at(t, c);
      }
    }
  }
  return result;
}

class AttentionPoolingTest : public testing::Test {
 protected:
  Variable random(std::size_t rows, std::size_t cols) {
    return Variable::parameter(normal_tensor({rows, cols}, 1.0f, rng_));
  }

  Rng rng_{1};
  AttentionPooling attention_{{.input_size = 3, .attention_size = 4}, rng_};
};

TEST_F(AttentionPoolingTest, AgreesWithTheEquations) {
  const Variable h = random(9, 3);
  for (float& u : attention_.parameter("context").mutable_value().flat()) u *= 5.0f;
  const Values values = test::values_of(attention_, Matrix(h.value()));
  const Reference expected = attend(values, kOffsets);
  Rng weights(99);
  const Variable ws(normal_tensor({6, 3}, 1.0f, weights));
  const Variable wa(normal_tensor({9, 1}, 1.0f, weights));
  const Attended actual = attention_.forward(h, kOffsets);
  EXPECT_TRUE(test::close(actual.pooled.value(), expected.pooled, 1e-5));
  EXPECT_TRUE(test::close(actual.weights.value(), expected.weights, 1e-5));

  ((actual.pooled * ws).sum() + (actual.weights * wa).sum()).backward();
  const Matrix double_ws(ws.value()), double_wa(wa.value());
  const auto loss = [&](const Values& at) {
    const Reference result = attend(at, kOffsets);
    double sum = 0;
    for (std::size_t i = 0; i < 18; ++i) sum += double_ws.values[i] * result.pooled.values[i];
    for (std::size_t i = 0; i < 9; ++i) sum += double_wa.values[i] * result.weights.values[i];
    return sum;
  };
  const Values gradients = test::gradients_by_differences(loss, values);
  for (const auto& [name, variable] : test::variables_of(attention_, h)) {
    EXPECT_TRUE(test::close(variable.gradient(), gradients.at(name), 1e-4)) << name;
  }
}

TEST_F(AttentionPoolingTest, GivesConstantInputsNoGradient) {
  const Variable h = random(9, 3);
  const auto gradients = [&](const Variable& input) {
    attention_.clear_gradients();
    attention_.forward(input, kOffsets).pooled.sum().backward();
    std::vector<Tensor> all;
    for (const NamedParameter& p : attention_.parameters()) {
      all.push_back(p.variable.gradient().clone());
    }
    return all;
  };
  const std::vector<Tensor> expected = gradients(h);
  const Variable constant(h.value().clone());
  const std::vector<Tensor> actual = gradients(constant);
  EXPECT_TRUE(constant.gradient().empty());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_TRUE(bitwise_equal(actual[i], expected[i])) << i;
  }
}

TEST_F(AttentionPoolingTest, WeightsSumToOneInEverySegmentThatIsNotEmpty) {
  const Variable h = random(9, 3);
  const Attended attended = attention_.forward(h, kOffsets);
  for (std::size_t s = 0; s < 6; ++s) {
    float sum = 0.0f;
    for (std::size_t t = kOffsets[s]; t < kOffsets[s + 1]; ++t) {
      sum += attended.weights.value().at(t, 0);
    }
    const bool is_empty = kOffsets[s] == kOffsets[s + 1];
    EXPECT_NEAR(sum, is_empty ? 0.0f : 1.0f, 1e-6f) << s;
    if (is_empty) {
      EXPECT_EQ(test::bits_of(attended.pooled, s), std::vector<float>(3, 0.0f));
    }
  }
  // A single row is the sum.
  EXPECT_EQ(attended.weights.value().at(3, 0), 1.0f);
  EXPECT_EQ(test::bits_of(attended.pooled, 2), test::bits_of(h, 3));
}

TEST_F(AttentionPoolingTest, HugeScoresGiveNumbers) {
  const Variable h = random(9, 3);
  attention_.parameter("context").mutable_value().fill(1e30f);
  attention_.parameter("projection.weight").mutable_value().fill(50.0f);
  const Attended attended = attention_.forward(h, kOffsets);
  attended.pooled.sum().backward();
  for (const Variable& v : {attended.pooled, attended.weights}) {
    for (const float value : v.value().flat()) EXPECT_TRUE(std::isfinite(value));
  }
  for (const float g : h.gradient().flat()) EXPECT_TRUE(std::isfinite(g));
}

TEST_F(AttentionPoolingTest, TakesNoSegmentsAndNoRows) {
  for (const Offsets& offsets : {Offsets{0}, Offsets{0, 0, 0}}) {
    const Attended attended = attention_.forward(random(0, 3), offsets);
    EXPECT_EQ(attended.pooled.shape(), (Shape{offsets.size() - 1, 3}));
    EXPECT_EQ(attended.weights.shape(), (Shape{0, 1}));
    attended.pooled.sum().backward();
  }
}

TEST_F(AttentionPoolingTest, GivesTheSameBitsAtAnyNumberOfThreads) {
  Offsets offsets = {0};
  for (int s = 0; s < 400; ++s) offsets.push_back(offsets.back() + rng_.below(30));
  const AttentionPooling attention({.input_size = 100, .attention_size = 100}, rng_);
  const Variable h = random(offsets.back(), 100);
  std::optional<test::Results> expected;
  test::for_each_number_of_threads([&](int threads) {
    const auto run = [&](const SweepOptions&) {
      const Attended attended = attention.forward(h, offsets);
      return NodeStates{.h = attended.pooled, .c = {}};
    };
    test::Results results = test::training_step(run, test::variables_of(attention, h));
    if (expected) {
      EXPECT_TRUE(test::same_bits(results, *expected)) << threads << " threads";
    } else {
      expected = std::move(results);
    }
  });
}

TEST_F(AttentionPoolingTest, RefusesWhatDoesNotFit) {
  const auto make = [&](int input, int attention) {
    AttentionPooling({.input_size = input, .attention_size = attention}, rng_);
  };
  EXPECT_EQ(error_of<OptionError>([&] { make(0, 4); }), "input_size is 0, expected 1 or more");
  EXPECT_EQ(error_of<OptionError>([&] { make(3, 0); }), "attention_size is 0, expected 1 or more");
  EXPECT_THROW(attention_.forward(random(9, 2), kOffsets), ShapeError);
  EXPECT_THROW(attention_.forward(random(8, 3), kOffsets), ShapeError);
  EXPECT_THROW(attention_.forward(random(9, 3), Offsets{0, 5, 4, 9}), ShapeError);
}

}  // namespace
}  // namespace espalier
