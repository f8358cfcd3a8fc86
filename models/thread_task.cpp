#include <espalier/models/thread_task.h>

#include <utility>
#include <vector>

namespace espalier::models {

ThreadTask::ThreadTask(const ThreadClassifier& model, const ThreadSets& data, ThreadMetrics metrics,
                       const Recipe& recipe, std::string configuration)
    : ModelTask(model, data, recipe, std::move(configuration), "threads"), metrics_(metrics) {}

Variable ThreadTask::loss(std::span<const std::uint32_t> examples, Rng& rng) {
  return model().loss(model().batch(pointers(data().train, examples)), rng);
}

training::Metrics ThreadTask::evaluate(training::Split split) {
  return models::evaluate(model(), data().of(split), metrics_);
}

training::Metrics evaluate(const ThreadClassifier& model, std::span<const LabelledThread> threads,
                           ThreadMetrics metrics) {
  if (threads.empty()) return {};
  constexpr std::size_t kBatchSize = 128;
  std::vector<std::int32_t> classes, labels;
  const auto num_comments = [](const LabelledThread& thread) { return thread.graph.num_nodes(); };
  for (const auto& some : batches(threads, kBatchSize, num_comments)) {
    const ThreadBatch batch = model.batch(some);
    const std::vector<std::int32_t> found = model.classes(batch);
    classes.insert(classes.end(), found.begin(), found.end());
    labels.insert(labels.end(), batch.labels.begin(), batch.labels.end());
  }
  training::Metrics result = {{"accuracy", training::accuracy(classes, labels)}};
  if (metrics == ThreadMetrics::kClasses) {
    result["macro_f1"] = training::macro_f1(classes, labels);
    result["weighted_f1"] = training::weighted_f1(classes, labels);
  } else {
    const auto levels = training::level_f1(classes, labels, model.options().num_classes);
    result["macro_f1"] = levels.mean;
    result["weighted_f1"] = levels.weighted_mean;
  }
  return result;
}

}  // namespace espalier::models
