// The kernels of kernels.h for one instruction set: included once by each kernels_<set>.cpp, which
// is compiled for it and defines ESPALIER_ARCH, an architecture of xsimd. All is in an unnamed
// namespace, so that no code for one machine is ever linked into another's path.

#include <cstddef>

#include <xsimd/xsimd.hpp>

#include <espalier/ops/kernels.h>

namespace espalier {
namespace {

using Batch = xsimd::batch<float, ESPALIER_ARCH>;
constexpr std::size_t kLanes = Batch::size;

// The first n < kLanes elements of a run, and zeros after them.
inline Batch load_part(const float* from, std::size_t n) {
#ifdef __AVX512F__
  return _mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << n) - 1u), from);
#else
  alignas(64) float part[kLanes] = {};
  for (std::size_t e = 0; e < n; ++e) part[e] = from[e];
  return Batch::load_aligned(part);
#endif
}

inline void store_part(const Batch& x, float* to, std::size_t n) {
#ifdef __AVX512F__
  _mm512_mask_storeu_ps(to, static_cast<__mmask16>((1u << n) - 1u), x);
#else
  alignas(64) float part[kLanes];
  x.store_aligned(part);
  for (std::size_t e = 0; e < n; ++e) to[e] = part[e];
#endif
}

// y = op(x) for every vector x of the inputs' elements; what is updated in place is an input and an
// output. A last, partial vector is computed in full, padded with zeros.
template <std::size_t kInputs, std::size_t kOutputs, class Op>
inline void for_each(std::size_t n, const float* const (&in)[kInputs],
                     float* const (&out)[kOutputs], const Op& op) {
  Batch x[kInputs];
  Batch y[kOutputs];
  std::size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    for (std::size_t k = 0; k < kInputs; ++k) x[k] = Batch::load_unaligned(in[k] + i);
    op(x, y);
    for (std::size_t k = 0; k < kOutputs; ++k) y[k].store_unaligned(out[k] + i);
  }
  if (i == n) return;
  const std::size_t rest = n - i;
  for (std::size_t k = 0; k < kInputs; ++k) x[k] = load_part(in[k] + i, rest);
  op(x, y);
  for (std::size_t k = 0; k < kOutputs; ++k) store_part(y[k], out[k] + i, rest);
}

inline Batch sigmoid_of(const Batch& x) { return Batch(1.0f) / (Batch(1.0f) + xsimd::exp(-x)); }
inline Batch tanh_of(const Batch& x) { return xsimd::tanh(x); }
inline Batch slope_of_sigmoid(const Batch& y) { return y * (Batch(1.0f) - y); }
inline Batch slope_of_tanh(const Batch& y) { return xsimd::fnma(y, y, Batch(1.0f)); }

void sigmoid(std::size_t n, const float* x, float* y) {
  for_each<1, 1>(n, {x}, {y}, [](auto& in, auto& out) { out[0] = sigmoid_of(in[0]); });
}

void tanh(std::size_t n, const float* x, float* y) {
  for_each<1, 1>(n, {x}, {y}, [](auto& in, auto& out) { out[0] = tanh_of(in[0]); });
}

void exp(std::size_t n, const float* x, float* y) {
  for_each<1, 1>(n, {x}, {y}, [](auto& in, auto& out) { out[0] = xsimd::exp(in[0]); });
}

void tanh_backward(std::size_t n, const float* dy, const float* y, float* dx) {
  for_each<3, 1>(n, {dy, y, dx}, {dx}, [](auto& in, auto& out) {
    out[0] = xsimd::fma(in[0], slope_of_tanh(in[1]), in[2]);
  });
}

void add(std::size_t n, const float* x, float* sum) {
  for_each<2, 1>(n, {x, sum}, {sum}, [](auto& in, auto& out) { out[0] = in[0] + in[1]; });
}

void add_scaled(std::size_t n, float factor, const float* x, float* sum) {
  const Batch scale(factor);
  for_each<2, 1>(n, {x, sum}, {sum},
                 [&](auto& in, auto& out) { out[0] = xsimd::fma(scale, in[0], in[1]); });
}

void forget(std::size_t n, const float* a, const float* b, const float* c, float* f, float* sum) {
  for_each<4, 2>(n, {a, b, c, sum}, {f, sum}, [](auto& in, auto& out) {
    out[0] = sigmoid_of(in[0] + in[1]);
    out[1] = xsimd::fma(out[0], in[2], in[3]);
  });
}

void forget_backward(std::size_t n, const float* dc, const float* f, const float* c, float* d_pre,
                     float* d_c) {
  for_each<3, 2>(n, {dc, f, c}, {d_pre, d_c}, [](auto& in, auto& out) {
    out[0] = in[0] * in[2] * slope_of_sigmoid(in[1]);
    out[1] = in[0] * in[1];
  });
}

void cell(std::size_t n, float* i, float* u, float* o, float* c, float* t, float* h) {
  for_each<4, 6>(n, {i, u, o, c}, {i, u, o, c, t, h}, [](auto& in, auto& out) {
    out[0] = sigmoid_of(in[0]);
    out[1] = tanh_of(in[1]);
    out[2] = sigmoid_of(in[2]);
    out[3] = xsimd::fma(out[0], out[1], in[3]);
    out[4] = tanh_of(out[3]);
    out[5] = out[2] * out[4];
  });
}

void cell_backward(std::size_t n, const float* dh, const float* t, float* i, float* u, float* o,
                   float* dc) {
  for_each<6, 4>(n, {dh, t, i, u, o, dc}, {i, u, o, dc}, [](auto& in, auto& out) {
    const Batch d_c = xsimd::fma(in[0] * in[4], slope_of_tanh(in[1]), in[5]);
    out[0] = d_c * in[3] * slope_of_sigmoid(in[2]);
    out[1] = d_c * in[2] * slope_of_tanh(in[3]);
    out[2] = in[0] * in[1] * slope_of_sigmoid(in[4]);
    out[3] = d_c;
  });
}

void cell_ungated(std::size_t n, float* i, float* u, float* c, float* h) {
  for_each<3, 4>(n, {i, u, c}, {i, u, c, h}, [](auto& in, auto& out) {
    out[0] = sigmoid_of(in[0]);
    out[1] = tanh_of(in[1]);
    out[2] = xsimd::fma(out[0], out[1], in[2]);
    out[3] = tanh_of(out[2]);
  });
}

void cell_ungated_backward(std::size_t n, const float* dh, const float* h, float* i, float* u,
                           float* dc) {
  for_each<5, 3>(n, {dh, h, i, u, dc}, {i, u, dc}, [](auto& in, auto& out) {
    const Batch d_c = xsimd::fma(in[0], slope_of_tanh(in[1]), in[4]);
    out[0] = d_c * in[3] * slope_of_sigmoid(in[2]);
    out[1] = d_c * in[2] * slope_of_tanh(in[3]);
    out[2] = d_c;
  });
}

void output(std::size_t n, const float* c, float* o, float* t, float* h) {
  for_each<2, 3>(n, {c, o}, {o, t, h}, [](auto& in, auto& out) {
    out[0] = sigmoid_of(in[1]);
    out[1] = tanh_of(in[0]);
    out[2] = out[0] * out[1];
  });
}

void output_backward(std::size_t n, const float* dh, const float* t, float* o, float* dc) {
  for_each<4, 2>(n, {dh, t, o, dc}, {o, dc}, [](auto& in, auto& out) {
    out[0] = in[0] * in[1] * slope_of_sigmoid(in[2]);
    out[1] = xsimd::fma(in[0] * in[2], slope_of_tanh(in[1]), in[3]);
  });
}

void adagrad(std::size_t n, float rate, float decay, float epsilon, const float* g, float* s,
             float* w) {
  for_each<3, 2>(n, {g, s, w}, {s, w}, [&](auto& in, auto& out) {
    const Batch gradient = xsimd::fma(Batch(decay), in[2], in[0]);
    out[0] = xsimd::fma(gradient, gradient, in[1]);
    out[1] = in[2] - Batch(rate) * gradient / (xsimd::sqrt(out[0]) + Batch(epsilon));
  });
}

constexpr Kernels table(const char* instruction_set) {
  return {.instruction_set = instruction_set,
          .sigmoid = sigmoid,
          .tanh = tanh,
          .exp = exp,
          .tanh_backward = tanh_backward,
          .add = add,
          .add_scaled = add_scaled,
          .forget = forget,
          .forget_backward = forget_backward,
          .cell = cell,
          .cell_backward = cell_backward,
          .cell_ungated = cell_ungated,
          .cell_ungated_backward = cell_ungated_backward,
          .output = output,
          .output_backward = output_backward,
          .adagrad = adagrad};
}

}  // namespace
}  // namespace espalier
