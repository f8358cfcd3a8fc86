#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include <espalier/graph/tree.h>

namespace espalier {

/// The label of a node that has none: it takes no part in a loss or a metric.
inline constexpr std::int32_t kNoLabel = -1;

/// The word of a node that has none.
inline constexpr std::uint32_t kNoWord = std::numeric_limits<std::uint32_t>::max();

/// A tree whose nodes may carry a word (an index into a vocabulary) and a class.
struct LabelledTree {
  Tree tree;
  std::vector<std::uint32_t> words;  ///< One for each node; kNoWord where there is none.
  std::vector<std::int32_t> labels;  ///< One for each node; kNoLabel where there is none.
};

}  // namespace espalier
