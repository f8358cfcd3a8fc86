#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

#include <espalier/datasets/document_limits.h>

namespace espalier::datasets {

/// The folds of the polarity set are 1 .. 10.
inline constexpr int kNumPolarityFolds = 10;

/// All reviews, whole, and the fold that each is in.
struct PolarityReviews {
  Vocabulary vocabulary;                    ///< Every word of every review.
  std::vector<LabelledDocument> documents;  ///< Labels: 0 negative, 1 positive.
  std::vector<int> folds;                   ///< One for each document.
};

/// Film reviews, lower-case and cut into sentences of words (Pang and Lee, "A Sentimental
/// Education: Sentiment Analysis Using Subjectivity Summarization Based on Minimum Cuts", ACL
/// 2004): polarity.txt.gz in `folder`. Each review is a line
///
///     # id=<neg or pos>/<file> fold=<1 .. 10> label=<0 or 1> sentences=<n>
///
/// then n lines of words separated by single spaces, then an empty line. Words are kept as they
/// are, stray control characters included.
///
/// Throws FileError and ParseError as LineReader does, and ParseError at a file without reviews and
/// at lines that are not as said.
PolarityReviews load_polarity_reviews(const std::filesystem::path& folder);

struct PolarityOptions {
  std::size_t minimum_count = 5;  ///< Words that occur less often in train are unknown; > 0.
  DocumentLimits limits = {};
};

/// One step of the ten-fold cross-validation: `fold` is test, the next one (1 after 10) is dev, the
/// other eight are train, and the vocabulary is theirs.
/// Throws OptionError at a fold that is none of 1 .. 10 and at options out of range.
Dataset<LabelledDocument> polarity_fold(const PolarityReviews& reviews, int fold,
                                        const PolarityOptions& options = {});

}  // namespace espalier::datasets
