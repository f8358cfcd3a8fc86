#pragma once

#include <cstdint>
#include <vector>

#include <espalier/data/labelled_tree.h>

namespace espalier {

/// A sequence of words (indices into a vocabulary), each of which may carry a class.
///
/// A class for every word is tagging; one at the last word alone is a class for the sequence.
struct LabelledSequence {
  std::vector<std::uint32_t> words;
  std::vector<std::int32_t> labels;  ///< One for each word; kNoLabel where there is none.
};

/// Two sequences of which one follows from the other: a sentence and its translation.
struct SequencePair {
  std::vector<std::uint32_t> source;
  std::vector<std::uint32_t> target;
};

}  // namespace espalier
