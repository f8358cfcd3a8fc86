// What kernels of any layer are written in: vectors of floats for one instruction set. A file of
// kernels is compiled once for each set (espalier_kernels() in cmake/EspalierTargets.cmake), which
// defines ESPALIER_ARCH, an architecture of xsimd. All is in an unnamed namespace, so that no code
// for one machine is ever linked into another's path.

#pragma once

#include <cstddef>

#include <xsimd/xsimd.hpp>

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

#ifdef __AVX512F__
// e^x = 2^n (1 + m), |m| < 0.42. The instructions of AVX-512 leave no special cases, and so gates
// need about half of what exp() and tanh() take.
struct Exponential {
  __m512 n;
  Batch m;
};

// x within ±limit; not a number stays what it is.
[[gnu::always_inline]] inline Exponential exponential_of(const Batch& x, float limit) {
  const Batch y = _mm512_max_ps(Batch(-limit), _mm512_min_ps(Batch(limit), x));
  const Batch n = _mm512_roundscale_ps(y * Batch(1.44269504f), 8);  // To nearest.
  const Batch r = xsimd::fnma(n, Batch(-2.12194440e-4f), xsimd::fnma(n, Batch(0.693359375f), y));
  Batch q(1.0f / 5040.0f);  // e^r - 1 = r + r^2 q, to 2e-8 of it.
  for (const float inverse_factorial :
       {1.0f / 720.0f, 1.0f / 120.0f, 1.0f / 24.0f, 1.0f / 6.0f, 0.5f}) {
    q = xsimd::fma(q, r, Batch(inverse_factorial));
  }
  return {n, xsimd::fma(r * r, q, r)};
}

// 0 below the smallest normal number.
[[gnu::always_inline]] inline Batch exp_of(const Batch& x) {
  const Exponential e = exponential_of(x, 87.0f);
  return xsimd::select(x < Batch(-87.0f), Batch(0.0f),
                       Batch(_mm512_scalef_ps(Batch(1.0f) + e.m, e.n)));
}

// e^x - 1 for x <= 0; keeps its digits near 0.
[[gnu::always_inline]] inline Batch exp_minus_one_of(const Batch& x) {
  const Exponential e = exponential_of(x, 87.0f);
  const Batch power = _mm512_scalef_ps(Batch(1.0f), e.n);
  return xsimd::fma(power, e.m, power - Batch(1.0f));
}

[[gnu::always_inline]] inline Batch sigmoid_of(const Batch& x) {
  const Exponential e = exponential_of(-x, 150.0f);
  return Batch(1.0f) / (Batch(1.0f) + Batch(_mm512_scalef_ps(Batch(1.0f) + e.m, e.n)));
}

// With e = e^2x - 1, which keeps its digits near 0: e / (e + 2).
[[gnu::always_inline]] inline Batch tanh_of(const Batch& x) {
  const Exponential twice = exponential_of(x + x, 20.0f);
  const Batch power = _mm512_scalef_ps(Batch(1.0f), twice.n);
  const Batch e = xsimd::fma(power, twice.m, power - Batch(1.0f));
  return e / (e + Batch(2.0f));
}
#else
[[gnu::always_inline]] inline Batch exp_minus_one_of(const Batch& x) { return xsimd::expm1(x); }
[[gnu::always_inline]] inline Batch exp_of(const Batch& x) { return xsimd::exp(x); }
[[gnu::always_inline]] inline Batch sigmoid_of(const Batch& x) {
  return Batch(1.0f) / (Batch(1.0f) + xsimd::exp(-x));
}
[[gnu::always_inline]] inline Batch tanh_of(const Batch& x) { return xsimd::tanh(x); }
#endif
inline Batch slope_of_sigmoid(const Batch& y) { return y * (Batch(1.0f) - y); }
inline Batch slope_of_tanh(const Batch& y) { return xsimd::fnma(y, y, Batch(1.0f)); }

}  // namespace
}  // namespace espalier
