#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <espalier/data/labelled_tree.h>

namespace espalier {

/// A document: sentences of words (indices into a vocabulary), and a class.
struct LabelledDocument {
  std::vector<std::uint32_t> words;          ///< Of all sentences, one after the other.
  std::vector<std::uint32_t> sentence_ends;  ///< Ascending; the last is words.size().
  std::int32_t label = kNoLabel;

  std::size_t num_sentences() const { return sentence_ends.size(); }
  /// The words of sentence i < num_sentences().
  std::span<const std::uint32_t> sentence(std::size_t i) const {
    const std::size_t begin = i == 0 ? 0 : sentence_ends[i - 1];
    return std::span(words).subspan(begin, sentence_ends[i] - begin);
  }
};

}  // namespace espalier
