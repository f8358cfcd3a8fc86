#include <espalier/models/document_task.h>

#include <utility>
#include <vector>

#include <espalier/base/error.h>
#include <espalier/ops/argmax.h>

namespace espalier::models {
namespace {

void check_labels(const DocumentClassifier& model, std::span<const LabelledDocument> documents) {
  for (std::size_t d = 0; d < documents.size(); ++d) {
    const std::int32_t label = documents[d].label;
    if (label == kNoLabel || (label >= 0 && label < model.num_classes())) continue;
    throw ShapeError(message("document ", d, " has label ", label, ", expected a class below ",
                             model.num_classes(), ", or ", kNoLabel, " for none"));
  }
}

}  // namespace

DocumentTask::DocumentTask(const DocumentClassifier& model, const DocumentSets& data,
                           const Recipe& recipe, std::string configuration)
    : ModelTask(model, data, recipe, std::move(configuration), "documents") {
  for (const auto documents : {data.train, data.dev, data.test}) check_labels(model, documents);
}

Variable DocumentTask::loss(std::span<const std::uint32_t> examples, Rng& rng) {
  return model().loss(DocumentBatch(pointers(data().train, examples)), rng);
}

training::Metrics DocumentTask::evaluate(training::Split split) {
  return models::evaluate(model(), data().of(split));
}

training::Metrics evaluate(const DocumentClassifier& model,
                           std::span<const LabelledDocument> documents) {
  if (documents.empty()) return {};
  check_labels(model, documents);
  constexpr std::size_t kBatchSize = 128;
  std::vector<std::int32_t> classes, labels;
  const auto num_words = [](const LabelledDocument& document) { return document.words.size(); };
  for (const auto& some : batches(documents, kBatchSize, num_words)) {
    const DocumentBatch batch(some);
    const std::vector<std::int32_t> best = argmax_rows(model.probabilities(batch).view());
    classes.insert(classes.end(), best.begin(), best.end());
    labels.insert(labels.end(), batch.labels.begin(), batch.labels.end());
  }
  return {{"accuracy", training::accuracy(classes, labels)},
          {"macro_f1", training::macro_f1(classes, labels)}};
}

}  // namespace espalier::models
