#include <espalier/layers/internal/lstm_kernels.h>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <espalier/ops/kernels.h>

#include "tests/support/kernel_cases.h"

namespace espalier {
namespace {

using test::Element;
using test::Floats;
using test::Operands;
using test::sigmoid;
using KernelCase = test::KernelCase<LSTMKernels>;

/// The operands from `first` on.
template <class T>
LSTMGates<T> lstm_gates(const Operands& p, std::size_t first, bool coupled) {
  return {coupled ? nullptr : p[first], p[first + 1], p[first + 2], p[first + 3]};
}

/// Operands: i, f, u, o, c_before, the three peepholes; what the old state gives to i, f, u, o;
/// then c, tanh_c, h.
KernelCase lstm_case(bool peephole, bool coupled) {
  return {std::string("step") + (peephole ? " peephole" : "") + (coupled ? " coupled" : ""), 15,
          coupled ? std::vector<std::size_t>{1, 2, 3, 12, 13, 14}
                  : std::vector<std::size_t>{0, 1, 2, 3, 12, 13, 14},
          [=](const LSTMKernels& k, std::size_t n, const Operands& p) {
            k.step(n, {.input = lstm_gates<const float>(p, 0, coupled),
                       .recurrent = lstm_gates<const float>(p, 8, coupled),
                       .c_before = p[4],
                       .peephole_i = peephole && !coupled ? p[5] : nullptr,
                       .peephole_f = peephole ? p[6] : nullptr,
                       .peephole_o = peephole ? p[7] : nullptr,
                       .gates = lstm_gates<float>(p, 0, coupled),
                       .c = p[12],
                       .tanh_c = p[13],
                       .h = p[14]});
          },
          [=](Element& e) {
            const double seen = peephole ? e[4] : 0.0;
            e[1] = sigmoid(e[1] + e[9] + e[6] * seen);
            if (!coupled) e[0] = sigmoid(e[0] + e[8] + e[5] * seen);
            e[2] = std::tanh(e[2] + e[10]);
            e[12] = e[1] * e[4] + (coupled ? 1.0 - e[1] : e[0]) * e[2];
            e[3] = sigmoid(e[3] + e[11] + (peephole ? e[7] * e[12] : 0.0));
            e[13] = std::tanh(e[12]);
            e[14] = e[3] * e[13];
          }};
}

/// Operands: i, f, u, o, c_before, the three peepholes, tanh_c, dh, dc; then dc_before and copies
/// of i, f, u, o.
KernelCase lstm_backward_case(bool peephole, bool coupled) {
  return {
      std::string("step_backward") + (peephole ? " peephole" : "") + (coupled ? " coupled" : ""),
      16,
      coupled ? std::vector<std::size_t>{1, 2, 3, 11, 13, 14, 15}
              : std::vector<std::size_t>{0, 1, 2, 3, 11, 12, 13, 14, 15},
      [=](const LSTMKernels& k, std::size_t n, const Operands& p) {
        k.step_backward(n, {.dh = p[9],
                            .dc = p[10],
                            .c_before = p[4],
                            .tanh_c = p[8],
                            .peephole_i = peephole && !coupled ? p[5] : nullptr,
                            .peephole_f = peephole ? p[6] : nullptr,
                            .peephole_o = peephole ? p[7] : nullptr,
                            .gates = lstm_gates<float>(p, 0, coupled),
                            .copies = lstm_gates<float>(p, 12, coupled),
                            .dc_before = p[11]});
      },
      [=](Element& e) {
        const double f = e[1], u = e[2], o = e[3], c_before = e[4], tanh_c = e[8], dh = e[9];
        const double i = coupled ? 1.0 - f : e[0];
        const double d_o = dh * tanh_c * o * (1 - o);
        const double dc = e[10] + dh * o * (1 - tanh_c * tanh_c) + (peephole ? e[7] * d_o : 0.0);
        const double d_i = dc * u * i * (1 - i);
        const double d_f = dc * (c_before - (coupled ? u : 0.0)) * f * (1 - f);
        if (!coupled) e[0] = e[12] = d_i;
        e[1] = e[13] = d_f;
        e[2] = e[14] = dc * i * (1 - u * u);
        e[3] = e[15] = d_o;
        e[11] = dc * f;
        if (peephole) e[11] += e[6] * d_f + (coupled ? 0.0 : e[5] * d_i);
      }};
}

std::vector<KernelCase> cases() {
  std::vector<KernelCase> cases;
  for (const bool peephole : {false, true}) {
    for (const bool coupled : {false, true}) {
      cases.push_back(lstm_case(peephole, coupled));
      cases.push_back(lstm_backward_case(peephole, coupled));
    }
  }
  return cases;
}

class LSTMKernelsTest : public testing::TestWithParam<const LSTMKernels*> {};

TEST_P(LSTMKernelsTest, AgreeWithTheFormulasAndWriteNothingElse) {
  test::expect_formulas(*GetParam(), cases());
  test::expect_every_entry(cases());
}

TEST_P(LSTMKernelsTest, AnElementHasTheSameBitsWhereverItStands) {
  test::expect_same_bits_everywhere(*GetParam(), cases());
}

// A gate of exactly 1 or 0 must keep every bit of what it lets through, step after step.
TEST_P(LSTMKernelsTest, GatesThatAreOpenOrShutCopyExactly) {
  Rng rng(4);
  constexpr std::size_t kLength = 70;
  const std::vector<Floats> runs = test::random_runs(3, kLength, rng);
  const Floats &before = runs[0], &new_value = runs[1];
  Floats candidate(kLength);
  for (const Kernels* general : all_kernels()) {
    if (std::string(general->instruction_set) != GetParam()->instruction_set) continue;
    general->tanh(kLength, new_value.data(), candidate.data());
  }
  for (const bool keeps : {true, false}) {
    const float saturated = keeps ? 1000.0f : -1000.0f;
    for (const bool peephole : {false, true}) {
      Floats f(kLength, saturated), u = new_value, o = runs[2], c(kLength), t(kLength), h(kLength);
      const Floats none(kLength, 0.0f);
      const float* const p = peephole ? none.data() : nullptr;
      GetParam()->step(kLength, {.input = {nullptr, f.data(), u.data(), o.data()},
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
  }
}

INSTANTIATE_TEST_SUITE_P(InstructionSets, LSTMKernelsTest, testing::ValuesIn(all_lstm_kernels()),
                         [](const auto& set) { return std::string(set.param->instruction_set); });

}  // namespace
}  // namespace espalier
