#include <espalier/layers/activation.h>

#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

namespace espalier {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

struct Case {
  Activation activation;
  double (*f)(double);
  double (*slope)(double);
};

const Case kCases[] = {
    {Activation::kTanh, [](double x) { return std::tanh(x); },
     [](double x) { return 1.0 - std::tanh(x) * std::tanh(x); }},
    {Activation::kRelu, [](double x) { return x > 0 ? x : 0.0; },
     [](double x) { return x > 0 ? 1.0 : 0.0; }},
    {Activation::kSigmoid, [](double x) { return 1.0 / (1.0 + std::exp(-x)); },
     [](double x) {
       const double y = 1.0 / (1.0 + std::exp(-x));
       return y * (1.0 - y);
     }},
    {Activation::kIdentity, [](double x) { return x; }, [](double) { return 1.0; }}};

std::vector<float> numbers() {
  std::vector<float> x = {0.0f, -0.0f, 1e30f, -1e30f};
  for (float v = -5.0f; v < 5.0f; v += 0.37f) x.push_back(v);
  return x;
}

TEST(ActivationTest, AgreesWithTheFormulasInPlaceToo) {
  const std::vector<float> x = numbers();
  for (const Case& c : kCases) {
    std::vector<float> y(x.size()), in_place = x;
    activate(c.activation, x.size(), x.data(), y.data());
    activate(c.activation, x.size(), in_place.data(), in_place.data());
    EXPECT_EQ(in_place, y);
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double expected = c.f(static_cast<double>(x[i]));
      EXPECT_NEAR(y[i], expected, 1e-6 * std::abs(expected)) << x[i];
    }
  }
}

TEST(ActivationTest, SlopesAgreeWithTheFormulasInPlaceToo) {
  const std::vector<float> x = numbers();
  std::vector<float> dy(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) dy[i] = static_cast<float>(i) - 10.5f;
  for (const Case& c : kCases) {
    std::vector<float> y(x.size()), dx(x.size());
    activate(c.activation, x.size(), x.data(), y.data());
    activate_backward(c.activation, x.size(), dy.data(), y.data(), dx.data());
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double expected = static_cast<double>(dy[i]) * c.slope(static_cast<double>(x[i]));
      EXPECT_NEAR(dx[i], expected, 1e-5) << x[i];
    }
    std::vector<float> over_dy = dy, over_y = y;
    activate_backward(c.activation, x.size(), over_dy.data(), y.data(), over_dy.data());
    activate_backward(c.activation, x.size(), dy.data(), over_y.data(), over_y.data());
    EXPECT_EQ(over_dy, dx);
    EXPECT_EQ(over_y, dx);
  }
}

TEST(ActivationTest, NaNStaysNaN) {
  for (const Case& c : kCases) {
    float y = 0.0f;
    activate(c.activation, 1, &kNaN, &y);
    EXPECT_TRUE(std::isnan(y));
  }
}

}  // namespace
}  // namespace espalier
