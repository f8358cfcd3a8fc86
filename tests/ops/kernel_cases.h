#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include <espalier/ops/kernels.h>

// Kernels of ops/kernels.h with their formulas; those of the RNN family are in
// recurrent_kernel_cases.h.
namespace espalier::test {

using Element = std::vector<double>;
using Operands = std::vector<float*>;

/// A kernel with its operands numbered, and what it makes of them.
struct KernelCase {
  std::string name;
  std::size_t num_operands;
  std::vector<std::size_t> updated;  ///< Operands whose values after the call are results.
  std::function<void(const Kernels&, std::size_t n, const Operands&)> run;
  std::function<void(Element&)> formula;  ///< On one element of each operand, in double.
};

inline double sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }

inline std::vector<KernelCase> element_wise_cases() {
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
}

}  // namespace espalier::test
