#include <espalier/models/tree_classifier.h>

#include <algorithm>
#include <limits>
#include <vector>

#include <espalier/base/error.h>
#include <espalier/data/select.h>
#include <espalier/ops/argmax.h>
#include <espalier/ops/loss.h>
#include <espalier/ops/training_mode.h>

namespace espalier::models {
TreeClassifier::TreeClassifier(const TreeClassifierOptions& options, Rng& rng)
    : options_(checked(options)),
      embedding_(options.num_words, options.input_size, rng),
      lstm_({.input_size = options.input_size,
             .hidden_size = options.hidden_size,
             .arity = 2,
             .off_diagonal_forget = true,
             .leaf_module = true,
             .output_gate = true},
            rng),
      dropout_(options.dropout),
      classifier_({.input_size = options.hidden_size, .output_size = options.num_classes}, rng) {
  add_module("embedding", embedding_);
  add_module("lstm", lstm_);
  add_module("classifier", classifier_);
}

Variable TreeClassifier::logits(const TreeBatch& batch, Rng& rng) const {
  const Variable x = embedding_.forward(batch.words);
  const NodeStates states = lstm_.forward({x, batch.word_nodes}, batch.schedule);
  return classifier_.forward(dropout_.forward(states.h, rng));
}

Variable TreeClassifier::loss(const TreeBatch& batch, Rng& rng) const {
  const auto num_trees = static_cast<float>(std::max<std::size_t>(batch.roots.size(), 1));
  return softmax_cross_entropy(
      logits(batch, rng), batch.labels,
      {.reduction = Reduction::kSum, .ignored_label = kNoLabel, .scale = 1.0f / num_trees});
}

Tensor TreeClassifier::probabilities(const TreeBatch& batch) const {
  const Answering answering;
  Rng unused(0);
  Tensor scores = logits(batch, unused).value().clone();
  if (options_.unpredicted_class >= 0) {
    const auto left_out = static_cast<std::size_t>(options_.unpredicted_class);
    for (std::size_t r = 0; r < scores.rows(); ++r) {
      scores.at(r, left_out) = -std::numeric_limits<float>::infinity();
    }
  }
  softmax_rows(scores.view(), scores.view());
  return scores;
}

TreeBatch TreeClassifier::make_batch(Examples trees, std::span<const std::uint32_t> numbers,
                                     Rng&) const {
  return TreeBatch(select(trees, numbers));
}

void TreeClassifier::evaluate(const TreeBatch& batch, TreeEvaluation& evaluation) const {
  evaluation.add(argmax_rows(probabilities(batch).view()), batch.labels, batch.roots,
                 options_.unpredicted_class);
}

void TreeEvaluation::add(std::span<const std::int32_t> predicted,
                         std::span<const std::int32_t> labels, std::span<const NodeId> roots,
                         std::int32_t unpredicted_class) {
  for (const NodeId root : roots) roots_.add(predicted.subspan(root, 1), labels.subspan(root, 1));
  std::vector<std::int32_t> counted(labels.begin(), labels.end());
  std::ranges::replace(counted, unpredicted_class, kNoLabel);
  nodes_.add(predicted, counted);
}

training::Metrics TreeEvaluation::compute() const {
  training::Metrics metrics = roots_.compute();
  metrics["node_accuracy"] = training::accuracy(nodes_.predicted(), nodes_.labels());
  return metrics;
}

}  // namespace espalier::models
