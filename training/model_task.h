#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <espalier/base/error.h>
#include <espalier/data/fingerprint.h>
#include <espalier/data/splits.h>
#include <espalier/ops/training_mode.h>
#include <espalier/training/configuration.h>
#include <espalier/training/recipe.h>
#include <espalier/training/task.h>

namespace espalier::training {

/// Gathers a model's predictions, batch by batch, and computes metrics of them; copyable, and empty
/// to begin with. ClassEvaluation and RegressionEvaluation are two.
template <class E>
concept Evaluation = std::copyable<E> && requires(const E& evaluation) {
  { evaluation.compute() } -> std::convertible_to<Metrics>;
  { evaluation.selection_metric() } -> std::convertible_to<std::string_view>;
  { evaluation.higher_is_better() } -> std::convertible_to<bool>;
};

/// A model that knows its examples, its loss and its metrics. It names
///
///     Examples    what a split is to it: numbered, with a size(). A span of examples as a rule;
///                 or a graph, whose nodes are the examples, and which of them are in the split
///     Batch       examples side by side, as its loss takes them
///     Evaluation  how its metrics come about
///
/// and makes a batch of some examples, of which `rng` may draw (neighbours, augmentations). While
/// training (ops/training_mode.h) its loss may draw dropout; evaluate() runs as Answering.
///
/// It may also have kEvaluationBatch and kEvaluationNodes, how many examples and how many nodes
/// evaluate() takes together; num_nodes(examples, i), the work that example i is (1 if it has not);
/// check(examples), which throws at examples that it cannot take; and for Trainer::fit a `kName`,
/// options() that are described (base/options.h), and a `kRecipe`.
template <class M>
concept TrainableModel = Evaluation<typename M::Evaluation> &&
    requires(const M& model, const typename M::Examples& examples,
             std::span<const std::uint32_t> numbers, const typename M::Batch& batch,
             typename M::Evaluation& evaluation, Rng& rng) {
  { examples.size() } -> std::convertible_to<std::size_t>;
  { model.parameters() } -> std::convertible_to<std::span<const NamedParameter>>;
  { model.make_batch(examples, numbers, rng) } -> std::same_as<typename M::Batch>;
  { model.loss(batch, rng) } -> std::same_as<Variable>;
  model.evaluate(batch, evaluation);
};

/// How much work an example is, in nodes.
template <TrainableModel Model>
std::size_t num_nodes(const Model& model, const typename Model::Examples& examples,
                      std::uint32_t i) {
  if constexpr (requires { model.num_nodes(examples, i); }) {
    return model.num_nodes(examples, i);
  } else {
    return 1;
  }
}

/// How many nodes are evaluated together: 16384, or Model::kEvaluationNodes.
template <TrainableModel Model>
constexpr std::size_t evaluation_nodes() {
  if constexpr (requires { Model::kEvaluationNodes; }) {
    return Model::kEvaluationNodes;
  } else {
    return 16 * 1024;
  }
}

/// The numbers of all examples in order, cut into batches of at most `max_examples` > 0 and
/// evaluation_nodes(); an example that alone has more is a batch of its own.
template <TrainableModel Model>
std::vector<std::vector<std::uint32_t>> batches(const Model& model,
                                                const typename Model::Examples& examples,
                                                std::size_t max_examples) {
  std::vector<std::vector<std::uint32_t>> result;
  std::size_t nodes = 0;  // Of the last batch.
  for (std::uint32_t i = 0; i < examples.size(); ++i) {
    const std::size_t more = num_nodes(model, examples, i);
    if (result.empty() || result.back().size() == max_examples ||
        nodes + more > evaluation_nodes<Model>()) {
      result.emplace_back();
      nodes = 0;
    }
    result.back().push_back(i);
    nodes += more;
  }
  return result;
}

/// How many examples are evaluated together: 128, or Model::kEvaluationBatch.
template <TrainableModel Model>
constexpr std::size_t evaluation_batch() {
  if constexpr (requires { Model::kEvaluationBatch; }) {
    return Model::kEvaluationBatch;
  } else {
    return 128;
  }
}

/// Throws as the model does if it cannot take these examples.
template <TrainableModel Model>
void check_examples(const Model& model, const typename Model::Examples& examples) {
  if constexpr (requires { model.check(examples); }) model.check(examples);
}

/// The metrics of a model on some examples, a few at a time, without a record; empty if there are
/// none. Memory grows with the largest example, not with their number. `evaluation` is where to
/// begin, for a model that has a choice of metrics.
template <TrainableModel Model>
Metrics evaluate(const Model& model, const typename Model::Examples& examples,
                 typename Model::Evaluation evaluation = typename Model::Evaluation()) {
  if (examples.size() == 0) return {};
  check_examples(model, examples);
  const Answering answering;
  Rng rng(0);
  for (const std::vector<std::uint32_t>& some :
       batches(model, examples, evaluation_batch<Model>())) {
    model.evaluate(model.make_batch(examples, some, rng), evaluation);
  }
  return evaluation.compute();
}

/// The fingerprint of data with `train`, `dev` and `test` as the model's examples; empty if those
/// have none.
template <TrainableModel Model, class Data>
std::string fingerprint_of(const Data& data) {
  using Examples = typename Model::Examples;
  if constexpr (Fingerprinted<Examples>) {
    return fingerprint(Splits<Examples>{data.train, data.dev, data.test});
  } else {
    return {};
  }
}

/// A model and the examples that it learns from, as a Task. A node is what the model says it is.
template <TrainableModel Model>
class ModelTask final : public Task {
 public:
  using Examples = typename Model::Examples;

  /// The model, what `data` points to, and an optimiser that is given must outlive the task.
  /// `configuration` describes the model to whoever loads a checkpoint of it; `evaluation` is as in
  /// evaluate(). Throws OptionError if the training split is empty, and as check_examples() does.
  ModelTask(const Model& model, Splits<Examples> data, const Recipe& recipe,
            std::string configuration,
            typename Model::Evaluation evaluation = typename Model::Evaluation())
      : ModelTask(make_optimizer(model.parameters(), recipe), model, std::move(data),
                  std::move(configuration), std::move(evaluation)) {
    settings_ = settings_of(recipe);
  }
  ModelTask(const Model& model, Splits<Examples> data, Optimizer& optimizer,
            std::string configuration,
            typename Model::Evaluation evaluation = typename Model::Evaluation())
      : ModelTask(std::shared_ptr<Optimizer>(&optimizer, [](auto*) {}), model, std::move(data),
                  std::move(configuration), std::move(evaluation)) {}

  std::string configuration() const override { return configuration_; }
  void check_trainable() const override {
    if (data_.dev.size() > 0) return;
    throw OptionError("no examples in the dev split, by which the best epoch is chosen");
  }
  Settings settings() const override { return settings_; }
  std::string data_fingerprint() const override { return fingerprint_of<Model>(data_); }
  std::span<const NamedParameter> parameters() const override { return model_.parameters(); }
  Optimizer& optimizer() override { return *optimizer_; }
  std::size_t num_examples() const override { return data_.train.size(); }
  std::size_t num_nodes(std::span<const std::uint32_t> numbers) const override {
    const Training training;  // A step's nodes.
    std::size_t n = 0;
    for (const std::uint32_t i : numbers) n += training::num_nodes(model_, data_.train, i);
    return n;
  }
  Variable loss(std::span<const std::uint32_t> numbers, Rng& rng) override {
    return model_.loss(model_.make_batch(data_.train, numbers, rng), rng);
  }
  Metrics evaluate(Split split) override {
    return training::evaluate(model_, data_.of(split), evaluation_);
  }
  std::string_view selection_metric() const override { return evaluation_.selection_metric(); }
  bool higher_is_better() const override { return evaluation_.higher_is_better(); }

 private:
  ModelTask(std::shared_ptr<Optimizer> optimizer, const Model& model, Splits<Examples> data,
            std::string configuration, typename Model::Evaluation evaluation)
      : model_(model),
        data_(std::move(data)),
        optimizer_(std::move(optimizer)),
        configuration_(std::move(configuration)),
        evaluation_(std::move(evaluation)) {
    if (data_.train.size() == 0) throw OptionError("no examples to train on");
    for (const Split split : {Split::kTrain, Split::kDev, Split::kTest}) {
      check_examples(model_, data_.of(split));
    }
  }

  const Model& model_;
  Splits<Examples> data_;
  std::shared_ptr<Optimizer> optimizer_;
  std::string configuration_;
  Settings settings_ = {};  // Of an optimiser that was given nothing is known.
  typename Model::Evaluation evaluation_;
};

}  // namespace espalier::training
