#pragma once

#include <string>
#include <utility>
#include <vector>

#include <espalier/apps/system.h>
#include <espalier/data/vocabulary.h>
#include <espalier/models/thread_classifier.h>
#include <espalier/training/model_task.h>

namespace espalier::apps {

/// What the classes of a data set are to the metrics.
models::ThreadMetrics thread_metrics(std::string_view dataset);

/// A trained classifier of discussions.
class ThreadModel final : public TrainedModel {
 public:
  ThreadModel(Vocabulary vocabulary, std::vector<std::string> classes,
              models::ThreadClassifier classifier)
      : vocabulary_(std::move(vocabulary)),
        classes_(std::move(classes)),
        classifier_(std::move(classifier)) {}

  training::Metrics evaluate(const DataOptions& options, std::string_view split) const override;
  void predict(datasets::LineReader& lines, std::ostream& out) const override;
  std::string draw(datasets::LineReader& lines, const DrawOptions& options) const override;

  const models::ThreadClassifier& classifier() const { return classifier_; }

 private:
  Vocabulary vocabulary_;
  std::vector<std::string> classes_;
  models::ThreadClassifier classifier_;
};

}  // namespace espalier::apps
