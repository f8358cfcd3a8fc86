#pragma once

#include <cstdint>
#include <span>

#include <espalier/base/memory.h>

namespace espalier {

/// Where the examples with the given numbers are, each below examples.size(): what a batch is made
/// of.
template <class Example>
PoolVector<const Example*> select(std::span<const Example> examples,
                                  std::span<const std::uint32_t> numbers) {
  PoolVector<const Example*> selected;
  selected.reserve(numbers.size());
  for (const std::uint32_t i : numbers) selected.push_back(&examples[i]);
  return selected;
}

}  // namespace espalier
