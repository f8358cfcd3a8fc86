#include <espalier/models/document_classifier.h>

#include <espalier/base/error.h>
#include <espalier/data/select.h>
#include <espalier/ops/argmax.h>
#include <espalier/ops/loss.h>
#include <espalier/ops/training_mode.h>

namespace espalier::models {

DocumentClassifier::DocumentClassifier(int num_classes) : num_classes_(num_classes) {
  if (num_classes < 2) {
    throw OptionError(message("num_classes is ", num_classes, ", expected 2 or more"));
  }
}

Variable DocumentClassifier::loss(const DocumentBatch& batch, Rng& rng) const {
  return softmax_cross_entropy(logits(batch, rng), batch.labels,
                               {.reduction = Reduction::kMean, .ignored_label = kNoLabel});
}

Tensor DocumentClassifier::probabilities(const DocumentBatch& batch) const {
  const Answering answering;
  Rng unused(0);
  Tensor scores = logits(batch, unused).value().clone();
  softmax_rows(scores.view(), scores.view());
  return scores;
}

DocumentBatch DocumentClassifier::make_batch(Examples documents,
                                             std::span<const std::uint32_t> numbers, Rng&) const {
  return DocumentBatch(select(documents, numbers));
}

void DocumentClassifier::evaluate(const DocumentBatch& batch, Evaluation& evaluation) const {
  evaluation.add(argmax_rows(probabilities(batch).view()), batch.labels);
}

void DocumentClassifier::check(Examples documents) const {
  for (std::size_t d = 0; d < documents.size(); ++d) {
    const std::int32_t label = documents[d].label;
    if (label == kNoLabel || (label >= 0 && label < num_classes_)) continue;
    throw ShapeError(message("document ", d, " has label ", label, ", expected a class below ",
                             num_classes_, ", or ", kNoLabel, " for none"));
  }
}

}  // namespace espalier::models
