#include <espalier/data/vocabulary.h>

#include <cassert>

#include <espalier/base/error.h>

namespace espalier {

Vocabulary::Vocabulary() { add(kUnknownWord); }

Vocabulary Vocabulary::from_words(const std::vector<std::string>& words) {
  if (words.empty() || words.front() != kUnknownWord) {
    throw OptionError(message("the first word of a vocabulary is ",
                              words.empty() ? "missing" : "\"" + words.front() + "\"",
                              ", expected \"", kUnknownWord, '"'));
  }
  Vocabulary vocabulary;
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (const std::uint32_t earlier = vocabulary.add(words[i]); earlier != i) {
      throw OptionError(message("word \"", words[i], "\" of a vocabulary stands at ", earlier,
                                " and at ", i, ", expected once"));
    }
  }
  return vocabulary;
}

std::uint32_t Vocabulary::add(std::string_view word) {
  if (const auto known = numbers_.find(word); known != numbers_.end()) return known->second;
  const std::uint32_t number = size();
  words_.emplace_back(word);
  numbers_.emplace(word, number);
  return number;
}

std::uint32_t Vocabulary::find(std::string_view word) const {
  const auto known = numbers_.find(word);
  return known == numbers_.end() ? kUnknown : known->second;
}

const std::string& Vocabulary::word(std::uint32_t i) const {
  assert(i < size());
  return words_[i];
}

void WordCounts::add(std::string_view word) {
  const std::uint32_t number = words_.add(word);
  counts_.resize(words_.size());
  ++counts_[number];
}

Vocabulary WordCounts::vocabulary(std::size_t minimum) const {
  Vocabulary frequent;
  for (std::uint32_t i = 1; i < words_.size(); ++i) {
    if (counts_[i] >= minimum) frequent.add(words_.word(i));
  }
  return frequent;
}

}  // namespace espalier
