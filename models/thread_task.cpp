#include <espalier/models/thread_task.h>

#include <utility>
#include <vector>

#include <espalier/base/error.h>

namespace espalier::models {
namespace {

// The first of some threads, no more than fit into one batch, and at least one.
std::size_t batch_size(std::span<const LabelledThread> threads) {
  constexpr std::size_t kMaxThreads = 128, kMaxNodes = 16 * 1024;
  std::size_t size = 1, nodes = threads[0].graph.num_nodes();
  while (size < threads.size() && size < kMaxThreads) {
    nodes += threads[size].graph.num_nodes();
    if (nodes > kMaxNodes) break;
    ++size;
  }
  return size;
}

}  // namespace

ThreadTask::ThreadTask(const ThreadClassifier& model, const ThreadSets& data, ThreadMetrics metrics,
                       const Recipe& recipe, std::string configuration)
    : model_(model),
      data_(data),
      metrics_(metrics),
      configuration_(std::move(configuration)),
      optimizer_(make_optimizer(model.parameters(), recipe)) {
  if (data_.train.empty()) throw OptionError("no threads to train on");
}

std::size_t ThreadTask::num_nodes(std::span<const std::uint32_t> examples) const {
  std::size_t n = 0;
  for (const std::uint32_t i : examples) n += data_.train[i].graph.num_nodes();
  return n;
}

Variable ThreadTask::loss(std::span<const std::uint32_t> examples, Rng& rng) {
  PoolVector<const LabelledThread*> threads;
  threads.reserve(examples.size());
  for (const std::uint32_t i : examples) threads.push_back(&data_.train[i]);
  return model_.loss(model_.batch(threads), rng);
}

training::Metrics ThreadTask::evaluate(training::Split split) {
  const bool is_train = split == training::Split::kTrain;
  const auto threads = is_train                         ? data_.train
                       : split == training::Split::kDev ? data_.dev
                                                        : data_.test;
  return models::evaluate(model_, threads, metrics_);
}

training::Metrics evaluate(const ThreadClassifier& model, std::span<const LabelledThread> threads,
                           ThreadMetrics metrics) {
  if (threads.empty()) return {};
  std::vector<std::int32_t> classes, labels;
  while (!threads.empty()) {
    const std::size_t size = batch_size(threads);
    PoolVector<const LabelledThread*> some;
    for (const LabelledThread& thread : threads.first(size)) some.push_back(&thread);
    const ThreadBatch batch = model.batch(some);
    const PoolVector<std::int32_t> found = model.classes(batch);
    classes.insert(classes.end(), found.begin(), found.end());
    labels.insert(labels.end(), batch.labels.begin(), batch.labels.end());
    threads = threads.subspan(size);
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
