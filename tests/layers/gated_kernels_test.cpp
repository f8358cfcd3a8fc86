#include <espalier/layers/internal/gated_kernels.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <espalier/ops/kernels.h>
#include <espalier/ops/random.h>

#include "tests/support/kernel_cases.h"

namespace espalier {
namespace {

using test::Floats;

constexpr Candidate kCandidates[] = {Candidate::kTanh, Candidate::kLinear};
constexpr CellOutput kOutputs[] = {CellOutput::kGated, CellOutput::kUngated, CellOutput::kInside};

using test::sigmoid;

class GatedKernelsTest : public testing::TestWithParam<const GatedKernels*> {
 protected:
  Floats random(std::size_t n) {
    Floats run(n);
    for (float& x : run) x = rng_.uniform(-1.0f, 1.0f);
    return run;
  }
  std::vector<Floats> random(std::size_t count, std::size_t n) {
    std::vector<Floats> runs;
    for (std::size_t i = 0; i < count; ++i) runs.push_back(random(n));
    return runs;
  }
  // visit(n, number of cells, candidate, output) for lengths about the width of every vector.
  template <class Visit>
  static void for_all_forms(const Visit& visit) {
    for (const std::size_t n : {1u, 3u, 4u, 7u, 8u, 15u, 16u, 17u, 33u, 150u}) {
      for (std::size_t num_cells = 0; num_cells < 5; ++num_cells) {
        for (const Candidate candidate : kCandidates) {
          for (const CellOutput output : kOutputs) {
            SCOPED_TRACE(testing::Message()
                         << n << " elements, " << num_cells << " cells, form "
                         << static_cast<int>(candidate) << static_cast<int>(output));
            visit(n, num_cells, candidate, output);
          }
        }
      }
    }
  }

  Rng rng_{1};
};

void expect_near(const Floats& actual, std::size_t i, double expected) {
  EXPECT_NEAR(actual[i], expected, 2e-6 * (1.0 + std::abs(expected)));
}

// Runs are one element longer than they say: the last must not be touched.
TEST_P(GatedKernelsTest, StepAgreesWithTheFormulas) {
  for_all_forms([&](std::size_t n, std::size_t num_cells, Candidate candidate, CellOutput output) {
    const std::vector<Floats> in = random(3, n + 1), recurrent = random(3, n + 1);
    const std::vector<Floats> f_in = random(num_cells, n + 1), f_rec = random(num_cells, n + 1);
    const std::vector<Floats> c_in = random(num_cells, n + 1);
    std::vector<Floats> gates(3, Floats(n + 1, 9.0f)), f(num_cells, Floats(n + 1, 9.0f));
    Floats c(n + 1, 9.0f), t(n + 1, 9.0f), h(n + 1, 9.0f);
    std::vector<ForgottenCell> cells;
    for (std::size_t k = 0; k < num_cells; ++k) {
      cells.push_back({f_in[k].data(), f_rec[k].data(), c_in[k].data(), f[k].data()});
    }
    GetParam()->step(n,
                     {.candidate = candidate,
                      .output = output,
                      .input = {in[0].data(), in[1].data(), in[2].data()},
                      .recurrent = {recurrent[0].data(), recurrent[1].data(), recurrent[2].data()},
                      .gates = {gates[0].data(), gates[1].data(), gates[2].data()},
                      .cells = cells.data(),
                      .num_cells = num_cells,
                      .c = c.data(),
                      .tanh_c = t.data(),
                      .h = h.data()});
    for (std::size_t e = 0; e < n; ++e) {
      const auto pre = [&](std::size_t g) {
        return static_cast<double>(in[g][e]) + static_cast<double>(recurrent[g][e]);
      };
      const double i = sigmoid(pre(0)), o = sigmoid(pre(2));
      const double u = candidate == Candidate::kTanh ? std::tanh(pre(1)) : pre(1);
      double expected_c = i * u;
      for (std::size_t k = 0; k < num_cells; ++k) {
        const double f_k =
            sigmoid(static_cast<double>(f_in[k][e]) + static_cast<double>(f_rec[k][e]));
        expect_near(f[k], e, f_k);
        expected_c += f_k * static_cast<double>(c_in[k][e]);
      }
      expect_near(gates[0], e, i);
      expect_near(gates[1], e, u);
      expect_near(c, e, expected_c);
      const double tanh_c = std::tanh(expected_c);
      switch (output) {
        case CellOutput::kGated:
          expect_near(gates[2], e, o);
          expect_near(t, e, tanh_c);
          expect_near(h, e, o * tanh_c);
          break;
        case CellOutput::kUngated:
          expect_near(h, e, tanh_c);
          break;
        case CellOutput::kInside:
          expect_near(gates[2], e, o);
          expect_near(h, e, std::tanh(o * expected_c));
          break;
      }
    }
    for (const Floats* run : {&gates[0], &gates[1], &gates[2], &c, &t, &h})
      EXPECT_EQ(run->back(), 9.0f);
    for (const Floats& run : f) EXPECT_EQ(run.back(), 9.0f);
  });
}

TEST_P(GatedKernelsTest, StepBackwardAgreesWithTheFormulas) {
  for_all_forms([&](std::size_t n, std::size_t num_cells, Candidate candidate, CellOutput output) {
    const Floats dh = random(n + 1), dc = random(n + 1), c = random(n + 1);
    Floats t(n + 1), h(n + 1);
    std::vector<Floats> gates = random(3, n + 1), copies(3, Floats(n + 1, 9.0f));
    for (float& o : gates[2]) o = 0.5f + 0.4f * o;
    for (std::size_t e = 0; e <= n; ++e) {
      t[e] = std::tanh(c[e]);
      h[e] = output == CellOutput::kInside ? std::tanh(gates[2][e] * c[e]) : t[e];
    }
    const std::vector<Floats> before = gates;
    const std::vector<Floats> c_in = random(num_cells, n + 1);
    std::vector<Floats> f = random(num_cells, n + 1), f_copies(num_cells, Floats(n + 1, 9.0f));
    std::vector<Floats> d_c(num_cells, Floats(n + 1, 9.0f));
    const std::vector<Floats> f_before = f;
    Floats d_input(n + 1, 9.0f);
    std::vector<ForgottenCellBackward> cells;
    for (std::size_t k = 0; k < num_cells; ++k) {
      cells.push_back({c_in[k].data(), f[k].data(), f_copies[k].data(), d_c[k].data()});
    }
    GetParam()->step_backward(n, {.candidate = candidate,
                                  .output = output,
                                  .dh = dh.data(),
                                  .dc = dc.data(),
                                  .c = c.data(),
                                  .tanh_c = t.data(),
                                  .h = h.data(),
                                  .gates = {gates[0].data(), gates[1].data(), gates[2].data()},
                                  .copies = {copies[0].data(), copies[1].data(), copies[2].data()},
                                  .cells = cells.data(),
                                  .num_cells = num_cells,
                                  .d_forget_input = d_input.data()});
    for (std::size_t e = 0; e < n; ++e) {
      const auto d = [&](const Floats& run) { return static_cast<double>(run[e]); };
      const double i = d(before[0]), u = d(before[1]), o = d(before[2]);
      double d_cell = d(dc), d_o = 0.0;
      switch (output) {
        case CellOutput::kGated:
          d_o = d(dh) * d(t) * o * (1 - o);
          d_cell += d(dh) * o * (1 - d(t) * d(t));
          break;
        case CellOutput::kUngated:
          d_cell += d(dh) * (1 - d(h) * d(h));
          break;
        case CellOutput::kInside: {
          const double inside = d(dh) * (1 - d(h) * d(h));
          d_o = inside * d(c) * o * (1 - o);
          d_cell += inside * o;
          break;
        }
      }
      double sum = 0.0;
      for (std::size_t k = 0; k < num_cells; ++k) {
        const double f_k = d(f_before[k]), d_f = d_cell * d(c_in[k]) * f_k * (1 - f_k);
        expect_near(f[k], e, d_f);
        expect_near(f_copies[k], e, d_f);
        expect_near(d_c[k], e, d_cell * f_k);
        sum += d_f;
      }
      expect_near(d_input, e, sum);
      for (const std::vector<Floats>* where : {&gates, &copies}) {
        expect_near((*where)[0], e, d_cell * u * i * (1 - i));
        expect_near((*where)[1], e, d_cell * i * (candidate == Candidate::kTanh ? 1 - u * u : 1.0));
        if (output != CellOutput::kUngated) expect_near((*where)[2], e, d_o);
      }
    }
    EXPECT_EQ(d_input.back(), 9.0f);
    for (const Floats& run : copies) EXPECT_EQ(run.back(), 9.0f);
    for (const Floats& run : d_c) EXPECT_EQ(run.back(), 9.0f);
  });
}

TEST_P(GatedKernelsTest, ReadOutAgreesWithTheFormulasBothWays) {
  for (const std::size_t n : {1u, 5u, 16u, 31u}) {
    const Floats c = random(n + 1), pre = random(n + 1), dh = random(n + 1),
                 dc_before = random(n + 1);
    Floats o = pre, t(n + 1, 9.0f), h(n + 1, 9.0f), dc = dc_before;
    GetParam()->read_out(n, c.data(), o.data(), t.data(), h.data());
    const Floats gate = o;
    GetParam()->read_out_backward(n, dh.data(), t.data(), o.data(), dc.data());
    for (std::size_t e = 0; e < n; ++e) {
      const double s = sigmoid(static_cast<double>(pre[e]));
      const double tanh_c = std::tanh(static_cast<double>(c[e])), d = static_cast<double>(dh[e]);
      expect_near(gate, e, s);
      expect_near(h, e, s * tanh_c);
      expect_near(o, e, d * tanh_c * s * (1 - s));
      expect_near(dc, e, static_cast<double>(dc_before[e]) + d * s * (1 - tanh_c * tanh_c));
    }
    EXPECT_EQ(h.back(), 9.0f);
  }
}

// A forget gate of exactly 1, beside an input gate of 0, keeps every bit of a memory cell.
TEST_P(GatedKernelsTest, AnOpenForgetGateCopiesExactly) {
  constexpr std::size_t kLength = 70;
  const Floats before = random(kLength), open(kLength, 1000.0f), shut(kLength, -1000.0f);
  const Floats none(kLength, 0.0f), u = random(kLength);
  Floats f(kLength), i(kLength), candidate(kLength), o(kLength), c(kLength), t(kLength), h(kLength);
  const ForgottenCell cell{open.data(), none.data(), before.data(), f.data()};
  GetParam()->step(kLength, {.candidate = Candidate::kTanh,
                             .output = CellOutput::kGated,
                             .input = {shut.data(), u.data(), u.data()},
                             .recurrent = {none.data(), none.data(), none.data()},
                             .gates = {i.data(), candidate.data(), o.data()},
                             .cells = &cell,
                             .num_cells = 1,
                             .c = c.data(),
                             .tanh_c = t.data(),
                             .h = h.data()});
  EXPECT_EQ(c, before);
}

// Every element is computed by the same instructions wherever it stands.
TEST_P(GatedKernelsTest, AnElementsBitsDoNotDependOnItsPlace) {
  constexpr std::size_t kLength = 67;
  const Floats x = random(kLength + 20);
  const auto h_from = [&](std::size_t first, std::size_t n) {
    Floats i(n), u(n), o(n), f(n), c(n), t(n), h(n);
    const float* const run = x.data() + first;
    const ForgottenCell cell{run, run, run, f.data()};
    GetParam()->step(n, {.candidate = Candidate::kTanh,
                         .output = CellOutput::kGated,
                         .input = {run, run, run},
                         .recurrent = {run, run, run},
                         .gates = {i.data(), u.data(), o.data()},
                         .cells = &cell,
                         .num_cells = 1,
                         .c = c.data(),
                         .tanh_c = t.data(),
                         .h = h.data()});
    return h;
  };
  const Floats whole = h_from(0, kLength);
  for (const std::size_t first : {1u, 5u, 16u, 50u}) {
    for (const std::size_t n : {1u, 8u, 17u}) {
      const Floats part = h_from(first, n);
      EXPECT_TRUE(
          std::equal(part.begin(), part.end(), whole.begin() + static_cast<std::ptrdiff_t>(first)));
    }
  }
}

// --- With peepholes, and with i = 1 - f ---------------------------------------------------------

using test::Element;
using test::Operands;
using KernelCase = test::KernelCase<GatedKernels>;

/// The operands from `first` on.
template <class T>
GatedRuns<T> gates_from(const Operands& p, std::size_t first, bool coupled) {
  return {coupled ? nullptr : p[first], p[first + 2], p[first + 3]};
}

Peepholes peepholes(const Operands& p, bool any, bool coupled) {
  if (!any) return {};
  return {.i = coupled ? nullptr : p[5], .f = p[6], .o = p[7]};
}

/// Operands: i, f, u, o, c_before, the three peepholes; what the old state gives to i, f, u, o;
/// then c, tanh_c, h.
KernelCase lstm_case(bool peephole, bool coupled) {
  return {std::string("step") + (peephole ? " peephole" : "") + (coupled ? " coupled" : ""), 15,
          coupled ? std::vector<std::size_t>{1, 2, 3, 12, 13, 14}
                  : std::vector<std::size_t>{0, 1, 2, 3, 12, 13, 14},
          [=](const GatedKernels& k, std::size_t n, const Operands& p) {
            const ForgottenCell cell{.input = p[1], .recurrent = p[9], .c = p[4], .f = p[1]};
            k.step(n, {.candidate = Candidate::kTanh,
                       .output = CellOutput::kGated,
                       .input = gates_from<const float>(p, 0, coupled),
                       .recurrent = gates_from<const float>(p, 8, coupled),
                       .gates = gates_from<float>(p, 0, coupled),
                       .cells = &cell,
                       .num_cells = 1,
                       .c = p[12],
                       .tanh_c = p[13],
                       .h = p[14],
                       .peephole = peepholes(p, peephole, coupled)});
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
      [=](const GatedKernels& k, std::size_t n, const Operands& p) {
        const ForgottenCellBackward cell{.c = p[4], .f = p[1], .copy = p[13], .d_c = p[11]};
        k.step_backward(n, {.candidate = Candidate::kTanh,
                            .output = CellOutput::kGated,
                            .dh = p[9],
                            .dc = p[10],
                            .c = nullptr,
                            .tanh_c = p[8],
                            .h = nullptr,
                            .gates = gates_from<float>(p, 0, coupled),
                            .copies = gates_from<float>(p, 12, coupled),
                            .cells = &cell,
                            .num_cells = 1,
                            .d_forget_input = nullptr,
                            .peephole = peepholes(p, peephole, coupled)});
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

std::vector<KernelCase> lstm_cases() {
  std::vector<KernelCase> cases;
  for (const bool peephole : {false, true}) {
    for (const bool coupled : {false, true}) {
      cases.push_back(lstm_case(peephole, coupled));
      cases.push_back(lstm_backward_case(peephole, coupled));
    }
  }
  return cases;
}

TEST_P(GatedKernelsTest, FormsOfAnLSTMAgreeWithTheFormulasAndWriteNothingElse) {
  test::expect_formulas(*GetParam(), lstm_cases());
}

TEST_P(GatedKernelsTest, AnElementHasTheSameBitsWhereverItStands) {
  test::expect_same_bits_everywhere(*GetParam(), lstm_cases());
}

// A gate of exactly 1 or 0 must keep every bit of what it lets through, step after step.
TEST_P(GatedKernelsTest, GatesThatAreOpenOrShutCopyExactly) {
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
      const ForgottenCell cell{f.data(), none.data(), before.data(), f.data()};
      GetParam()->step(kLength, {.candidate = Candidate::kTanh,
                                 .output = CellOutput::kGated,
                                 .input = {nullptr, u.data(), o.data()},
                                 .recurrent = {nullptr, none.data(), none.data()},
                                 .gates = {nullptr, u.data(), o.data()},
                                 .cells = &cell,
                                 .num_cells = 1,
                                 .c = c.data(),
                                 .tanh_c = t.data(),
                                 .h = h.data(),
                                 .peephole = {.i = nullptr, .f = p, .o = p}});
      EXPECT_EQ(c, keeps ? before : candidate);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(InstructionSets, GatedKernelsTest, testing::ValuesIn(all_gated_kernels()),
                         [](const auto& set) { return std::string(set.param->instruction_set); });

}  // namespace
}  // namespace espalier
