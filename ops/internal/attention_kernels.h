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

  /// With the maximum over i of leaky(e): alpha[i, h] = exp(leaky(e) - maximum[h]) and positive[i,
  /// h] = 1 where e > 0, else 0. sum[h] is that of alpha over i, positive_sum[h] that of alpha *
  /// positive; shift[h] = maximum[h] + log(sum[h]).
  void (*attend)(std::size_t heads, Neighbours neighbours, const float* own, const float* others,
                 float slope, float* alpha, float* positive, float* shift, float* sum,
                 float* positive_sum);

  /// The same for a column, from what its rows know: sides[r, 0, h] is the score, [r, 1, h] the
  /// shift, so that alpha[i, h] = exp(leaky(e) - shift), and [r, 2, h] a number of which sum[h] is
  /// that over i of alpha * slope of leaky at e. `scratch` is [count, heads].
  void (*attend_again)(std::size_t heads, Neighbours neighbours, const float* own,
                       const float* sides, float slope, float* alpha, float* positive,
                       float* scratch, float* sum);

  /// alpha[i, h] becomes 0 where bit h of dropped[i * ceil(heads / 8) ...] is set, else factor[h]
  /// times itself; none falls if `dropped` is null. Then positive *= alpha.
  void (*weigh)(std::size_t heads, std::size_t count, const std::uint8_t* dropped,
                const float* factor, float* alpha, float* positive);
};

/// The kernels for this machine, chosen on first use; and those for every instruction set that it
/// has, for tests.
const AttentionKernels& attention_kernels();
std::vector<const AttentionKernels*> all_attention_kernels();

}  // namespace espalier
