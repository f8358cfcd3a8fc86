#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <espalier/apps/system.h>
#include <espalier/data/vocabulary.h>
#include <espalier/models/document_classifier.h>
#include <espalier/models/document_han.h>

namespace espalier::apps {

/// A trained classifier of documents.
class DocumentModel final : public TrainedModel {
 public:
  DocumentModel(Vocabulary vocabulary, std::vector<std::string> classes,
                std::unique_ptr<models::DocumentClassifier> classifier)
      : vocabulary_(std::move(vocabulary)),
        classes_(std::move(classes)),
        classifier_(std::move(classifier)) {}

  training::Metrics evaluate(const DataOptions& data, std::string_view split) const override;
  void predict(datasets::LineReader& lines, std::ostream& out) const override;
  /// An HTML page in which words and sentences are shaded by their attention.
  std::string draw(datasets::LineReader& lines, const DrawOptions& options) const override;

  const models::DocumentClassifier& classifier() const { return *classifier_; }

 private:
  Vocabulary vocabulary_;
  std::vector<std::string> classes_;
  std::unique_ptr<models::DocumentClassifier> classifier_;
};

}  // namespace espalier::apps
