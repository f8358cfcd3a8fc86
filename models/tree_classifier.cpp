#include <espalier/models/tree_classifier.h>

#include <algorithm>
#include <limits>
#include <vector>

#include <nlohmann/json.hpp>

#include <espalier/base/error.h>
#include <espalier/data/select.h>
#include <espalier/ops/argmax.h>
#include <espalier/ops/loss.h>

namespace espalier::models {
namespace {

const TreeClassifierOptions& checked(const TreeClassifierOptions& options) {
  if (options.num_classes < 2) {
    throw OptionError(message("num_classes is ", options.num_classes, ", expected 2 or more"));
  }
  if (options.unpredicted_class < -1 || options.unpredicted_class >= options.num_classes) {
    throw OptionError(message("unpredicted_class is ", options.unpredicted_class,
                              ", expected -1 or a class below ", options.num_classes));
  }
  return options;
}

}  // namespace

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
  const auto num_trees = static_cast<float>(batch.roots.size());
  return softmax_cross_entropy(
      logits(batch, rng), batch.labels,
      {.reduction = Reduction::kSum, .ignored_label = kNoLabel, .scale = 1.0f / num_trees});
}

Tensor TreeClassifier::probabilities(const TreeBatch& batch) const {
  const NoRecording no_recording;
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

std::string to_json(const TreeClassifierOptions& options) {
  return nlohmann::json{
      {"num_words", options.num_words},     {"input_size", options.input_size},
      {"hidden_size", options.hidden_size}, {"num_classes", options.num_classes},
      {"dropout", options.dropout},         {"unpredicted_class", options.unpredicted_class}}
      .dump();
}

TreeClassifierOptions tree_classifier_options_from_json(const std::string& text,
                                                        const std::string& source) {
  try {
    const nlohmann::json json = nlohmann::json::parse(text);
    return {.num_words = json.at("num_words"),
            .input_size = json.at("input_size"),
            .hidden_size = json.at("hidden_size"),
            .num_classes = json.at("num_classes"),
            .dropout = json.at("dropout"),
            .unpredicted_class = json.at("unpredicted_class")};
  } catch (const nlohmann::json::exception& error) {
    throw ParseError({source, 0, 0}, message("no options of a tree classifier: ", error.what()));
  }
}

}  // namespace espalier::models
