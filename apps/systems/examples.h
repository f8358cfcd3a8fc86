#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <espalier/base/error.h>
#include <espalier/data/labelled_document.h>
#include <espalier/data/labelled_sequence.h>
#include <espalier/data/labelled_thread.h>
#include <espalier/data/labelled_tree.h>
#include <espalier/data/scored_pair.h>
#include <espalier/data/splits.h>
#include <espalier/data/vocabulary.h>

// Examples of a data set in the words of a model that was trained on another vocabulary.
namespace espalier::apps {

/// The numbers that the words of one vocabulary have in another.
inline std::vector<std::uint32_t> renumbering(const Vocabulary& from, const Vocabulary& to) {
  std::vector<std::uint32_t> numbers;
  numbers.reserve(from.size());
  for (const std::string& word : from.words()) numbers.push_back(to.find(word));
  return numbers;
}

inline void renumber(std::vector<std::uint32_t>& words, const std::vector<std::uint32_t>& numbers) {
  for (std::uint32_t& word : words) {
    if (word != kNoWord) word = numbers[word];
  }
}

/// The examples of all splits, whose words are in `words` or, of pairs, in both parts.
template <class Data, class Loaded>
void renumber(Data& data, const Loaded& model) {
  if constexpr (requires { data.vocabulary; }) {
    const auto numbers = renumbering(data.vocabulary, model.vocabulary);
    std::vector<std::uint32_t> target_numbers;
    if constexpr (requires { data.target_vocabulary; }) {
      target_numbers = renumbering(data.target_vocabulary, model.target_vocabulary);
    }
    for (auto* examples : {&data.train, &data.dev, &data.test}) {
      for (auto& example : *examples) {
        if constexpr (requires { example.words; }) {
          renumber(example.words, numbers);
        } else if constexpr (requires { example.a.words; }) {
          renumber(example.a.words, numbers);
          renumber(example.b.words, numbers);
        } else if constexpr (requires { example.source; }) {
          renumber(example.source, numbers);
          renumber(example.target, target_numbers);
        }
      }
    }
  }
}

/// Throws Error if a split has no examples, which could neither be learnt from nor measured on.
template <class Data>
void expect_examples(const Data& data, Split split, std::string_view dataset) {
  const std::size_t count = split == Split::kTrain ? data.train.size()
                            : split == Split::kDev ? data.dev.size()
                                                   : data.test.size();
  if (count > 0) return;
  const char* const name = split == Split::kTrain ? "train" : split == Split::kDev ? "dev" : "test";
  throw Error(message("the ", name, " split of ", dataset, " is empty, expected examples"));
}

/// The same of those that training needs, before it begins.
template <class Data>
void expect_examples(const Data& data, std::string_view dataset) {
  for (const Split split : {Split::kTrain, Split::kDev}) expect_examples(data, split, dataset);
}

}  // namespace espalier::apps
