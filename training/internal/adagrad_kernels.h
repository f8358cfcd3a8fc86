#pragma once

#include <cstddef>
#include <vector>

namespace espalier {

/// The kernel of Adagrad, as ops/kernels.h has them.
struct AdagradKernels {
  const char* instruction_set;

  /// One Adagrad update: g' = g + decay * w; s += g'^2; w -= rate * g' / (sqrt(s) + epsilon).
  void (*update)(std::size_t n, float rate, float decay, float epsilon, const float* g, float* s,
                 float* w);
};

/// The kernels for this machine, chosen on first use; and those for every instruction set that it
/// has, for tests.
const AdagradKernels& adagrad_kernels();
std::vector<const AdagradKernels*> all_adagrad_kernels();

}  // namespace espalier
