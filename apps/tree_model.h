#pragma once

#include <string>
#include <vector>

#include <espalier/apps/system.h>
#include <espalier/data/vocabulary.h>
#include <espalier/models/tree_classifier.h>

namespace espalier::apps {

/// A trained tree classifier.
class TreeModel final : public TrainedModel {
 public:
  TreeModel(Vocabulary vocabulary, std::vector<std::string> classes,
            models::TreeClassifier classifier)
      : vocabulary_(std::move(vocabulary)),
        classes_(std::move(classes)),
        classifier_(std::move(classifier)) {}

  training::Metrics evaluate(const DataOptions& data, std::string_view split) const override;
  void predict(datasets::LineReader& lines, std::ostream& out) const override;
  std::string draw(datasets::LineReader& lines, const DrawOptions& options) const override;

  const models::TreeClassifier& classifier() const { return classifier_; }

 private:
  Vocabulary vocabulary_;
  std::vector<std::string> classes_;
  models::TreeClassifier classifier_;
};

}  // namespace espalier::apps
