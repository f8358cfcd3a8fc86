#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <espalier/data/dataset.h>
#include <espalier/data/labelled_document.h>

namespace espalier::datasets {

/// How much of a document is kept. A model's time and memory grow with the longest document of a
/// batch; the defaults keep 99.7 % of the words of load_reviews() and 98.1 % of those of
/// load_polarity_reviews().
struct DocumentLimits {
  std::size_t max_sentences = 60;  ///< The first ones are kept; > 0.
  std::size_t max_words = 60;      ///< A longer sentence goes on as one more sentence; > 0.
};

/// The document within `limits`. Throws OptionError if a limit is 0.
LabelledDocument limited(const LabelledDocument& document, const DocumentLimits& limits);

/// Forgets all words that occur fewer than `minimum_count` times in train, which makes them
/// Vocabulary::kUnknown, and renumbers the others, in their order. Words that occur in dev or test
/// alone are thus unknown, as they would be to a model that was trained before they were written.
/// Throws OptionError if `minimum_count` is 0.
void keep_frequent_words(Dataset<LabelledDocument>& splits, std::size_t minimum_count);

}  // namespace espalier::datasets
