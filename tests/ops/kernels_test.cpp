#include <espalier/ops/kernels.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "tests/ops/testing.h"

namespace espalier {

extern const Kernels kernels_sse2;
extern const Kernels kernels_avx2;
extern const Kernels kernels_avx512;

namespace {

using Floats = std::vector<float>;
using Element = std::vector<double>;

// A kernel with its operands numbered. Those from `first_output` on are outputs; operands before it
// that the kernel replaces are listed in `updated`.
struct Case {
  const char* name;
  std::size_t num_operands;
  std::vector<std::size_t> updated;  // Operands whose values after the call are results.
  std::function<void(const Kernels&, std::size_t n, const std::vector<float*>&)> run;
  std::function<void(Element&)> formula;  // On one element of each operand, in double.
};

double sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }

const std::vector<Case>& cases() {
  using Operands = std::vector<float*>;
  static const std::vector<Case> all = {
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
      {"forget",
       5,
       {3, 4},
       [](auto& k, auto n, const Operands& p) { k.forget(n, p[0], p[1], p[2], p[3], p[4]); },
       [](Element& e) {
         e[3] = sigmoid(e[0] + e[1]);
         e[4] += e[3] * e[2];
       }},
      {"forget in place",
       4,
       {0, 3},
       [](auto& k, auto n, const Operands& p) { k.forget(n, p[0], p[1], p[2], p[0], p[3]); },
       [](Element& e) {
         e[0] = sigmoid(e[0] + e[1]);
         e[3] += e[0] * e[2];
       }},
      {"forget_backward",
       5,
       {3, 4},
       [](auto& k, auto n, const Operands& p) {
         k.forget_backward(n, p[0], p[1], p[2], p[3], p[4]);
       },
       [](Element& e) {
         e[3] = e[0] * e[2] * e[1] * (1 - e[1]);
         e[4] = e[0] * e[1];
       }},
      {"forget_backward in place",
       4,
       {1, 3},
       [](auto& k, auto n, const Operands& p) {
         k.forget_backward(n, p[0], p[1], p[2], p[1], p[3]);
       },
       [](Element& e) {
         const double f = e[1];
         e[1] = e[0] * e[2] * f * (1 - f);
         e[3] = e[0] * f;
       }},
      {"cell",
       6,
       {0, 1, 2, 3, 4, 5},
       [](auto& k, auto n, const Operands& p) { k.cell(n, p[0], p[1], p[2], p[3], p[4], p[5]); },
       [](Element& e) {
         e[0] = sigmoid(e[0]);
         e[1] = std::tanh(e[1]);
         e[2] = sigmoid(e[2]);
         e[3] += e[0] * e[1];
         e[4] = std::tanh(e[3]);
         e[5] = e[2] * e[4];
       }},
      {"cell_backward",
       6,
       {2, 3, 4, 5},
       [](auto& k, auto n, const Operands& p) {
         k.cell_backward(n, p[0], p[1], p[2], p[3], p[4], p[5]);
       },
       [](Element& e) {
         const double dh = e[0], t = e[1], i = e[2], u = e[3], o = e[4];
         const double dc = e[5] + dh * o * (1 - t * t);
         e[2] = dc * u * i * (1 - i);
         e[3] = dc * i * (1 - u * u);
         e[4] = dh * t * o * (1 - o);
         e[5] = dc;
       }},
      {"cell_ungated",
       4,
       {0, 1, 2, 3},
       [](auto& k, auto n, const Operands& p) { k.cell_ungated(n, p[0], p[1], p[2], p[3]); },
       [](Element& e) {
         e[0] = sigmoid(e[0]);
         e[1] = std::tanh(e[1]);
         e[2] += e[0] * e[1];
         e[3] = std::tanh(e[2]);
       }},
      {"cell_ungated_backward",
       5,
       {2, 3, 4},
       [](auto& k, auto n, const Operands& p) {
         k.cell_ungated_backward(n, p[0], p[1], p[2], p[3], p[4]);
       },
       [](Element& e) {
         const double i = e[2], u = e[3], dc = e[4] + e[0] * (1 - e[1] * e[1]);
         e[2] = dc * u * i * (1 - i);
         e[3] = dc * i * (1 - u * u);
         e[4] = dc;
       }},
      {"output",
       4,
       {1, 2, 3},
       [](auto& k, auto n, const Operands& p) { k.output(n, p[0], p[1], p[2], p[3]); },
       [](Element& e) {
         e[1] = sigmoid(e[1]);
         e[2] = std::tanh(e[0]);
         e[3] = e[1] * e[2];
       }},
      {"output_backward",
       4,
       {2, 3},
       [](auto& k, auto n, const Operands& p) { k.output_backward(n, p[0], p[1], p[2], p[3]); },
       [](Element& e) {
         const double dh = e[0], t = e[1], o = e[2];
         e[2] = dh * t * o * (1 - o);
         e[3] += dh * o * (1 - t * t);
       }},
      {"adagrad",
       3,
       {1, 2},
       [](auto& k, auto n, const Operands& p) {
         std::transform(p[1], p[1] + n, p[1], [](float s) { return std::abs(s); });
         k.adagrad(n, 0.05f, 0.01f, 1e-3f, p[0], p[1], p[2]);
       },
       [](Element& e) {
         const double g = e[0] + static_cast<double>(0.01f) * e[2];
         e[1] = std::abs(e[1]) + g * g;
         e[2] -= static_cast<double>(0.05f) * g / (std::sqrt(e[1]) + static_cast<double>(1e-3f));
       }}};
  return all;
}

class KernelsTest : public testing::TestWithParam<const Kernels*> {
 protected:
  void SetUp() override {
    const std::string set = GetParam()->instruction_set;
    const bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    const bool has_avx512 = __builtin_cpu_supports("avx512f") &&
                            __builtin_cpu_supports("avx512dq") &&
                            __builtin_cpu_supports("avx512bw");
    if ((set == "avx2" && !has_avx2) || (set == "avx512" && !has_avx512)) GTEST_SKIP() << set;
  }
};

std::vector<float*> pointers(std::vector<Floats>& runs, std::size_t offset = 0) {
  std::vector<float*> result;
  for (Floats& run : runs) result.push_back(run.data() + offset);
  return result;
}

std::vector<Floats> random_runs(std::size_t count, std::size_t n, Rng& rng) {
  std::vector<Floats> runs(count, Floats(n));
  for (Floats& run : runs) {
    for (float& x : run) x = rng.uniform(-1.0f, 1.0f);
  }
  return runs;
}

TEST_P(KernelsTest, AgreeWithTheFormulasAndWriteNothingElse) {
  Rng rng(1);
  for (const Case& c : cases()) {
    for (std::size_t n = 0; n <= 70; ++n) {
      SCOPED_TRACE(message(c.name, ", n ", n));
      const std::vector<Floats> before = random_runs(c.num_operands, n + 20, rng);
      std::vector<Floats> after = before;
      c.run(*GetParam(), n, pointers(after));
      for (std::size_t i = 0; i < n + 20; ++i) {
        Element expected;
        for (const Floats& run : before) expected.push_back(static_cast<double>(run[i]));
        if (i < n) c.formula(expected);
        for (std::size_t p = 0; p < c.num_operands; ++p) {
          const bool result = i < n && std::ranges::count(c.updated, p) > 0;
          const double tolerance = result ? 4e-6 * (1 + std::abs(expected[p])) : 0.0;
          ASSERT_NEAR(after[p][i], expected[p], tolerance) << "operand " << p << ", element " << i;
        }
      }
    }
  }
}

TEST_P(KernelsTest, AnElementHasTheSameBitsWhereverItStands) {
  Rng rng(2);
  constexpr std::size_t kLength = 70;
  for (const Case& c : cases()) {
    const std::vector<Floats> before = random_runs(c.num_operands, kLength, rng);
    std::vector<Floats> whole = before;
    c.run(*GetParam(), kLength, pointers(whole));
    for (std::size_t begin = 0; begin < kLength; ++begin) {
      for (std::size_t n = 1; begin + n <= kLength; ++n) {
        std::vector<Floats> part = before;
        c.run(*GetParam(), n, pointers(part, begin));
        for (std::size_t p = 0; p < c.num_operands; ++p) {
          ASSERT_TRUE(std::equal(part[p].begin() + static_cast<std::ptrdiff_t>(begin),
                                 part[p].begin() + static_cast<std::ptrdiff_t>(begin + n),
                                 whole[p].begin() + static_cast<std::ptrdiff_t>(begin)))
              << c.name << ", operand " << p << ", elements " << begin << " .. " << begin + n - 1;
        }
      }
    }
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
}

TEST_P(KernelsTest, NaNStaysNaN) {
  const Floats nan(5, std::numeric_limits<float>::quiet_NaN());
  Floats y(5);
  for (const auto f : {GetParam()->sigmoid, GetParam()->tanh, GetParam()->exp}) {
    f(5, nan.data(), y.data());
    for (const float v : y) EXPECT_TRUE(std::isnan(v));
  }
}

INSTANTIATE_TEST_SUITE_P(InstructionSets, KernelsTest,
                         testing::Values(&kernels_sse2, &kernels_avx2, &kernels_avx512),
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
