#include <espalier/datasets/polarity.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <espalier/base/error.h>
#include <espalier/datasets/internal/fields.h>
#include <espalier/datasets/line_reader.h>

namespace espalier::datasets {
namespace {

struct Header {
  std::int32_t label = 0;
  int fold = 0;
  std::uint64_t num_sentences = 0;
};

// The rest of a field that is to begin with `name`.
std::string_view value_of(const Field& field, std::string_view name, const LineReader& reader) {
  if (field.text.starts_with(name)) return field.text.substr(name.size());
  throw ParseError(reader.where(field.offset),
                   message("found \"", field.text, "\", expected \"", name, '"'));
}

// The number in a field that is to begin with `name`, in low .. high.
std::uint64_t number_of(const Field& field, std::string_view name, std::uint64_t low,
                        std::uint64_t high, const LineReader& reader) {
  const std::string_view value = value_of(field, name, reader);
  const auto number = whole_number(value);
  if (number && *number >= low && *number <= high) return *number;
  throw ParseError(reader.where(field.offset + name.size()),
                   message("found \"", value, "\", expected a number in ", low, " .. ", high));
}

Header parse_header(std::string_view line, const LineReader& reader) {
  constexpr std::uint64_t kMaxSentences = 1'000'000'000;
  const std::vector<Field> fields = split_fields(line, ' ');
  if (fields.size() != 5 || fields[0].text != "#") {
    throw ParseError(reader.where(), "expected \"# id=... fold=... label=... sentences=...\"");
  }
  Header header;
  const std::string_view id = value_of(fields[1], "id=", reader);
  header.fold = static_cast<int>(number_of(fields[2], "fold=", 1, kNumPolarityFolds, reader));
  header.label = static_cast<std::int32_t>(number_of(fields[3], "label=", 0, 1, reader));
  header.num_sentences = number_of(fields[4], "sentences=", 1, kMaxSentences, reader);
  if (const std::string_view expected = header.label == 0 ? "neg/" : "pos/";
      !id.starts_with(expected)) {
    throw ParseError(reader.where(fields[1].offset),
                     message("found id \"", id, "\", expected it to begin with \"", expected,
                             "\" for label ", header.label));
  }
  return header;
}

void add_sentence(std::string_view line, const LineReader& reader, Vocabulary& vocabulary,
                  LabelledDocument& document) {
  for (const Field& word : split_fields(line, ' ')) {
    if (word.text.empty()) {
      throw ParseError(reader.where(word.offset),
                       "found no word, expected words separated by "
                       "single spaces");
    }
    document.words.push_back(vocabulary.add(word.text));
  }
  document.sentence_ends.push_back(static_cast<std::uint32_t>(document.words.size()));
}

// What the header has announced, and the empty line after it.
LabelledDocument read_document(const Header& header, LineReader& reader, Vocabulary& vocabulary) {
  LabelledDocument document;
  document.label = header.label;
  for (std::uint64_t i = 0; i <= header.num_sentences; ++i) {
    const auto line = reader.next();
    const bool is_end = i == header.num_sentences;
    if (!line || line->empty() != is_end) {
      throw ParseError(reader.where(), message("expected ",
                                               is_end ? "an empty line after "
                                                      : message("sentence ", i + 1, " of "),
                                               header.num_sentences, " sentences"));
    }
    if (!is_end) add_sentence(*line, reader, vocabulary, document);
  }
  return document;
}

}  // namespace

PolarityReviews load_polarity_reviews(const std::filesystem::path& folder) {
  LineReader reader(folder / "polarity.txt.gz");
  PolarityReviews reviews;
  while (const auto line = reader.next()) {
    const Header header = parse_header(*line, reader);
    reviews.documents.push_back(read_document(header, reader, reviews.vocabulary));
    reviews.folds.push_back(header.fold);
  }
  if (reviews.documents.empty()) throw ParseError(reader.file(), "no reviews, expected some");
  return reviews;
}

Dataset<LabelledDocument> polarity_fold(const PolarityReviews& reviews, int fold,
                                        const PolarityOptions& options) {
  if (fold < 1 || fold > kNumPolarityFolds) {
    throw OptionError(message("fold is ", fold, ", expected 1 .. ", kNumPolarityFolds));
  }
  const int dev_fold = fold % kNumPolarityFolds + 1;
  Dataset<LabelledDocument> splits;
  splits.vocabulary = reviews.vocabulary;
  splits.classes = {"negative", "positive"};
  for (std::size_t i = 0; i < reviews.documents.size(); ++i) {
    const int own = reviews.folds[i];
    auto& split = own == fold ? splits.test : own == dev_fold ? splits.dev : splits.train;
    split.push_back(limited(reviews.documents[i], options.limits));
  }
  keep_frequent_words(splits, options.minimum_count);
  return splits;
}

}  // namespace espalier::datasets
