#include <espalier/models/document_classifier.h>

#include <espalier/base/error.h>
#include <espalier/ops/loss.h>

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
  const NoRecording no_recording;
  Rng unused(0);
  Tensor scores = logits(batch, unused).value().clone();
  softmax_rows(scores.view(), scores.view());
  return scores;
}

}  // namespace espalier::models
