// The kernels of kernels.h for one instruction set.

#include <cstddef>

#include <espalier/ops/internal/simd.h>
#include <espalier/ops/kernels.h>

namespace espalier {
namespace {

void sigmoid(std::size_t n, const float* x, float* y) {
  for_each<1, 1>(n, {x}, {y}, [](auto& in, auto& out) { out[0] = sigmoid_of(in[0]); });
}

void tanh(std::size_t n, const float* x, float* y) {
  for_each<1, 1>(n, {x}, {y}, [](auto& in, auto& out) { out[0] = tanh_of(in[0]); });
}

void exp(std::size_t n, const float* x, float* y) {
  for_each<1, 1>(n, {x}, {y}, [](auto& in, auto& out) { out[0] = xsimd::exp(in[0]); });
}

void relu_backward(std::size_t n, const float* dy, const float* y, float* dx) {
  for_each<2, 1>(n, {dy, y}, {dx}, [](auto& in, auto& out) {
    out[0] = xsimd::select(in[1] > Batch(0.0f), in[0], Batch(0.0f));
  });
}

void elu(std::size_t n, float alpha, const float* x, float* y) {
  for_each<1, 1>(n, {x}, {y}, [alpha](auto& in, auto& out) {
    out[0] = xsimd::select(in[0] > Batch(0.0f), in[0], Batch(alpha) * exp_minus_one_of(in[0]));
  });
}

void elu_backward(std::size_t n, float alpha, const float* dy, const float* x, const float* y,
                  float* dx) {
  for_each<3, 1>(n, {dy, x, y}, {dx}, [alpha](auto& in, auto& out) {
    out[0] = xsimd::select(in[1] > Batch(0.0f), in[0], in[0] * (in[2] + Batch(alpha)));
  });
}

void tanh_backward(std::size_t n, const float* dy, const float* y, float* dx) {
  for_each<3, 1>(n, {dy, y, dx}, {dx}, [](auto& in, auto& out) {
    out[0] = xsimd::fma(in[0], slope_of_tanh(in[1]), in[2]);
  });
}

void tanh_dot_backward(std::size_t n, float d, const float* w, float* y) {
  const Batch factor(d);
  for_each<2, 1>(n, {w, y}, {y},
                 [&](auto& in, auto& out) { out[0] = factor * in[0] * slope_of_tanh(in[1]); });
}

void add(std::size_t n, const float* x, float* sum) {
  for_each<2, 1>(n, {x, sum}, {sum}, [](auto& in, auto& out) { out[0] = in[0] + in[1]; });
}

void add_scaled(std::size_t n, float factor, const float* x, float* sum) {
  const Batch scale(factor);
  for_each<2, 1>(n, {x, sum}, {sum},
                 [&](auto& in, auto& out) { out[0] = xsimd::fma(scale, in[0], in[1]); });
}

float dot(std::size_t n, const float* a, const float* b) {
  Batch sum(0.0f);
  std::size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    sum = xsimd::fma(Batch::load_unaligned(a + i), Batch::load_unaligned(b + i), sum);
  }
  if (i < n) sum = xsimd::fma(load_part(a + i, n - i), load_part(b + i, n - i), sum);
  alignas(64) float lanes[kLanes];
  sum.store_aligned(lanes);
  float total = 0.0f;
  for (const float lane : lanes) total += lane;
  return total;
}

void add_product(std::size_t n, const float* a, const float* b, float* sum) {
  for_each<3, 1>(n, {a, b, sum}, {sum},
                 [](auto& in, auto& out) { out[0] = xsimd::fma(in[0], in[1], in[2]); });
}

constexpr Kernels table(const char* instruction_set) {
  return {.instruction_set = instruction_set,
          .sigmoid = sigmoid,
          .tanh = tanh,
          .exp = exp,
          .relu_backward = relu_backward,
          .elu = elu,
          .elu_backward = elu_backward,
          .tanh_backward = tanh_backward,
          .tanh_dot_backward = tanh_dot_backward,
          .add = add,
          .add_scaled = add_scaled,
          .dot = dot,
          .add_product = add_product};
}

}  // namespace
}  // namespace espalier
