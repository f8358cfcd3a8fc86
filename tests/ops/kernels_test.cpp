#include <espalier/ops/kernels.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "tests/ops/testing.h"
#include "tests/support/kernel_cases.h"

namespace espalier {
namespace {

using test::Element;
using test::Floats;
using test::Operands;
using test::random_runs;
using test::sigmoid;
using KernelCase = test::KernelCase<Kernels>;

std::vector<KernelCase> cases() {
  return {
      {"sigmoid",
       2,
       {1},
       [](auto& k, auto n, const Operands& p) { k.sigmoid(n, p[0], p[1]); },
       [](Element& e) { e[1] = sigmoid(e[0]); }},
      {"sigmoid in place",
       1,
       {0},
       [](auto& k, auto n, const Operands& p) { k.sigmoid(n, p[0], p[0]); },
       [](Element& e) { e[0] = sigmoid(e[0]); }},
      {"tanh",
       2,
       {1},
       [](auto& k, auto n, const Operands& p) { k.tanh(n, p[0], p[1]); },
       [](Element& e) { e[1] = std::tanh(e[0]); }},
      {"tanh in place",
       1,
       {0},
       [](auto& k, auto n, const Operands& p) { k.tanh(n, p[0], p[0]); },
       [](Element& e) { e[0] = std::tanh(e[0]); }},
      {"exp",
       2,
       {1},
       [](auto& k, auto n, const Operands& p) { k.exp(n, p[0], p[1]); },
       [](Element& e) { e[1] = std::exp(e[0]); }},
      {"relu_backward",
       3,
       {2},
       [](auto& k, auto n, const Operands& p) { k.relu_backward(n, p[0], p[1], p[2]); },
       [](Element& e) { e[2] = e[1] > 0 ? e[0] : 0; }},
      {"elu",
       2,
       {1},
       [](auto& k, auto n, const Operands& p) { k.elu(n, 1.5f, p[0], p[1]); },
       [](Element& e) { e[1] = e[0] > 0 ? e[0] : 1.5 * std::expm1(e[0]); }},
      {"elu_backward",
       4,
       {3},
       [](auto& k, auto n, const Operands& p) { k.elu_backward(n, 1.5f, p[0], p[1], p[2], p[3]); },
       [](Element& e) { e[3] = e[1] > 0 ? e[0] : e[0] * (e[2] + 1.5); }},
      {"exp in place",
       1,
       {0},
       [](auto& k, auto n, const Operands& p) { k.exp(n, p[0], p[0]); },
       [](Element& e) { e[0] = std::exp(e[0]); }},
      {"tanh_backward",
       3,
       {2},
       [](auto& k, auto n, const Operands& p) { k.tanh_backward(n, p[0], p[1], p[2]); },
       [](Element& e) { e[2] += e[0] * (1 - e[1] * e[1]); }},
      {"tanh_backward in place",
       2,
       {0},
       [](auto& k, auto n, const Operands& p) { k.tanh_backward(n, p[0], p[1], p[0]); },
       [](Element& e) { e[0] += e[0] * (1 - e[1] * e[1]); }},
      {"tanh_dot_backward",
       2,
       {1},
       [](auto& k, auto n, const Operands& p) { k.tanh_dot_backward(n, 0.75f, p[0], p[1]); },
       [](Element& e) { e[1] = 0.75 * e[0] * (1 - e[1] * e[1]); }},
      {"add",
       2,
       {1},
       [](auto& k, auto n, const Operands& p) { k.add(n, p[0], p[1]); },
       [](Element& e) { e[1] += e[0]; }},
      {"add to itself",
       1,
       {0},
       [](auto& k, auto n, const Operands& p) { k.add(n, p[0], p[0]); },
       [](Element& e) { e[0] += e[0]; }},
      {"add_scaled",
       2,
       {1},
       [](auto& k, auto n, const Operands& p) { k.add_scaled(n, 0.75f, p[0], p[1]); },
       [](Element& e) { e[1] += 0.75 * e[0]; }},
      {"add_product",
       3,
       {2},
       [](auto& k, auto n, const Operands& p) { k.add_product(n, p[0], p[1], p[2]); },
       [](Element& e) { e[2] += e[0] * e[1]; }}};
}

class KernelsTest : public testing::TestWithParam<const Kernels*> {};

TEST_P(KernelsTest, AgreeWithTheFormulasAndWriteNothingElse) {
  test::expect_formulas(*GetParam(), cases());
  test::expect_every_entry(cases(), /*others=*/1);  // dot.
}

TEST_P(KernelsTest, AnElementHasTheSameBitsWhereverItStands) {
  test::expect_same_bits_everywhere(*GetParam(), cases());
}

TEST_P(KernelsTest, ADotProductReadsItsElementsAloneInAnOrderOfItsOwn) {
  Rng rng(3);
  constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
  for (std::size_t n = 0; n <= 200; ++n) {
    const std::vector<Floats> runs = random_runs(2, n, rng);
    double expected = 0;
    for (std::size_t i = 0; i < n; ++i) {
      expected += static_cast<double>(runs[0][i]) * static_cast<double>(runs[1][i]);
    }
    std::vector<float> results;
    for (const std::size_t offset : {0u, 1u, 7u, 16u}) {
      std::vector<Floats> placed(2, Floats(n + 40, kNaN));
      std::ranges::copy(runs[0], placed[0].begin() + static_cast<std::ptrdiff_t>(offset));
      std::ranges::copy(runs[1], placed[1].begin() + 3);
      results.push_back(GetParam()->dot(n, placed[0].data() + offset, placed[1].data() + 3));
      ASSERT_EQ(results.back(), results.front()) << n;
    }
    ASSERT_NEAR(results.front(), expected, 2e-6 * (1 + static_cast<double>(n) / 10)) << n;
  }
}

TEST_P(KernelsTest, ElementaryFunctionsAreGoodOverTheirWholeRange) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  Floats x = {0.0f,  -0.0f,  1e-30f,  -1e-30f, 1e-4f,  0.624f,    0.626f,    88.0f,
              89.0f, -87.0f, -104.0f, 1e30f,   -1e30f, kInfinity, -kInfinity};
  for (float v = -20.0f; v < 20.0f; v += 0.0137f) x.push_back(v);
  Floats y(x.size());
  const auto agrees = [&](const char* name, const std::function<double(double)>& f,
                          double tolerance) {
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double expected = f(static_cast<double>(x[i]));
      const auto rounded = static_cast<float>(expected);
      if (std::isinf(rounded)) {
        EXPECT_EQ(y[i], rounded) << name << " of " << x[i];
      } else {
        EXPECT_NEAR(y[i], expected, tolerance * std::abs(expected) + 1e-37)
            << name << " of " << x[i];
      }
    }
  };
  GetParam()->sigmoid(x.size(), x.data(), y.data());
  agrees("sigmoid", sigmoid, 1e-6);
  GetParam()->tanh(x.size(), x.data(), y.data());
  agrees(
      "tanh", [](double v) { return std::tanh(v); }, 1e-6);
  GetParam()->exp(x.size(), x.data(), y.data());
  agrees(
      "exp", [](double v) { return std::exp(v); }, 1e-6);
  GetParam()->elu(x.size(), 1.0f, x.data(), y.data());
  agrees(
      "elu", [](double v) { return v > 0 ? v : std::expm1(v); }, 1e-6);
}

TEST_P(KernelsTest, NaNStaysNaN) {
  const Floats nan(5, std::numeric_limits<float>::quiet_NaN());
  Floats y(5);
  for (const auto f : {GetParam()->sigmoid, GetParam()->tanh, GetParam()->exp}) {
    f(5, nan.data(), y.data());
    for (const float v : y) EXPECT_TRUE(std::isnan(v));
  }
}

INSTANTIATE_TEST_SUITE_P(InstructionSets, KernelsTest, testing::ValuesIn(all_kernels()),
                         [](const auto& set) { return std::string(set.param->instruction_set); });

TEST(KernelChoiceTest, TheWidestThatTheMachineHasAreChosen) {
  const std::string chosen = kernels().instruction_set;
  if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq")) {
    EXPECT_EQ(chosen, "avx512");
  } else {
    EXPECT_EQ(chosen, __builtin_cpu_supports("avx2") ? "avx2" : "sse2");
  }
}

}  // namespace
}  // namespace espalier
