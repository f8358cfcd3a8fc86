#include <espalier/models/language_model.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include <espalier/base/error.h>
#include <espalier/layers/initialize.h>
#include <espalier/ops/arithmetic.h>
#include <espalier/ops/distinct.h>
#include <espalier/ops/loss.h>
#include <espalier/ops/rows.h>
#include <espalier/ops/training_mode.h>

namespace espalier::models {
namespace {

const LanguageModelOptions& read_forward(const LanguageModelOptions& options) {
  if (options.encoder.bidirectional) {
    throw OptionError("a language model that reads from the end would know what it is to say");
  }
  return options;
}

// log softmax(row)[label], in double.
double log_probability(std::span<const float> row, std::size_t label) {
  const double max = static_cast<double>(*std::ranges::max_element(row));
  double sum = 0.0;
  for (const float x : row) sum += std::exp(static_cast<double>(x) - max);
  return static_cast<double>(row[label]) - max - std::log(sum);
}

std::uint32_t draw(std::span<const float> row, double temperature, Rng& rng) {
  const auto best = std::ranges::max_element(row);
  if (temperature == 0.0) return static_cast<std::uint32_t>(best - row.begin());
  std::vector<double> shares;
  double sum = 0.0;
  for (const float x : row) {
    sum += std::exp((static_cast<double>(x) - static_cast<double>(*best)) / temperature);
    shares.push_back(sum);
  }
  const double at = static_cast<double>(rng.uniform()) * sum;
  const auto found = std::ranges::upper_bound(shares, at);
  return static_cast<std::uint32_t>(std::min<std::ptrdiff_t>(
      found - shares.begin(), static_cast<std::ptrdiff_t>(shares.size()) - 1));
}

}  // namespace

LanguageModel::LanguageModel(const LanguageModelOptions& options, Rng& rng)
    : options_(read_forward(checked(options))),
      embedding_(options.num_words, options.input_size, rng, /*bound=*/0.3f),
      encoder_(make_recurrent_encoder(embedding_.table().cols(), options.encoder, rng)),
      dropout_(options.dropout),
      output_({.input_size = static_cast<int>(encoder_.output_size()),
               .output_size = options.num_words},
              rng) {
  add_module("embedding", embedding_);
  add_module("encoder", encoder_);
  add_module("output", output_);
}

LanguageModel::Step LanguageModel::read(Text characters, const SequenceBatch& sequences,
                                        const std::vector<SequenceStates>& initial,
                                        Rng& rng) const {
  const Distinct d = distinct(characters);
  StackedStates states = encoder_.forward(
      NodeInputs::shared(embedding_.forward(d.values), d.places), sequences, rng, initial);
  return {.logits = output_.forward(dropout_.forward(states.h, rng)),
          .last = std::move(states.last)};
}

Variable LanguageModel::loss(std::span<const Text> texts, std::size_t window, Rng& rng) const {
  if (texts.empty()) throw OptionError("no texts to learn from");
  if (window == 0) throw OptionError("windows of 0 characters, expected 1 or more");
  std::size_t longest = 0, num_predicted = 0;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (texts[i].size() < 2) {
      throw OptionError(
          message("text ", i, " has ", texts[i].size(), " characters, expected 2 or more"));
    }
    longest = std::max(longest, texts[i].size());
    num_predicted += texts[i].size() - 1;
  }
  window = std::min(window, longest);
  const auto scale = static_cast<float>(1.0 / static_cast<double>(num_predicted));
  Variable total;
  std::vector<SequenceStates> state;
  for (std::size_t begin = 0; begin + 1 < longest; begin += window) {
    PoolVector<std::uint32_t> read_now;
    PoolVector<std::int32_t> next;
    PoolVector<NodeId> lengths;
    for (const Text text : texts) {
      const std::size_t end = std::min(begin + window, text.size() - 1);
      for (std::size_t t = begin; t < end; ++t) {
        read_now.push_back(text[t]);
        next.push_back(static_cast<std::int32_t>(text[t + 1]));
      }
      lengths.push_back(static_cast<NodeId>(end - std::min(begin, end)));
    }
    const Step step = read(read_now, SequenceBatch(lengths), state, rng);
    state = detach(step.last);
    const Variable part =
        softmax_cross_entropy(step.logits, next, {.reduction = Reduction::kSum, .scale = scale});
    total = total.defined() ? total + part : part;
  }
  return total;
}

std::vector<float> LanguageModel::negative_log_likelihoods(Text text) const {
  check_ids(text, static_cast<std::size_t>(options_.num_words), "text");
  constexpr std::size_t kWindow = 500;
  const Answering answering;
  Rng unused(0);
  std::vector<float> result;
  std::vector<SequenceStates> state;
  for (std::size_t begin = 0; begin + 1 < text.size(); begin += kWindow) {
    const std::size_t steps = std::min(kWindow, text.size() - 1 - begin);
    const NodeId length = static_cast<NodeId>(steps);
    Step step = read(text.subspan(begin, steps), SequenceBatch({&length, 1}), state, unused);
    state = std::move(step.last);
    for (std::size_t t = 0; t < steps; ++t) {
      const double log_p = log_probability(step.logits.value().row(t), text[begin + t + 1]);
      result.push_back(static_cast<float>(-log_p));
    }
  }
  return result;
}

std::vector<std::uint32_t> LanguageModel::generate(Text prompt, std::size_t length,
                                                   double temperature, Rng& rng) const {
  if (!(temperature >= 0.0 && std::isfinite(temperature))) {
    throw OptionError(message("temperature ", temperature, ", expected 0 or a positive number"));
  }
  const Answering answering;
  Rng unused(0);
  const std::uint32_t start = 0;
  if (prompt.empty()) prompt = {&start, 1};
  NodeId steps = static_cast<NodeId>(prompt.size());
  Step step = read(prompt, SequenceBatch({&steps, 1}), {}, unused);
  std::vector<std::uint32_t> result;
  steps = 1;
  while (result.size() < length) {
    if (!result.empty()) {
      step = read({&result.back(), 1}, SequenceBatch({&steps, 1}), step.last, unused);
    }
    const Tensor& logits = step.logits.value();
    result.push_back(draw(logits.row(logits.rows() - 1), temperature, rng));
  }
  return result;
}

LanguageModel::Batch LanguageModel::make_batch(Examples texts,
                                               std::span<const std::uint32_t> numbers, Rng&) const {
  Batch batch;
  batch.reserve(numbers.size());
  for (const std::uint32_t i : numbers) batch.push_back(texts[i]);
  return batch;
}

void LanguageModel::evaluate(const Batch& batch, Evaluation& evaluation) const {
  for (const Text text : batch) evaluation.add(negative_log_likelihoods(text));
}

void LanguageModel::check(Examples texts) const {
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (texts[i].size() >= 2) continue;
    throw OptionError(
        message("text ", i, " has ", texts[i].size(), " characters, expected 2 or more"));
  }
}

void LanguageModelEvaluation::add(std::span<const float> losses) {
  for (const float loss : losses) sum_ += static_cast<double>(loss);
  count_ += losses.size();
}

training::Metrics LanguageModelEvaluation::compute() const {
  const double mean = sum_ / static_cast<double>(count_);
  return {{"perplexity", std::exp(mean)}, {"bits_per_character", mean / std::log(2.0)}};
}

std::vector<LanguageModel::Text> pieces(LanguageModel::Text text, std::size_t length) {
  if (length == 0) throw OptionError("pieces of 0 characters, expected 1 or more");
  if (text.size() < 2) {
    throw OptionError(
        message("a text of ", text.size(), " characters to learn from, expected 2 or more"));
  }
  std::vector<LanguageModel::Text> result;
  for (std::size_t begin = 0; begin + 1 < text.size(); begin += length) {
    result.push_back(text.subspan(begin, std::min(length + 1, text.size() - begin)));
  }
  return result;
}

}  // namespace espalier::models
