#include <espalier/ops/distinct.h>

#include <bit>
#include <cstddef>
#include <limits>

namespace espalier {

Distinct distinct(std::span<const std::uint32_t> ids) {
  constexpr std::uint32_t kFree = std::numeric_limits<std::uint32_t>::max();
  Distinct result;
  result.places.reserve(ids.size());
  // A hash table with open addressing, at most half full: places in `values`.
  const std::size_t size = std::bit_ceil(2 * ids.size() + 2);
  const int shift = 64 - std::countr_zero(size);
  PoolVector<std::uint32_t> table(size, kFree);
  for (const std::uint32_t id : ids) {
    std::size_t slot = (id * std::uint64_t{0x9E3779B97F4A7C15}) >> shift;
    while (table[slot] != kFree && result.values[table[slot]] != id) slot = (slot + 1) & (size - 1);
    if (table[slot] == kFree) {
      table[slot] = static_cast<std::uint32_t>(result.values.size());
      result.values.push_back(id);
    }
    result.places.push_back(table[slot]);
  }
  return result;
}

}  // namespace espalier
