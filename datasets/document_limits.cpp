#include <espalier/datasets/document_limits.h>

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>

#include <espalier/base/error.h>

namespace espalier::datasets {

LabelledDocument limited(const LabelledDocument& document, const DocumentLimits& limits) {
  if (limits.max_sentences == 0 || limits.max_words == 0) {
    throw OptionError(message("max_sentences is ", limits.max_sentences, " and max_words ",
                              limits.max_words, ", expected both to be > 0"));
  }
  LabelledDocument result;
  result.label = document.label;
  for (std::size_t i = 0; i < document.num_sentences(); ++i) {
    std::span<const std::uint32_t> rest = document.sentence(i);
    while (!rest.empty()) {
      if (result.num_sentences() == limits.max_sentences) return result;
      const auto kept = rest.first(std::min(rest.size(), limits.max_words));
      result.words.insert(result.words.end(), kept.begin(), kept.end());
      result.sentence_ends.push_back(static_cast<std::uint32_t>(result.words.size()));
      rest = rest.subspan(kept.size());
    }
  }
  return result;
}

void keep_frequent_words(Dataset<LabelledDocument>& splits, std::size_t minimum_count) {
  if (minimum_count == 0) throw OptionError("minimum_count is 0, expected > 0");
  std::vector<std::size_t> counts(splits.vocabulary.size());
  for (const LabelledDocument& document : splits.train) {
    for (const std::uint32_t word : document.words) ++counts[word];
  }
  Vocabulary frequent;
  std::vector<std::uint32_t> new_numbers(counts.size(), Vocabulary::kUnknown);
  for (std::uint32_t i = 1; i < counts.size(); ++i) {
    if (counts[i] >= minimum_count) new_numbers[i] = frequent.add(splits.vocabulary.word(i));
  }
  for (auto* documents : {&splits.train, &splits.dev, &splits.test}) {
    for (LabelledDocument& document : *documents) {
      for (std::uint32_t& word : document.words) word = new_numbers[word];
    }
  }
  splits.vocabulary = std::move(frequent);
}

}  // namespace espalier::datasets
