#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <espalier/data/labelled_document.h>
#include <espalier/models/document_classifier.h>
#include <espalier/models/model_task.h>

namespace espalier::models {

using DocumentSets = DataSets<std::span<const LabelledDocument>>;

/// A classifier of documents and its data, for the Trainer. Metrics as by evaluate(); chosen by
/// accuracy on dev. A node is a word.
class DocumentTask final : public ModelTask<DocumentClassifier, std::span<const LabelledDocument>> {
 public:
  /// `configuration` describes the model to whoever loads a checkpoint of it. The model must
  /// outlive the task.
  /// Throws OptionError if the training split is empty; ShapeError, naming the document, if a label
  /// is no class of the model.
  DocumentTask(const DocumentClassifier& model, const DocumentSets& data, const Recipe& recipe,
               std::string configuration);

  Variable loss(std::span<const std::uint32_t> examples, Rng& rng) override;
  training::Metrics evaluate(training::Split split) override;
  std::string_view selection_metric() const override { return "accuracy"; }

 private:
  std::size_t num_nodes_of(std::uint32_t i) const override { return data().train[i].words.size(); }
};

/// "accuracy" and "macro_f1" of a model on the labelled ones of some documents; empty if there are
/// no documents. Memory grows with the longest document, not with their number.
/// Throws ShapeError, naming the document, if a label is no class of the model.
training::Metrics evaluate(const DocumentClassifier& model,
                           std::span<const LabelledDocument> documents);

}  // namespace espalier::models
