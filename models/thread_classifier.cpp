#include <espalier/models/thread_classifier.h>

#include <algorithm>

#include <espalier/base/error.h>
#include <espalier/data/select.h>
#include <espalier/ops/argmax.h>
#include <espalier/ops/arithmetic.h>
#include <espalier/ops/elementwise.h>
#include <espalier/ops/loss.h>
#include <espalier/ops/rows.h>
#include <espalier/ops/segment.h>
#include <espalier/ops/training_mode.h>

namespace espalier::models {
namespace {

int input_size(const ThreadClassifierOptions& options) {
  return options.word_size + options.num_features;
}

GraphStructuredLSTMOptions lstm_options(const ThreadClassifierOptions& options) {
  return {.input_size = input_size(options),
          .hidden_size = options.hidden_size,
          .candidate = options.candidate,
          .null_state = options.null_state};
}

// Above the level or not, for each label; kNoLabel stays.
PoolVector<std::int32_t> is_above(std::span<const std::int32_t> labels, int level) {
  PoolVector<std::int32_t> above;
  above.reserve(labels.size());
  for (const std::int32_t label : labels) {
    above.push_back(label == kNoLabel ? kNoLabel : (label > level ? 1 : 0));
  }
  return above;
}

}  // namespace

ThreadClassifier::ThreadClassifier(const ThreadClassifierOptions& options, Rng& rng)
    : options_(checked(options)),
      embedding_(options.num_words, options.word_size, rng),
      dropout_(options.dropout) {
  add_module("embedding", embedding_);
  switch (options.states) {
    case ThreadStates::kNone:
      hidden_.emplace(
          LinearOptions{.input_size = input_size(options), .output_size = options.hidden_size},
          rng);
      add_module("hidden", *hidden_);
      break;
    case ThreadStates::kBoth:
      both_ways_.emplace(lstm_options(options), rng);
      add_module("lstm", *both_ways_);
      break;
    case ThreadStates::kForward:
    case ThreadStates::kBackward:
      one_way_.emplace(lstm_options(options), rng);
      add_module("lstm", *one_way_);
  }
  const int width = (both_ways_ ? 2 : 1) * options.hidden_size;
  const bool levels = options.readout == ThreadReadout::kLevels;
  const int num_outputs = levels ? options.num_classes - 1 : 1;
  for (int i = 0; i < num_outputs; ++i) {
    outputs_.emplace_back(
        LinearOptions{.input_size = width, .output_size = levels ? 2 : options.num_classes}, rng);
    add_module(levels ? message("levels.", i) : "classifier", outputs_.back());
  }
}

ThreadBatch ThreadClassifier::batch(std::span<const LabelledThread* const> threads) const {
  return ThreadBatch(threads, static_cast<std::size_t>(options_.num_features), options_.edges);
}

Variable ThreadClassifier::states(const ThreadBatch& batch, Rng& rng) const {
  const Variable mean = segment_mean(embedding_.forward(batch.words), batch.word_offsets);
  const Variable x = dropout_.forward(
      options_.num_features == 0 ? mean : concat_columns({mean, Variable(batch.features.alias())}),
      rng);
  Variable h;
  if (hidden_) {
    h = tanh(hidden_->forward(x));
  } else if (both_ways_) {
    h = both_ways_->forward(x, batch.forward, batch.backward);
  } else {
    const bool forward = options_.states == ThreadStates::kForward;
    h = one_way_->forward(x, forward ? batch.forward : batch.backward).h;
  }
  return dropout_.forward(h, rng);
}

Variable ThreadClassifier::loss(const ThreadBatch& batch, Rng& rng) const {
  const Variable h = states(batch, rng);
  const CrossEntropyOptions mean = {.reduction = Reduction::kMean, .ignored_label = kNoLabel};
  if (options_.readout == ThreadReadout::kClasses) {
    return softmax_cross_entropy(outputs_[0].forward(h), batch.labels, mean);
  }
  Variable sum;
  for (int level = 0; level + 1 < options_.num_classes; ++level) {
    const Linear& output = outputs_[static_cast<std::size_t>(level)];
    const Variable one =
        softmax_cross_entropy(output.forward(h), is_above(batch.labels, level), mean);
    sum = sum.defined() ? sum + one : one;
  }
  return sum;
}

Tensor ThreadClassifier::probabilities(const ThreadBatch& batch) const {
  const Answering answering;
  Rng unused(0);
  const Variable h = states(batch, unused);
  if (options_.readout == ThreadReadout::kClasses) {
    Tensor scores = outputs_[0].forward(h).value().clone();
    softmax_rows(scores.view(), scores.view());
    return scores;
  }
  // p(above level i and all before it) at column i + 1, then differences of neighbours.
  const auto num_classes = static_cast<std::size_t>(options_.num_classes);
  Tensor result = Tensor::uninitialized({h.rows(), num_classes});
  for (std::size_t v = 0; v < h.rows(); ++v) result.at(v, 0) = 1.0f;
  for (std::size_t level = 0; level < outputs_.size(); ++level) {
    const Variable pair = softmax(outputs_[level].forward(h));
    for (std::size_t v = 0; v < h.rows(); ++v) {
      result.at(v, level + 1) = std::min(result.at(v, level), pair.value().at(v, 1));
    }
  }
  for (std::size_t v = 0; v < h.rows(); ++v) {
    for (std::size_t k = 0; k + 1 < num_classes; ++k) result.at(v, k) -= result.at(v, k + 1);
  }
  return result;
}

std::vector<std::int32_t> ThreadClassifier::classes(const ThreadBatch& batch) const {
  const Tensor p = probabilities(batch);
  if (options_.readout == ThreadReadout::kClasses) return argmax_rows(p.view());
  std::vector<std::int32_t> levels;
  levels.reserve(p.rows());
  for (std::size_t v = 0; v < p.rows(); ++v) {
    const auto row = p.row(v);
    float above = 1.0f;
    std::size_t level = 0;
    while (level + 1 < row.size() && (above -= row[level]) > 0.5f) ++level;
    levels.push_back(static_cast<std::int32_t>(level));
  }
  return levels;
}

ThreadBatch ThreadClassifier::make_batch(Examples threads, std::span<const std::uint32_t> numbers,
                                         Rng&) const {
  return batch(select(threads, numbers));
}

void ThreadClassifier::evaluate(const ThreadBatch& batch, ThreadEvaluation& evaluation) const {
  evaluation.add(classes(batch), batch.labels, options_.num_classes);
}

void ThreadEvaluation::add(std::span<const std::int32_t> predicted,
                           std::span<const std::int32_t> labels, int num_classes) {
  classes_.add(predicted, labels);
  num_classes_ = num_classes;
}

training::Metrics ThreadEvaluation::compute() const {
  training::Metrics metrics = classes_.compute();
  if (metrics_ == ThreadMetrics::kClasses) {
    metrics["weighted_f1"] = training::weighted_f1(classes_.predicted(), classes_.labels());
  } else {
    const auto levels = training::level_f1(classes_.predicted(), classes_.labels(), num_classes_);
    metrics["macro_f1"] = levels.mean;
    metrics["weighted_f1"] = levels.weighted_mean;
  }
  return metrics;
}

}  // namespace espalier::models
