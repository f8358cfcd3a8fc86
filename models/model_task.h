#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <espalier/base/error.h>
#include <espalier/base/memory.h>
#include <espalier/models/recipe.h>
#include <espalier/training/task.h>

namespace espalier::models {

/// The parts of a data set, owned by somebody else. A Set has a size() and is empty to begin with:
/// a span of examples, or a few spans side by side.
template <typename Set>
struct DataSets {
  const Set& of(training::Split split) const {
    if (split == training::Split::kTrain) return train;
    return split == training::Split::kDev ? dev : test;
  }

  Set train, dev, test;
};

/// Where examples are: what a batch is made of.
template <typename Example>
PoolVector<const Example*> pointers(std::span<const Example> examples) {
  PoolVector<const Example*> all;
  all.reserve(examples.size());
  for (const Example& example : examples) all.push_back(&example);
  return all;
}

/// The same of those with the given numbers, each below examples.size().
template <typename Example>
PoolVector<const Example*> pointers(std::span<const Example> examples,
                                    std::span<const std::uint32_t> numbers) {
  PoolVector<const Example*> some;
  some.reserve(numbers.size());
  for (const std::uint32_t i : numbers) some.push_back(&examples[i]);
  return some;
}

/// All examples in order, cut into batches of at most `max_examples` > 0 and 16384 nodes,
/// num_nodes(example) of each; an example that alone has more is a batch of its own.
template <typename Example, typename NumNodes>
std::vector<PoolVector<const Example*>> batches(std::span<const Example> examples,
                                                std::size_t max_examples, NumNodes num_nodes) {
  constexpr std::size_t kMaxNodes = 16 * 1024;
  std::vector<PoolVector<const Example*>> result;
  std::size_t nodes = 0;  // Of the last batch.
  for (const Example& example : examples) {
    const std::size_t more = num_nodes(example);
    if (result.empty() || result.back().size() == max_examples || nodes + more > kMaxNodes) {
      result.emplace_back();
      nodes = 0;
    }
    result.back().push_back(&example);
    nodes += more;
  }
  return result;
}

/// The same whatever the number of their nodes.
template <typename Example>
std::vector<PoolVector<const Example*>> batches(std::span<const Example> examples,
                                                std::size_t max_examples) {
  return batches(examples, max_examples, [](const Example&) { return std::size_t{0}; });
}

/// A model and its data, for the Trainer: what the tasks of all models have in common. Left to each
/// are the nodes of an example, the loss, the metrics and the one to choose by.
template <typename Model, typename Set>
class ModelTask : public training::Task {
 public:
  std::string configuration() const final { return configuration_; }
  std::span<const NamedParameter> parameters() const final { return model_.parameters(); }
  training::Optimizer& optimizer() final { return *optimizer_; }
  std::size_t num_examples() const override { return data_.train.size(); }
  std::size_t num_nodes(std::span<const std::uint32_t> examples) const final {
    std::size_t n = 0;
    for (const std::uint32_t i : examples) n += num_nodes_of(i);
    return n;
  }

 protected:
  /// The model and what `data` points to must outlive the task. `configuration` describes the model
  /// to whoever loads a checkpoint of it; `examples` names the examples in the message.
  /// Throws OptionError if the training split is empty.
  ModelTask(const Model& model, const DataSets<Set>& data, const Recipe& recipe,
            std::string configuration, std::string_view examples)
      : model_(model),
        data_(data),
        configuration_(std::move(configuration)),
        optimizer_(make_optimizer(model.parameters(), recipe)) {
    if (data_.train.size() == 0) throw OptionError(message("no ", examples, " to train on"));
  }

  const Model& model() const { return model_; }
  const DataSets<Set>& data() const { return data_; }

 private:
  /// Of one training example.
  virtual std::size_t num_nodes_of(std::uint32_t example) const = 0;

  const Model& model_;
  DataSets<Set> data_;
  std::string configuration_;
  std::unique_ptr<training::Optimizer> optimizer_;
};

}  // namespace espalier::models
