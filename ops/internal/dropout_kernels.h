#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace espalier {

/// Kernels of dropout. What falls is decided by Philox (ops/random.h), 16 bits for each element, so
/// that one draw serves eight, whose answers are the bits of a byte: 1 where the 16 bits drawn are
/// below `limit`. In the widest instructions that this machine has; all have the same bits.
struct DropoutKernels {
  const char* instruction_set;

  /// For items first .. first + count - 1, of `heads` elements each: byte dropped[i * ceil(heads /
  /// 8) + g] from the counter {item's low half, item's high half, g, 0}.
  void (*draw)(std::uint64_t first, std::size_t count, std::size_t heads, std::uint32_t limit,
               std::uint64_t key, std::uint8_t* dropped);
  /// For a row: byte dropped[g] from the counter {row, g, 0, 0}, g = 0 .. count - 1.
  void (*draw_row)(std::uint32_t row, std::size_t count, std::uint32_t limit, std::uint64_t key,
                   std::uint8_t* dropped);
  /// y[i] = 0 where bit i % 8 of dropped[i / 8] is set, else scale * x[i].
  void (*drop)(std::size_t n, const std::uint8_t* dropped, float scale, const float* x, float* y);
};

/// The kernels for this machine, chosen on first use; and those for every instruction set that it
/// has, for tests.
const DropoutKernels& dropout_kernels();
std::vector<const DropoutKernels*> all_dropout_kernels();

}  // namespace espalier
