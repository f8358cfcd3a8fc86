#include <espalier/apps/document_data.h>

#include <algorithm>
#include <sstream>
#include <utility>

#include <espalier/base/error.h>
#include <espalier/datasets/planted_documents.h>
#include <espalier/datasets/polarity.h>
#include <espalier/datasets/reviews.h>
#include <espalier/datasets/tokenizer.h>

namespace espalier::apps {
namespace {

using Sentences = std::vector<std::vector<std::string>>;

Dataset<LabelledDocument> draw_planted_documents(const DataOptions& options) {
  datasets::PlantedDocumentsOptions draw{.num_train = options.train_size.value_or(4000)};
  draw.num_dev = draw.num_test = std::max<std::size_t>(1, draw.num_train / 8);
  return datasets::generate_planted_documents(draw);
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

}  // namespace

Dataset<LabelledDocument> load_document_data(const DataOptions& options) {
  if (options.dataset == "reviews") {
    const bool polarity = options.labels.value_or("rating") == "polarity";
    return datasets::load_reviews(
        data_folder(options),
        {.labels = polarity ? datasets::ReviewLabels::kPolarity : datasets::ReviewLabels::kRating});
  }
  if (options.dataset == "reviews-polarity") {
    return datasets::polarity_fold(datasets::load_polarity_reviews(data_folder(options)),
                                   options.fold.value_or(1));
  }
  return draw_planted_documents(options);
}

std::optional<TextDocument> read_document(datasets::LineReader& lines, std::string_view dataset,
                                          const Vocabulary& vocabulary) {
  const std::optional<std::string_view> line = lines.next();
  if (!line) return std::nullopt;
  const Sentences sentences =
      dataset == "reviews" ? datasets::sentences_of(*line) : split_sentences(*line);
  TextDocument text;
  for (const std::vector<std::string>& sentence : sentences) {
    if (sentence.empty()) continue;
    for (const std::string& word : sentence) {
      text.document.words.push_back(vocabulary.find(word));
      text.tokens.push_back(word);
    }
    text.document.sentence_ends.push_back(static_cast<std::uint32_t>(text.tokens.size()));
  }
  if (text.tokens.empty()) {
    throw ParseError(lines.where(), "found no words, expected a document");
  }
  return text;
}

}  // namespace espalier::apps
