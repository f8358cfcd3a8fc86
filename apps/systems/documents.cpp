#include <espalier/apps/systems/documents.h>

#include <sstream>
#include <string_view>

#include <espalier/base/error.h>
#include <espalier/datasets/document_limits.h>
#include <espalier/datasets/planted_documents.h>
#include <espalier/datasets/polarity.h>
#include <espalier/datasets/reviews.h>
#include <espalier/datasets/tokenizer.h>

namespace espalier::apps {
namespace {

using Documents = Dataset<LabelledDocument>;
using Sentences = std::vector<std::vector<std::string>>;
using PlantedOptions = DrawnOptions<4000>;

struct ReviewsOptions {
  datasets::ReviewLabels labels = datasets::ReviewLabels::kRating;

  static std::vector<Option> fields(ReviewsOptions& o) {
    return {choice("labels", o.labels, "What is to be told: rating or polarity",
                   {"rating", "polarity"})};
  }
};

struct PolarityOptions {
  int fold = 1;

  static std::vector<Option> fields(PolarityOptions& o) {
    return {option("fold", o.fold, "The fold to test on, 1 .. 10", between(1, 10))};
  }
};

Documents draw_planted(const PlantedOptions& options, const std::filesystem::path&) {
  const std::size_t part = eighth(options.train_size);
  return datasets::generate_planted_documents(
      {.num_train = options.train_size, .num_dev = part, .num_test = part});
}

Documents load_reviews(const ReviewsOptions& options, const std::filesystem::path& folder) {
  return datasets::load_reviews(folder, {.labels = options.labels});
}

Documents load_polarity(const PolarityOptions& options, const std::filesystem::path& folder) {
  return datasets::polarity_fold(datasets::load_polarity_reviews(folder), options.fold);
}

// Words separated by spaces, sentences by a bar.
Sentences split_sentences(std::string_view line) {
  Sentences sentences(1);
  std::istringstream words{std::string(line)};
  for (std::string word; words >> word;) {
    if (word == "|") {
      sentences.emplace_back();
    } else {
      sentences.back().push_back(word);
    }
  }
  return sentences;
}

TextDocument whole_document(const Sentences& sentences, const datasets::LineReader& lines,
                            const Vocabulary& vocabulary) {
  TextDocument text;
  for (const std::vector<std::string>& sentence : sentences) {
    if (sentence.empty()) continue;
    for (const std::string& word : sentence) {
      text.document.words.push_back(vocabulary.find(word));
      text.tokens.push_back(word);
    }
    text.document.sentence_ends.push_back(static_cast<std::uint32_t>(text.tokens.size()));
  }
  if (text.tokens.empty()) throw ParseError(lines.where(), "found no words, expected a document");
  return text;
}

// As much of it as training would read.
TextDocument document_of(const Sentences& sentences, const datasets::LineReader& lines,
                         const Vocabulary& vocabulary) {
  TextDocument text = whole_document(sentences, lines, vocabulary);
  text.document = datasets::limited(text.document, {});
  text.tokens.resize(text.document.words.size());  // The first ones are kept.
  return text;
}

}  // namespace

std::vector<DocumentSet> document_sets() {
  return {
      data_set<PlantedOptions>({.name = "planted-documents",
                                .description = "documents of which one sentence says the class"},
                               DocumentTraits{.planted = true}, draw_planted),
      data_set<ReviewsOptions>(
          {.name = "reviews",
           .description = "film reviews (Maas et al. 2011): the rating, 8 classes, or the polarity",
           .files = "train.tsv.gz and test.tsv.gz",
           .folder = "reviews",
           .probe = "train.tsv.gz"},
          DocumentTraits{.read = read_plain_document}, load_reviews),
      data_set<PolarityOptions>(
          {.name = "reviews-polarity",
           .description = "film reviews (Pang and Lee 2004): positive or negative, ten folds",
           .files = "polarity.txt.gz",
           .folder = "reviews_polarity",
           .probe = "polarity.txt.gz"},
          DocumentTraits(), load_polarity)};
}

std::optional<TextDocument> read_symbols(datasets::LineReader& lines,
                                         const Vocabulary& vocabulary) {
  const std::optional<std::string_view> line = lines.next();
  if (!line) return std::nullopt;
  return whole_document(split_sentences(*line), lines, vocabulary);
}

std::optional<TextDocument> read_marked_document(datasets::LineReader& lines,
                                                 const Vocabulary& vocabulary) {
  const std::optional<std::string_view> line = lines.next();
  if (!line) return std::nullopt;
  return document_of(split_sentences(*line), lines, vocabulary);
}

std::optional<TextDocument> read_plain_document(datasets::LineReader& lines,
                                                const Vocabulary& vocabulary) {
  const std::optional<std::string_view> line = lines.next();
  if (!line) return std::nullopt;
  return document_of(datasets::sentences_of(*line), lines, vocabulary);
}

}  // namespace espalier::apps
