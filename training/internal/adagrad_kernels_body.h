// The kernels of adagrad_kernels.h for one instruction set.

#include <cstddef>

#include <espalier/ops/internal/simd.h>
#include <espalier/training/internal/adagrad_kernels.h>

namespace espalier {
namespace {

void update(std::size_t n, float rate, float decay, float epsilon, const float* g, float* s,
            float* w) {
  for_each<3, 2>(n, {g, s, w}, {s, w}, [&](auto& in, auto& out) {
    const Batch gradient = xsimd::fma(Batch(decay), in[2], in[0]);
    out[0] = xsimd::fma(gradient, gradient, in[1]);
    out[1] = in[2] - Batch(rate) * gradient / (xsimd::sqrt(out[0]) + Batch(epsilon));
  });
}

constexpr AdagradKernels table(const char* instruction_set) {
  return {.instruction_set = instruction_set, .update = update};
}

}  // namespace
}  // namespace espalier
