#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <espalier/ops/internal/neighbour_kernels.h>

namespace espalier {

/// Kernels of attention to neighbours: from scores to the weights of rows, of all entries of one
/// row or column, heads side by side. e[i, h] = own[h] + others[ids[i], h], before the leaky relu
/// of `slope`. In the widest instructions that this machine has.
struct AttentionKernels {
  const char* instruction_set;

  /// alpha[i, h] = exp(leaky(e) - max[h]); positive[i, h] = 1 where e > 0, else 0. Over i: max[h]
  /// of leaky(e), sum[h] of alpha and positive_sum[h] of alpha * positive.
  void (*attend)(std::size_t heads, Neighbours neighbours, const float* own, const float* others,
                 float slope, float* alpha, float* positive, float* max, float* sum,
                 float* positive_sum);

  /// The same for a column, from what its rows know: sides[r, 0, h] is the score, [r, 1, h] what
  /// makes alpha[i, h] = exp(leaky(e) - sides[r, 1, h]) sum to 1, [r, 2, h] a number of which
  /// sum[h] is that over i of alpha * slope of leaky at e. `scratch` is [count, heads].
  void (*attend_again)(std::size_t heads, Neighbours neighbours, const float* own,
                       const float* sides, float slope, float* alpha, float* positive,
                       float* scratch, float* sum);

  /// alpha[i, h] becomes 0 where bit h of dropped[i * ceil(heads / 8) ...] is set, else `scale`
  /// times itself; all stay if `dropped` is null. Then positive *= alpha.
  void (*weigh)(std::size_t heads, std::size_t count, const std::uint8_t* dropped, float scale,
                float* alpha, float* positive);
};

/// The kernels for this machine, chosen on first use; and those for every instruction set that it
/// has, for tests.
const AttentionKernels& attention_kernels();
std::vector<const AttentionKernels*> all_attention_kernels();

}  // namespace espalier
