#include <espalier/ops/kernels.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "tests/ops/kernel_cases.h"
#include "tests/ops/recurrent_kernel_cases.h"
#include "tests/ops/testing.h"

namespace espalier {

namespace {

using Floats = std::vector<float>;
using test::Element;
using test::KernelCase;
using test::sigmoid;

const std::vector<KernelCase>& cases() {
  static const std::vector<KernelCase> all = [] {
    std::vector<KernelCase> both = test::element_wise_cases();
    for (KernelCase& c : test::recurrent_cases()) both.push_back(std::move(c));
    return both;
  }();
  return all;
}

class KernelsTest : public testing::TestWithParam<const Kernels*> {};

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
  for (const KernelCase& c : cases()) {
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
  for (const KernelCase& c : cases()) {
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

// A gate of exactly 1 or 0 must keep every bit of what it lets through, step after step.
TEST_P(KernelsTest, GatesThatAreOpenOrShutCopyExactly) {
  Rng rng(4);
  constexpr std::size_t kLength = 70;
  const std::vector<Floats> runs = random_runs(3, kLength, rng);
  const Floats &before = runs[0], &new_value = runs[1];
  Floats candidate(kLength);
  GetParam()->tanh(kLength, new_value.data(), candidate.data());
  for (const bool keeps : {true, false}) {
    const float saturated = keeps ? 1000.0f : -1000.0f;
    for (const bool peephole : {false, true}) {
      Floats f(kLength, saturated), u = new_value, o = runs[2], c(kLength), t(kLength), h(kLength);
      const Floats none(kLength, 0.0f);
      const float* const p = peephole ? none.data() : nullptr;
      GetParam()->lstm(kLength, {.input = {nullptr, f.data(), u.data(), o.data()},
                                 .recurrent = {nullptr, none.data(), none.data(), none.data()},
                                 .c_before = before.data(),
                                 .peephole_f = p,
                                 .peephole_o = p,
                                 .gates = {nullptr, f.data(), u.data(), o.data()},
                                 .c = c.data(),
                                 .tanh_c = t.data(),
                                 .h = h.data()});
      EXPECT_EQ(c, keeps ? before : candidate);
    }
    for (const GRUUpdate update : {GRUUpdate::kKeepByZ, GRUUpdate::kWriteByZ}) {
      const bool opens = keeps == (update == GRUUpdate::kKeepByZ);
      Floats r(kLength), z(kLength, opens ? 1000.0f : -1000.0f), n = new_value, h(kLength);
      Floats kept(kLength);
      const Floats none(kLength, 0.0f);
      GetParam()->gru(kLength, update,
                      {.input_r = r.data(),
                       .input_z = z.data(),
                       .input_n = n.data(),
                       .recurrent_r = none.data(),
                       .recurrent_z = none.data(),
                       .recurrent_n = none.data(),
                       .h_before = before.data(),
                       .r = r.data(),
                       .z = z.data(),
                       .n = n.data(),
                       .kept_n = kept.data(),
                       .h = h.data()});
      EXPECT_EQ(h, keeps ? before : candidate);
      n = new_value;
      GetParam()->gru_candidate(kLength, update, z.data(), before.data(), n.data(), h.data());
      EXPECT_EQ(h, keeps ? before : candidate);
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
