#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <espalier/graph/labelled_document.h>
#include <espalier/models/document_classifier.h>
#include <espalier/models/recipe.h>
#include <espalier/training/task.h>

namespace espalier::models {

/// The parts of a data set, owned by somebody else.
struct DocumentSets {
  std::span<const LabelledDocument> train, dev, test;
};

/// A classifier of documents and its data, for the Trainer. Metrics as by evaluate(); chosen by
/// accuracy on dev. A node is a word.
class DocumentTask final : public training::Task {
 public:
  /// `configuration` describes the model to whoever loads a checkpoint of it. The model must
  /// outlive the task.
  /// Throws OptionError if the training split is empty; ShapeError, naming the document, if a label
  /// is no class of the model.
  DocumentTask(const DocumentClassifier& model, const DocumentSets& data, const Recipe& recipe,
               std::string configuration);

  std::string configuration() const override { return configuration_; }
  std::span<const NamedParameter> parameters() const override { return model_.parameters(); }
  training::Optimizer& optimizer() override { return *optimizer_; }
  std::size_t num_examples() const override { return data_.train.size(); }
  std::size_t num_nodes(std::span<const std::uint32_t> examples) const override;
  Variable loss(std::span<const std::uint32_t> examples, Rng& rng) override;
  training::Metrics evaluate(training::Split split) override;
  std::string_view selection_metric() const override { return "accuracy"; }

 private:
  const DocumentClassifier& model_;
  DocumentSets data_;
  std::string configuration_;
  std::unique_ptr<training::Optimizer> optimizer_;
};

/// "accuracy" and "macro_f1" of a model on the labelled ones of some documents; empty if there are
/// no documents. Memory grows with the longest document, not with their number.
/// Throws ShapeError, naming the document, if a label is no class of the model.
training::Metrics evaluate(const DocumentClassifier& model,
                           std::span<const LabelledDocument> documents);

}  // namespace espalier::models
