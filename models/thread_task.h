#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <espalier/data/labelled_thread.h>
#include <espalier/models/model_task.h>
#include <espalier/models/thread_classifier.h>

namespace espalier::models {

using ThreadSets = DataSets<std::span<const LabelledThread>>;

/// What the classes of a data set are to its metrics.
enum class ThreadMetrics {
  kClasses,  ///< Names: "macro_f1" and "weighted_f1" as macro_f1() and weighted_f1() have them.
  kLevels,   ///< Steps of one scale: those of level_f1(), the mean and the weighted mean.
};

/// A classifier of discussions and its data, for the Trainer. Metrics as by evaluate(); chosen on
/// dev by accuracy, or, where classes are levels, by weighted_f1, as the authors do. A node is a
/// comment.
class ThreadTask final : public ModelTask<ThreadClassifier, std::span<const LabelledThread>> {
 public:
  /// `configuration` describes the model to whoever loads a checkpoint of it. The model must
  /// outlive the task. Throws OptionError if the training split is empty.
  ThreadTask(const ThreadClassifier& model, const ThreadSets& data, ThreadMetrics metrics,
             const Recipe& recipe, std::string configuration);

  Variable loss(std::span<const std::uint32_t> examples, Rng& rng) override;
  training::Metrics evaluate(training::Split split) override;
  std::string_view selection_metric() const override {
    return metrics_ == ThreadMetrics::kLevels ? "weighted_f1" : "accuracy";
  }

 private:
  std::size_t num_nodes_of(std::uint32_t i) const override {
    return data().train[i].graph.num_nodes();
  }

  ThreadMetrics metrics_;
};

/// "accuracy", "macro_f1" and "weighted_f1" over the labelled comments; empty if there are no
/// threads. Threads are classified a few at a time.
training::Metrics evaluate(const ThreadClassifier& model, std::span<const LabelledThread> threads,
                           ThreadMetrics metrics);

}  // namespace espalier::models
