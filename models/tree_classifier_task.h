#pragma once

#include <span>
#include <string>
#include <string_view>

#include <espalier/data/labelled_tree.h>
#include <espalier/models/model_task.h>
#include <espalier/models/tree_classifier.h>

namespace espalier::models {

using TreeSplits = DataSets<std::span<const LabelledTree>>;

/// A tree classifier and its data, for the Trainer. Metrics: "accuracy" and "macro_f1" at the
/// roots, "node_accuracy" at all labelled nodes. Chosen by accuracy on dev.
class TreeClassifierTask final : public ModelTask<TreeClassifier, std::span<const LabelledTree>> {
 public:
  /// `configuration` describes the model to whoever loads a checkpoint of it.
  /// Throws OptionError if the training split is empty.
  TreeClassifierTask(const TreeClassifier& model, const TreeSplits& data, const Recipe& recipe,
                     std::string configuration);

  Variable loss(std::span<const std::uint32_t> examples, Rng& rng) override;
  training::Metrics evaluate(training::Split split) override;
  std::string_view selection_metric() const override { return "accuracy"; }

 private:
  std::size_t num_nodes_of(std::uint32_t i) const override {
    return data().train[i].tree.num_nodes();
  }
};

/// The metrics of a model on some trees; empty if there are none.
training::Metrics evaluate(const TreeClassifier& model, std::span<const LabelledTree> trees);

}  // namespace espalier::models
