#include <espalier/ops/layer_norm.h>

#include <cmath>

#include "tests/ops/testing.h"

namespace espalier {
namespace {

TEST(LayerNormTest, AgreesWithTheEquations) {
  Rng rng(1);
  for (const Shape& shape : {Shape{1, 1}, Shape{0, 4}, Shape{3, 0}, Shape{7, 5}, Shape{900, 70}}) {
    SCOPED_TRACE(shape.to_string());
    const Variable x = test::random_parameter(shape, rng);
    const Variable gain = test::random_parameter({shape[1]}, rng);
    const Variable bias = test::random_parameter({shape[1]}, rng);
    const Variable y = layer_norm(x, gain, bias, 0.01f);
    const Variable plain = layer_norm(x, {}, {}, 0.01f);
    ASSERT_EQ(y.shape(), shape);
    const auto n = static_cast<double>(shape[1]);
    for (std::size_t r = 0; r < x.rows(); ++r) {
      double mean = 0, variance = 0;
      for (const float v : x.value().row(r)) mean += static_cast<double>(v) / n;
      for (const float v : x.value().row(r)) {
        variance += std::pow(static_cast<double>(v) - mean, 2) / n;
      }
      for (std::size_t c = 0; c < x.cols(); ++c) {
        const double normalised = (static_cast<double>(x.value().at(r, c)) - mean) /
                                  std::sqrt(variance + static_cast<double>(0.01f));
        const double expected = static_cast<double>(gain.value().data()[c]) * normalised +
                                static_cast<double>(bias.value().data()[c]);
        ASSERT_NEAR(static_cast<double>(plain.value().at(r, c)), normalised, 1e-5);
        ASSERT_NEAR(static_cast<double>(y.value().at(r, c)), expected, 1e-5);
      }
    }
  }
}

TEST(LayerNormTest, GradientsMatch) {
  Rng rng(2);
  const Variable x = test::random_parameter({4, 6}, rng);
  const Variable gain = test::random_parameter({6}, rng);
  const Variable bias = test::random_parameter({6}, rng);
  EXPECT_TRUE(test::gradients_match([&] { return layer_norm(x, gain, bias); }, {x, gain, bias}));
  EXPECT_TRUE(test::gradients_match([&] { return layer_norm(x, {}, bias, 0.5f); }, {x, bias}));
  EXPECT_TRUE(test::gradients_match([&] { return layer_norm(x, gain, {}, 0.5f); }, {x, gain}));
}

// A row without variance is normalised to zeros, and stays finite backward.
TEST(LayerNormTest, TakesConstantRows) {
  const Variable x = Variable::parameter(Tensor::filled({2, 3}, 7.0f));
  const Variable y = layer_norm(x, {}, {});
  EXPECT_TRUE(bitwise_equal(y.value(), Tensor::zeros({2, 3})));
  y.backward(Tensor::filled({2, 3}, 1.0f));
  EXPECT_TRUE(all_close(x.gradient(), Tensor::zeros({2, 3})));
}

TEST(LayerNormTest, GivesTheSameBitsAtAnyNumberOfThreads) {
  Rng rng(3);
  const Variable x = test::random_parameter({900, 70}, rng);
  const Variable gain = test::random_parameter({70}, rng);
  const Variable bias = test::random_parameter({70}, rng);
  EXPECT_TRUE(test::same_bits_at_any_number_of_threads([&] { return layer_norm(x, gain, bias); },
                                                       {x, gain, bias}));
}

TEST(LayerNormTest, NamesWhatDoesNotFit) {
  const Variable x(Tensor::zeros({2, 3}));
  const Variable two(Tensor::zeros({2}));
  EXPECT_EQ(test::error_of<ShapeError>([&] { layer_norm(x, two, {}); }),
            "gain of a layer norm: shape [2], expected [3]");
  EXPECT_EQ(test::error_of<ShapeError>([&] { layer_norm(x, {}, two); }),
            "bias of a layer norm: shape [2], expected [3]");
  EXPECT_EQ(test::error_of<OptionError>([&] { layer_norm(x, {}, {}, 0); }),
            "layer_norm: epsilon 0, expected > 0");
}

}  // namespace
}  // namespace espalier
