#include <espalier/datasets/reviews.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include <espalier/base/error.h>
#include <espalier/datasets/internal/fields.h>
#include <espalier/datasets/line_reader.h>
#include <espalier/datasets/tokenizer.h>

namespace espalier::datasets {
namespace {

enum FieldOfReview : std::size_t { kId, kLabel, kRating, kFilm, kText, kNumFields };

// The negative ones first. Reviews with a rating between them are not in the set.
constexpr std::array<std::string_view, 8> kRatings = {"1", "2", "3", "4", "7", "8", "9", "10"};
constexpr std::int32_t kNumNegative = 4;

constexpr std::size_t kDevEvery = 10;

std::vector<Field> fields_of(std::string_view line, const LineReader& reader) {
  std::vector<Field> fields = split_fields(line, '\t');
  if (fields.size() != kNumFields) {
    throw ParseError(reader.where(), message("found ", fields.size(), " fields, expected ",
                                             std::size_t{kNumFields}, ", separated by tabs"));
  }
  for (const Field& field : fields) {
    if (!field.text.empty()) continue;
    throw ParseError(reader.where(field.offset), "found an empty field, expected text");
  }
  return fields;
}

std::int32_t parse_label(const std::vector<Field>& fields, ReviewLabels labels,
                         const LineReader& reader) {
  const Field& rating = fields[kRating];
  const auto* const position = std::ranges::find(kRatings, rating.text);
  if (position == kRatings.end()) {
    throw ParseError(
        reader.where(rating.offset),
        message("found rating \"", rating.text, "\", expected 1, 2, 3, 4, 7, 8, 9 or 10"));
  }
  const auto rating_class = static_cast<std::int32_t>(position - kRatings.begin());
  const std::int32_t polarity = rating_class < kNumNegative ? 0 : 1;
  const Field& label = fields[kLabel];
  if (label.text != (polarity == 0 ? "0" : "1")) {
    throw ParseError(reader.where(label.offset),
                     message("found label \"", label.text, "\", expected ", polarity,
                             " for rating ", rating.text));
  }
  return labels == ReviewLabels::kRating ? rating_class : polarity;
}

LabelledDocument parse_review(std::string_view line, const ReviewOptions& options,
                              const LineReader& reader, Vocabulary& vocabulary) {
  const std::vector<Field> fields = fields_of(line, reader);
  LabelledDocument document;
  document.label = parse_label(fields, options.labels, reader);
  for (const Sentence& sentence : sentences_of(fields[kText].text)) {
    for (const std::string& word : sentence) document.words.push_back(vocabulary.add(word));
    document.sentence_ends.push_back(static_cast<std::uint32_t>(document.words.size()));
  }
  if (document.words.empty()) {
    throw ParseError(reader.where(fields[kText].offset), "found no words, expected some text");
  }
  return limited(document, options.limits);
}

std::vector<LabelledDocument> load_documents(const std::filesystem::path& path,
                                             const ReviewOptions& options, Vocabulary& vocabulary) {
  LineReader reader(path);
  std::vector<LabelledDocument> documents;
  while (const auto line = reader.next()) {
    documents.push_back(parse_review(*line, options, reader, vocabulary));
  }
  if (documents.empty()) throw ParseError(reader.file(), "no reviews, expected one on each line");
  return documents;
}

}  // namespace

Dataset<LabelledDocument> load_reviews(const std::filesystem::path& folder,
                                       const ReviewOptions& options) {
  Dataset<LabelledDocument> splits;
  splits.classes = {"negative", "positive"};
  if (options.labels == ReviewLabels::kRating) {
    splits.classes.assign(kRatings.begin(), kRatings.end());
  }
  auto documents = load_documents(folder / "train.tsv.gz", options, splits.vocabulary);
  for (std::size_t i = 0; i < documents.size(); ++i) {
    auto& split = i % kDevEvery == kDevEvery - 1 ? splits.dev : splits.train;
    split.push_back(std::move(documents[i]));
  }
  splits.test = load_documents(folder / "test.tsv.gz", options, splits.vocabulary);
  keep_frequent_words(splits, options.minimum_count);
  return splits;
}

}  // namespace espalier::datasets
