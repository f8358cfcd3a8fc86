#include <espalier/apps/document_model.h>

#include <cstdint>
#include <optional>

#include <nlohmann/json.hpp>

#include <espalier/apps/answering.h>
#include <espalier/apps/document_data.h>
#include <espalier/apps/document_page.h>
#include <espalier/apps/model_parts.h>
#include <espalier/models/document_batch.h>
#include <espalier/ops/argmax.h>
#include <espalier/training/model_task.h>

namespace espalier::apps {
namespace {

// Writes each probability with as many digits as a float needs.
using Json = nlohmann::basic_json<nlohmann::ordered_map, std::vector, std::string, bool,
                                  std::int64_t, std::uint64_t, float>;

}  // namespace

training::Metrics DocumentModel::evaluate(const DataOptions& options,
                                          std::string_view split) const {
  Dataset<LabelledDocument> documents = load_document_data(options);
  check_classes(classes_.size(), documents.classes.size(), options.dataset, source);
  std::vector<LabelledDocument>& examples = split_of(documents, split);
  const std::vector<std::uint32_t> numbers = renumbering(documents.vocabulary, vocabulary_);
  for (LabelledDocument& document : examples) {
    for (std::uint32_t& word : document.words) word = numbers[word];
  }
  return training::evaluate(*classifier_, examples);
}

void DocumentModel::predict(datasets::LineReader& lines, std::ostream& out) const {
  answer_in_batches<TextDocument>(
      [&] { return read_document(lines, data.dataset, vocabulary_); },
      [&](const std::vector<TextDocument>& texts) {
        std::vector<const LabelledDocument*> documents;
        for (const TextDocument& text : texts) documents.push_back(&text.document);
        const Tensor probabilities = classifier_->probabilities(models::DocumentBatch(documents));
        const auto labels = argmax_rows(probabilities.view());
        for (std::size_t i = 0; i < texts.size(); ++i) {
          out << Json{{"label", classes_[static_cast<std::size_t>(labels[i])]},
                      {"probabilities", probabilities.row(i)}}
                     .dump()
              << '\n';
        }
        check_written(out);
      });
}

std::string DocumentModel::draw(datasets::LineReader& lines, const DrawOptions& options) const {
  const auto* const han = dynamic_cast<const models::DocumentHAN*>(classifier_.get());
  if (han == nullptr) throw UsageError("only document-han has attention to draw");
  if (options.dot) throw UsageError("--dot is for trees; a document is drawn as an HTML page");
  const TextDocument text = example_at<TextDocument>(
      lines, options.line, [&] { return read_document(lines, data.dataset, vocabulary_); });
  const LabelledDocument* const document = &text.document;
  const models::DocumentAttention attention =
      han->predict(models::DocumentBatch(std::span(&document, 1)));
  const auto label = static_cast<std::size_t>(argmax_rows(attention.probabilities.view())[0]);
  return document_page(text, {classes_[label], attention.probabilities.at(0, label)},
                       attention.sentence_weights.flat(), attention.word_weights.flat());
}

}  // namespace espalier::apps
