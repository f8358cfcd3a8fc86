#include <espalier/models/document_task.h>

#include <utility>
#include <vector>

#include <espalier/base/error.h>
#include <espalier/models/tree_classifier.h>

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

// The first of some documents, no more than fit into one batch, and at least one.
std::size_t batch_size(std::span<const LabelledDocument> documents) {
  constexpr std::size_t kMaxDocuments = 128, kMaxWords = 16 * 1024;
  std::size_t size = 1, words = documents[0].words.size();
  while (size < documents.size() && size < kMaxDocuments) {
    words += documents[size].words.size();
    if (words > kMaxWords) break;
    ++size;
  }
  return size;
}

}  // namespace

DocumentTask::DocumentTask(const DocumentClassifier& model, const DocumentSets& data,
                           const Recipe& recipe, std::string configuration)
    : model_(model),
      data_(data),
      configuration_(std::move(configuration)),
      optimizer_(make_optimizer(model.parameters(), recipe)) {
  if (data_.train.empty()) throw OptionError("no documents to train on");
  for (const auto documents : {data_.train, data_.dev, data_.test}) {
    check_labels(model_, documents);
  }
}

std::size_t DocumentTask::num_nodes(std::span<const std::uint32_t> examples) const {
  std::size_t n = 0;
  for (const std::uint32_t i : examples) n += data_.train[i].words.size();
  return n;
}

Variable DocumentTask::loss(std::span<const std::uint32_t> examples, Rng& rng) {
  PoolVector<const LabelledDocument*> documents;
  documents.reserve(examples.size());
  for (const std::uint32_t i : examples) documents.push_back(&data_.train[i]);
  return model_.loss(DocumentBatch(documents), rng);
}

training::Metrics DocumentTask::evaluate(training::Split split) {
  switch (split) {
    case training::Split::kTrain:
      return models::evaluate(model_, data_.train);
    case training::Split::kDev:
      return models::evaluate(model_, data_.dev);
    case training::Split::kTest:
      return models::evaluate(model_, data_.test);
  }
  return {};
}

training::Metrics evaluate(const DocumentClassifier& model,
                           std::span<const LabelledDocument> documents) {
  if (documents.empty()) return {};
  check_labels(model, documents);
  std::vector<std::int32_t> classes, labels;
  for (std::size_t begin = 0; begin < documents.size();) {
    const std::size_t end = begin + batch_size(documents.subspan(begin));
    PoolVector<const LabelledDocument*> some;
    for (std::size_t d = begin; d < end; ++d) some.push_back(&documents[d]);
    const DocumentBatch batch(some);
    const PoolVector<std::int32_t> best = most_probable(model.probabilities(batch).view());
    classes.insert(classes.end(), best.begin(), best.end());
    labels.insert(labels.end(), batch.labels.begin(), batch.labels.end());
    begin = end;
  }
  return {{"accuracy", training::accuracy(classes, labels)},
          {"macro_f1", training::macro_f1(classes, labels)}};
}

}  // namespace espalier::models
