#include <espalier/models/tree_classifier_task.h>

#include <espalier/ops/argmax.h>

#include <utility>
#include <vector>

namespace espalier::models {

TreeClassifierTask::TreeClassifierTask(const TreeClassifier& model, const TreeSplits& data,
                                       const Recipe& recipe, std::string configuration)
    : ModelTask(model, data, recipe, std::move(configuration), "trees") {}

Variable TreeClassifierTask::loss(std::span<const std::uint32_t> examples, Rng& rng) {
  return model().loss(TreeBatch(pointers(data().train, examples)), rng);
}

training::Metrics TreeClassifierTask::evaluate(training::Split split) {
  return models::evaluate(model(), data().of(split));
}

training::Metrics evaluate(const TreeClassifier& model, std::span<const LabelledTree> trees) {
  if (trees.empty()) return {};
  constexpr std::size_t kBatchSize = 128;
  std::vector<std::int32_t> root_classes, root_labels, node_classes, node_labels;
  for (const auto& some : batches(trees, kBatchSize)) {
    const TreeBatch batch(some);
    const std::vector<std::int32_t> classes = argmax_rows(model.probabilities(batch).view());
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
