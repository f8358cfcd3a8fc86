#pragma once

#include <cstdint>
#include <span>

#include <espalier/base/memory.h>

namespace espalier {

/// Ids, each once, and where in that list every one of the originals is. Text repeats its words:
/// what is computed of a word needs computing once.
struct Distinct {
  PoolVector<std::uint32_t> values;  ///< In the order in which they first occur.
  PoolVector<std::uint32_t> places;  ///< values[places[i]] is the i-th id.
};

/// O(ids) on average.
Distinct distinct(std::span<const std::uint32_t> ids);

}  // namespace espalier
