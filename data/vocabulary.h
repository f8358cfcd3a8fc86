#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace espalier {

/// Words and their numbers: 0 for every word that is not known, then 1, 2, ... in the order in
/// which the words were added. A word is any string of bytes, spaces and no-break spaces included.
class Vocabulary {
 public:
  static constexpr std::uint32_t kUnknown = 0;

  /// How the unknown word is written; a text that says so means it, too.
  static constexpr std::string_view kUnknownWord = "<unk>";

  /// Nothing but the unknown word.
  Vocabulary();

  /// The vocabulary whose words() were saved.
  /// Throws OptionError unless the first word is kUnknownWord and no word occurs twice.
  static Vocabulary from_words(const std::vector<std::string>& words);

  /// The word's number, which is new if the word is.
  std::uint32_t add(std::string_view word);

  /// The word's number; kUnknown if it was never added.
  std::uint32_t find(std::string_view word) const;

  /// One more than the largest number; the rows of an embedding table.
  std::uint32_t size() const { return static_cast<std::uint32_t>(words_.size()); }

  /// For i < size().
  const std::string& word(std::uint32_t i) const;

  /// By number; the first is kUnknownWord.
  const std::vector<std::string>& words() const { return words_; }

 private:
  // Looks up a string_view without making a string of it.
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };

  std::vector<std::string> words_;
  std::unordered_map<std::string, std::uint32_t, Hash, std::equal_to<>> numbers_;
};

/// Counts words, to make a vocabulary of the frequent ones.
class WordCounts {
 public:
  void add(std::string_view word);

  /// The words that were added at least `minimum` times, in the order in which they first were.
  Vocabulary vocabulary(std::size_t minimum) const;

 private:
  Vocabulary words_;
  std::vector<std::size_t> counts_;  // By number in words_.
};

}  // namespace espalier
