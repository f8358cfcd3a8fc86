#include <espalier/layers/internal/gru_kernels.h>

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
using KernelCase = test::KernelCase<GRUKernels>;

double mixed(GRUUpdate update, double z, double h_before, double n) {
  return update == GRUUpdate::kKeepByZ ? z * h_before + (1 - z) * n : (1 - z) * h_before + z * n;
}

/// The gradients of z's pre-activation, of n's and of h_before, from dh.
struct MixedGradients {
  double z, n, h_before;
};
MixedGradients mixed_backward(GRUUpdate update, double z, double h_before, double n, double dh) {
  const double kept = update == GRUUpdate::kKeepByZ ? z : 1 - z;
  const double dz = update == GRUUpdate::kKeepByZ ? h_before - n : n - h_before;
  return {dh * dz * z * (1 - z), dh * (1 - kept) * (1 - n * n), dh * kept};
}

/// Operands: r, z, n, recurrent r, z, n, h_before, then h and a copy of recurrent n; or, backward,
/// dh and dh_before.
std::vector<KernelCase> gru_cases(GRUUpdate update) {
  const std::string by = update == GRUUpdate::kKeepByZ ? " keep" : " write";
  return {{"step" + by,
           9,
           {0, 1, 2, 7, 8},
           [=](const GRUKernels& k, std::size_t n, const Operands& p) {
             k.step(n, update,
                    {.input_r = p[0],
                     .input_z = p[1],
                     .input_n = p[2],
                     .recurrent_r = p[3],
                     .recurrent_z = p[4],
                     .recurrent_n = p[5],
                     .h_before = p[6],
                     .r = p[0],
                     .z = p[1],
                     .n = p[2],
                     .kept_n = p[8],
                     .h = p[7]});
           },
           [=](Element& e) {
             e[0] = sigmoid(e[0] + e[3]);
             e[1] = sigmoid(e[1] + e[4]);
             e[2] = std::tanh(e[2] + e[0] * e[5]);
             e[7] = mixed(update, e[1], e[6], e[2]);
             e[8] = e[5];
           }},
          {"step_backward" + by,
           9,
           {0, 1, 2, 3, 4, 5, 8},
           [=](const GRUKernels& k, std::size_t n, const Operands& p) {
             k.step_backward(n, update,
                             {.dh = p[7],
                              .h_before = p[6],
                              .recurrent_n = p[5],
                              .r = p[0],
                              .z = p[1],
                              .n = p[2],
                              .d_recurrent_r = p[3],
                              .d_recurrent_z = p[4],
                              .d_recurrent_n = p[5],
                              .dh_before = p[8]});
           },
           [=](Element& e) {
             const double r = e[0], recurrent_n = e[5];
             const MixedGradients d = mixed_backward(update, e[1], e[6], e[2], e[7]);
             e[0] = e[3] = d.n * recurrent_n * r * (1 - r);
             e[1] = e[4] = d.z;
             e[2] = d.n;
             e[5] = d.n * r;
             e[8] = d.h_before;
           }},
          {"candidate" + by,
           4,
           {2, 3},
           [=](const GRUKernels& k, std::size_t n, const Operands& p) {
             k.candidate(n, update, p[0], p[1], p[2], p[3]);
           },
           [=](Element& e) {
             e[2] = std::tanh(e[2]);
             e[3] = mixed(update, e[0], e[1], e[2]);
           }},
          {"candidate_backward" + by,
           5,
           {2, 3, 4},
           [=](const GRUKernels& k, std::size_t n, const Operands& p) {
             k.candidate_backward(n, update, p[0], p[1], p[2], p[3], p[4]);
           },
           [=](Element& e) {
             const MixedGradients d = mixed_backward(update, e[2], e[1], e[3], e[0]);
             e[2] = d.z;
             e[3] = d.n;
             e[4] = d.h_before;
           }}};
}

std::vector<KernelCase> cases() {
  std::vector<KernelCase> cases = {
      {"reset",
       4,
       {1, 2, 3},
       [](auto& k, auto n, const Operands& p) { k.reset(n, p[0], p[1], p[2], p[3]); },
       [](Element& e) {
         e[1] = sigmoid(e[1]);
         e[2] = sigmoid(e[2]);
         e[3] = e[1] * e[0];
       }},
      {"reset_backward",
       4,
       {2, 3},
       [](auto& k, auto n, const Operands& p) { k.reset_backward(n, p[0], p[1], p[2], p[3]); },
       [](Element& e) {
         const double d_reset_h = e[0], h_before = e[1], r = e[2];
         e[2] = d_reset_h * h_before * r * (1 - r);
         e[3] += d_reset_h * r;
       }}};
  for (const GRUUpdate update : {GRUUpdate::kKeepByZ, GRUUpdate::kWriteByZ}) {
    for (KernelCase& c : gru_cases(update)) cases.push_back(std::move(c));
  }
  return cases;
}

class GRUKernelsTest : public testing::TestWithParam<const GRUKernels*> {};

TEST_P(GRUKernelsTest, AgreeWithTheFormulasAndWriteNothingElse) {
  test::expect_formulas(*GetParam(), cases());
  test::expect_every_entry(cases());
}

TEST_P(GRUKernelsTest, AnElementHasTheSameBitsWhereverItStands) {
  test::expect_same_bits_everywhere(*GetParam(), cases());
}

// A gate of exactly 1 or 0 must keep every bit of what it lets through, step after step.
TEST_P(GRUKernelsTest, GatesThatAreOpenOrShutCopyExactly) {
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
    for (const GRUUpdate update : {GRUUpdate::kKeepByZ, GRUUpdate::kWriteByZ}) {
      const bool opens = keeps == (update == GRUUpdate::kKeepByZ);
      Floats r(kLength), z(kLength, opens ? 1000.0f : -1000.0f), n = new_value, h(kLength);
      Floats kept(kLength);
      const Floats none(kLength, 0.0f);
      GetParam()->step(kLength, update,
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
      GetParam()->candidate(kLength, update, z.data(), before.data(), n.data(), h.data());
      EXPECT_EQ(h, keeps ? before : candidate);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(InstructionSets, GRUKernelsTest, testing::ValuesIn(all_gru_kernels()),
                         [](const auto& set) { return std::string(set.param->instruction_set); });

}  // namespace
}  // namespace espalier
