#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <espalier/graph/labelled_tree.h>
#include <espalier/models/recipe.h>
#include <espalier/models/tree_classifier.h>
#include <espalier/training/task.h>

namespace espalier::models {

/// The parts of a data set, owned by somebody else.
struct TreeSplits {
  std::span<const LabelledTree> train, dev, test;
};

/// A tree classifier and its data, for the Trainer. Metrics: "accuracy" and "macro_f1" at the
/// roots, "node_accuracy" at all labelled nodes. Chosen by accuracy on dev.
class TreeClassifierTask final : public training::Task {
 public:
  /// `configuration` describes the model to whoever loads a checkpoint of it.
  /// Throws OptionError if the training split is empty.
  TreeClassifierTask(const TreeClassifier& model, const TreeSplits& data, const Recipe& recipe,
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
  const TreeClassifier& model_;
  TreeSplits data_;
  std::string configuration_;
  std::unique_ptr<training::Optimizer> optimizer_;
};

/// The metrics of a model on some trees; empty if there are none.
training::Metrics evaluate(const TreeClassifier& model, std::span<const LabelledTree> trees);

}  // namespace espalier::models
