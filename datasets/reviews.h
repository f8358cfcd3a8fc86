#pragma once

#include <cstddef>
#include <filesystem>

#include <espalier/datasets/document_limits.h>

namespace espalier::datasets {

/// What a review's label says.
enum class ReviewLabels {
  kRating,    ///< The reviewer's rating: classes "1", "2", "3", "4", "7", "8", "9" and "10".
  kPolarity,  ///< Classes "negative", of ratings up to 4, and "positive".
};

struct ReviewOptions {
  ReviewLabels labels = ReviewLabels::kRating;
  std::size_t minimum_count = 5;  ///< Words that occur less often in train are unknown; > 0.
  DocumentLimits limits = {};
};

/// Film reviews with ratings (Maas et al., "Learning Word Vectors for Sentiment Analysis", ACL
/// 2011): train.tsv.gz and test.tsv.gz in `folder`, one review on each line, of five fields
/// separated by tabs: id, label (0 negative, 1 positive), rating, film and text. Every tenth review
/// of train.tsv.gz, the 10th, 20th, ..., is of dev and not of train.
///
/// Texts are cut into sentences and lower-case words by sentences_of(). The vocabulary is that of
/// train, within the limits. No more than one text is held at a time.
///
/// Throws OptionError at options out of range, FileError and ParseError as LineReader does, and
/// ParseError at a file without reviews, a line that has not five fields, all filled, a rating or
/// label that is none or does not go with the other, and a text without words.
Dataset<LabelledDocument> load_reviews(const std::filesystem::path& folder,
                                       const ReviewOptions& options = {});

}  // namespace espalier::datasets
