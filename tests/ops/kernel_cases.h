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
  return {{"sigmoid",
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
             e[2] -=
                 static_cast<double>(0.05f) * g / (std::sqrt(e[1]) + static_cast<double>(1e-3f));
           }}};
}

}  // namespace espalier::test
