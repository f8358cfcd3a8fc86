#include <espalier/models/tree_classifier_task.h>

#include <algorithm>

#include <espalier/base/error.h>

namespace espalier::models {
TreeClassifierTask::TreeClassifierTask(const TreeClassifier& model, const TreeSplits& data,
                                       const Recipe& recipe, std::string configuration)
    : model_(model),
      data_(data),
      configuration_(std::move(configuration)),
      optimizer_(make_optimizer(model.parameters(), recipe)) {
  if (data_.train.empty()) throw OptionError("no trees to train on");
}

std::size_t TreeClassifierTask::num_nodes(std::span<const std::uint32_t> examples) const {
  std::size_t n = 0;
  for (const std::uint32_t i : examples) n += data_.train[i].tree.num_nodes();
  return n;
}

Variable TreeClassifierTask::loss(std::span<const std::uint32_t> examples, Rng& rng) {
  PoolVector<const LabelledTree*> trees;
  trees.reserve(examples.size());
  for (const std::uint32_t i : examples) trees.push_back(&data_.train[i]);
  return model_.loss(TreeBatch(trees), rng);
}

training::Metrics TreeClassifierTask::evaluate(training::Split split) {
  switch (split) {
    case training::Split::kTrain:
      return models::evaluate(model_, data_.train);
    case training::Split::kDev:
      return models::evaluate(model_, data_.dev);
    case training::Split::kTest:
      return models::evaluate(model_, data_.test);
  }
  return {};
}

training::Metrics evaluate(const TreeClassifier& model, std::span<const LabelledTree> trees) {
  if (trees.empty()) return {};
  constexpr std::size_t kBatchSize = 128;
  std::vector<std::int32_t> root_classes, root_labels, node_classes, node_labels;
  for (std::size_t begin = 0; begin < trees.size(); begin += kBatchSize) {
    PoolVector<const LabelledTree*> some;
    const std::size_t end = std::min(begin + kBatchSize, trees.size());
    for (std::size_t i = begin; i < end; ++i) some.push_back(&trees[i]);
    const TreeBatch batch(some);
    const PoolVector<std::int32_t> classes = most_probable(model.probabilities(batch).view());
    for (const NodeId root : batch.roots) {
      root_classes.push_back(classes[root]);
      root_labels.push_back(batch.labels[root]);
    }
    node_classes.insert(node_classes.end(), classes.begin(), classes.end());
    for (const std::int32_t label : batch.labels) {
      const bool unpredicted = label == model.options().unpredicted_class;
      node_labels.push_back(unpredicted ? kNoLabel : label);
    }
  }
  return {{"accuracy", training::accuracy(root_classes, root_labels)},
          {"macro_f1", training::macro_f1(root_classes, root_labels)},
          {"node_accuracy", training::accuracy(node_classes, node_labels)}};
}

}  // namespace espalier::models
