#pragma once

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "tests/ops/kernel_cases.h"

// The kernels of the RNN family with their formulas.
namespace espalier::test {

/// The operands from `first` on.
template <class T>
LSTMGates<T> lstm_gates(const Operands& p, std::size_t first, bool coupled) {
  return {coupled ? nullptr : p[first], p[first + 1], p[first + 2], p[first + 3]};
}

/// Operands: i, f, u, o, c_before, the three peepholes; what the old state gives to i, f, u, o;
/// then c, tanh_c, h.
inline KernelCase lstm_case(bool peephole, bool coupled) {
  return {std::string("lstm") + (peephole ? " peephole" : "") + (coupled ? " coupled" : ""), 15,
          coupled ? std::vector<std::size_t>{1, 2, 3, 12, 13, 14}
                  : std::vector<std::size_t>{0, 1, 2, 3, 12, 13, 14},
          [=](const Kernels& k, std::size_t n, const Operands& p) {
            k.lstm(n, {.input = lstm_gates<const float>(p, 0, coupled),
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
inline KernelCase lstm_backward_case(bool peephole, bool coupled) {
  return {
      std::string("lstm_backward") + (peephole ? " peephole" : "") + (coupled ? " coupled" : ""),
      16,
      coupled ? std::vector<std::size_t>{1, 2, 3, 11, 13, 14, 15}
              : std::vector<std::size_t>{0, 1, 2, 3, 11, 12, 13, 14, 15},
      [=](const Kernels& k, std::size_t n, const Operands& p) {
        k.lstm_backward(n, {.dh = p[9],
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

inline double mixed(GRUUpdate update, double z, double h_before, double n) {
  return update == GRUUpdate::kKeepByZ ? z * h_before + (1 - z) * n : (1 - z) * h_before + z * n;
}

/// The gradients of z's pre-activation, of n's and of h_before, from dh.
struct MixedGradients {
  double z, n, h_before;
};
inline MixedGradients mixed_backward(GRUUpdate update, double z, double h_before, double n,
                                     double dh) {
  const double kept = update == GRUUpdate::kKeepByZ ? z : 1 - z;
  const double dz = update == GRUUpdate::kKeepByZ ? h_before - n : n - h_before;
  return {dh * dz * z * (1 - z), dh * (1 - kept) * (1 - n * n), dh * kept};
}

/// Operands: r, z, n, recurrent r, z, n, h_before, then h and a copy of recurrent n; or, backward,
/// dh and dh_before.
inline std::vector<KernelCase> gru_cases(GRUUpdate update) {
  const std::string by = update == GRUUpdate::kKeepByZ ? " keep" : " write";
  return {{"gru" + by,
           9,
           {0, 1, 2, 7, 8},
           [=](const Kernels& k, std::size_t n, const Operands& p) {
             k.gru(n, update,
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
          {"gru_backward" + by,
           9,
           {0, 1, 2, 3, 4, 5, 8},
           [=](const Kernels& k, std::size_t n, const Operands& p) {
             k.gru_backward(n, update,
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
          {"gru_candidate" + by,
           4,
           {2, 3},
           [=](const Kernels& k, std::size_t n, const Operands& p) {
             k.gru_candidate(n, update, p[0], p[1], p[2], p[3]);
           },
           [=](Element& e) {
             e[2] = std::tanh(e[2]);
             e[3] = mixed(update, e[0], e[1], e[2]);
           }},
          {"gru_candidate_backward" + by,
           5,
           {2, 3, 4},
           [=](const Kernels& k, std::size_t n, const Operands& p) {
             k.gru_candidate_backward(n, update, p[0], p[1], p[2], p[3], p[4]);
           },
           [=](Element& e) {
             const MixedGradients d = mixed_backward(update, e[2], e[1], e[3], e[0]);
             e[2] = d.z;
             e[3] = d.n;
             e[4] = d.h_before;
           }}};
}

inline std::vector<KernelCase> recurrent_cases() {
  std::vector<KernelCase> cases = {
      {"add_product",
       3,
       {2},
       [](auto& k, auto n, const Operands& p) { k.add_product(n, p[0], p[1], p[2]); },
       [](Element& e) { e[2] += e[0] * e[1]; }},
      {"gru_reset",
       4,
       {1, 2, 3},
       [](auto& k, auto n, const Operands& p) { k.gru_reset(n, p[0], p[1], p[2], p[3]); },
       [](Element& e) {
         e[1] = sigmoid(e[1]);
         e[2] = sigmoid(e[2]);
         e[3] = e[1] * e[0];
       }},
      {"gru_reset_backward",
       4,
       {2, 3},
       [](auto& k, auto n, const Operands& p) { k.gru_reset_backward(n, p[0], p[1], p[2], p[3]); },
       [](Element& e) {
         const double d_reset_h = e[0], h_before = e[1], r = e[2];
         e[2] = d_reset_h * h_before * r * (1 - r);
         e[3] += d_reset_h * r;
       }}};
  for (const bool peephole : {false, true}) {
    for (const bool coupled : {false, true}) {
      cases.push_back(lstm_case(peephole, coupled));
      cases.push_back(lstm_backward_case(peephole, coupled));
    }
  }
  for (const GRUUpdate update : {GRUUpdate::kKeepByZ, GRUUpdate::kWriteByZ}) {
    for (KernelCase& c : gru_cases(update)) cases.push_back(std::move(c));
  }
  return cases;
}

}  // namespace espalier::test
