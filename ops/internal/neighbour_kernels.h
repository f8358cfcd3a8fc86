#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace espalier {

/// Rows of heads * width floats, a head's side by side.
struct HeadWidth {
  std::size_t heads = 1;
  std::size_t width = 0;
  std::size_t columns() const { return heads * width; }
};

/// Rows of a matrix, in this order; one may come twice.
struct Neighbours {
  std::size_t count = 0;
  const std::uint32_t* ids = nullptr;
};

/// Kernels over the rows of neighbours. In the widest instructions that this machine has; the bits
/// of a result do not depend on how work was cut.
struct NeighbourKernels {
  const char* instruction_set;

  /// y[h, d] += w[h] * x[h, d].
  void (*add_weighted)(HeadWidth head, const float* w, const float* x, float* y);
  /// y[h, d] += the sum over i, in order, of w[i, h] * x[ids[i], h, d].
  void (*add_neighbours)(HeadWidth head, Neighbours neighbours, const float* w, const float* x,
                         float* y);
  /// The same twice at once, with weights w and u: of x, which are read once, into y and z.
  void (*add_neighbours_twice)(HeadWidth head, Neighbours neighbours, const float* w,
                               const float* u, const float* x, float* y, float* z);
  /// Of a block of rows of a sparse matrix: row r of y += the sum over i = offsets[r] .. offsets[r
  /// + 1] - 1, in order, of the weights w[entries[i], h], or w[i, h] if `entries` is null, times
  /// row ids[i] of x. r = begin .. end - 1.
  void (*multiply_rows)(HeadWidth head, std::size_t begin, std::size_t end,
                        const std::uint64_t* offsets, const std::uint32_t* ids,
                        const std::uint64_t* entries, const float* w, const float* x, float* y);
  /// dots[h] = sum over d of a[h, d] * b[h, d].
  void (*dots)(HeadWidth head, const float* a, const float* b, float* dots);
};

/// The kernels for this machine, chosen on first use; and those for every instruction set that it
/// has, for tests.
const NeighbourKernels& neighbour_kernels();
std::vector<const NeighbourKernels*> all_neighbour_kernels();

}  // namespace espalier
