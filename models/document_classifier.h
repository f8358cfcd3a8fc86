#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <espalier/models/document_batch.h>
#include <espalier/ops/module.h>
#include <espalier/ops/random.h>
#include <espalier/ops/variable.h>
#include <espalier/training/evaluation.h>
#include <espalier/training/recipe.h>

namespace espalier::models {

/// A model that predicts the class of a document: what DocumentHAN, AveragedEmbedding and
/// BagOfWords have in common. Its prediction for a document does not depend on the others in the
/// batch, bit for bit.
class DocumentClassifier : public Module {
 public:
  using Examples = std::span<const LabelledDocument>;
  using Batch = DocumentBatch;
  using Evaluation = training::ClassEvaluation;  ///< Over the documents that have a label.

  virtual ~DocumentClassifier() = default;

  /// Scores of the classes, [batch.num_documents(), num_classes()]. In training with dropout,
  /// for which alone `rng` is. Throws ShapeError, naming the place, if a word is out of range.
  virtual Variable logits(const DocumentBatch& batch, Rng& rng) const = 0;

  /// The mean negative log-likelihood of the labels over the documents that have a label, [1]; 0 if
  /// none has. Throws ShapeError too if a label is no class.
  Variable loss(const DocumentBatch& batch, Rng& rng) const;

  /// The same scores as probabilities, without a record.
  Tensor probabilities(const DocumentBatch& batch) const;

  // What training::TrainableModel asks for. A node is a word.
  DocumentBatch make_batch(Examples documents, std::span<const std::uint32_t> numbers,
                           Rng& rng) const;
  void evaluate(const DocumentBatch& batch, Evaluation& evaluation) const;
  std::size_t num_nodes(Examples documents, std::uint32_t i) const {
    return documents[i].words.size();
  }
  /// Throws ShapeError, naming the document, if a label is no class of the model.
  void check(Examples documents) const;

  int num_classes() const { return num_classes_; }

 protected:
  /// Throws OptionError unless there are two classes or more.
  explicit DocumentClassifier(int num_classes);
  DocumentClassifier(DocumentClassifier&&) = default;
  DocumentClassifier& operator=(DocumentClassifier&&) = default;

 private:
  int num_classes_;
};

}  // namespace espalier::models
