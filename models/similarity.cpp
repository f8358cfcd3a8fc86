#include <espalier/models/similarity.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include <espalier/base/error.h>
#include <espalier/graph/kept_schedule.h>
#include <espalier/layers/initialize.h>
#include <espalier/ops/arithmetic.h>
#include <espalier/ops/distinct.h>
#include <espalier/ops/elementwise.h>
#include <espalier/ops/loss.h>
#include <espalier/ops/rows.h>
#include <espalier/ops/training_mode.h>

namespace espalier::models {
namespace {

int encoder_size(const SimilarityOptions& options) {
  if (options.reader == SentenceReader::kTree) return options.hidden_size;
  return options.encoder.hidden_size * (options.encoder.bidirectional ? 2 : 1);
}

PoolVector<std::uint32_t> words_of(Similarity::Sentences sentences) {
  PoolVector<std::uint32_t> words;
  for (const LabelledTree* sentence : sentences) {
    if (sentence->words.size() != sentence->tree.num_nodes()) {
      throw ShapeError(message("a sentence of ", sentence->tree.num_nodes(), " nodes has ",
                               sentence->words.size(), " words, expected one for each node"));
    }
    words.insert(words.end(), sentence->words.begin(), sentence->words.end());
  }
  return words;
}

}  // namespace

Similarity::Similarity(const SimilarityOptions& options, Rng& rng)
    : options_(checked(options)),
      embedding_(options.num_words, options.input_size, rng),
      tree_(options.reader != SentenceReader::kTree
                ? std::nullopt
                : std::optional<ChildSumTreeLSTM>(
                      std::in_place,
                      ChildSumTreeLSTMOptions{.input_size = options.input_size,
                                              .hidden_size = options.hidden_size,
                                              .output_gate = options.output_gate},
                      rng)),
      sequence_(options.reader != SentenceReader::kSequence
                    ? std::nullopt
                    : std::optional<StackedRNN>(
                          make_recurrent_encoder(embedding_.table().cols(), options.encoder, rng))),
      product_({.input_size = encoder_size(options),
                .output_size = options.similarity_size,
                .bias = false},
               rng),
      difference_({.input_size = encoder_size(options), .output_size = options.similarity_size},
                  rng),
      output_({.input_size = options.similarity_size, .output_size = kNumScores}, rng) {
  add_module("embedding", embedding_);
  if (tree_) add_module("encoder", *tree_);
  if (sequence_) add_module("encoder", *sequence_);
  add_module("product", product_);
  add_module("difference", difference_);
  add_module("output", output_);
}

// [sentences, size]. All sentences are read together.
Variable Similarity::read(Sentences sentences, Rng& rng) const {
  const Distinct words = distinct(words_of(sentences));
  const NodeInputs inputs = NodeInputs::shared(embedding_.forward(words.values), words.places);
  if (sequence_) {
    PoolVector<NodeId> lengths;
    for (const LabelledTree* s : sentences) lengths.push_back(s->tree.num_nodes());
    return sequence_->forward(inputs, SequenceBatch(lengths), rng).summary();
  }
  PoolVector<const Tree*> trees;
  PoolVector<std::uint32_t> roots;
  NodeId first = 0;
  for (const LabelledTree* s : sentences) {
    trees.push_back(&s->tree);
    roots.push_back(first + s->tree.root());
    first += s->tree.num_nodes();
  }
  return gather_rows(tree_->forward(inputs, bottom_up_schedule(trees)).h, roots);
}

Variable Similarity::logits(Sentences a, Sentences b, Rng& rng) const {
  if (a.size() != b.size()) {
    throw ShapeError(
        message(a.size(), " sentences to be compared with ", b.size(), ", expected as many"));
  }
  PoolVector<const LabelledTree*> both(a.begin(), a.end());
  both.insert(both.end(), b.begin(), b.end());
  const Variable states = read(both, rng);
  PoolVector<std::uint32_t> left(a.size()), right(a.size());
  for (std::uint32_t i = 0; i < a.size(); ++i) {
    left[i] = i;
    right[i] = static_cast<std::uint32_t>(a.size()) + i;
  }
  const Variable h_a = gather_rows(states, left), h_b = gather_rows(states, right);
  const Variable compared =
      sigmoid(product_.forward(h_a * h_b) + difference_.forward(abs(h_a - h_b)));
  return output_.forward(compared);
}

Variable Similarity::loss(Sentences a, Sentences b, std::span<const float> scores, Rng& rng) const {
  if (scores.size() != a.size()) {
    throw OptionError(
        message(scores.size(), " scores of ", a.size(), " pairs, expected one for each"));
  }
  return kl_divergence(logits(a, b, rng), score_distribution(scores));
}

std::vector<float> Similarity::predict(Sentences a, Sentences b) const {
  const Answering answering;
  Rng unused(0);
  const Variable p = softmax(logits(a, b, unused));
  std::vector<float> scores(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    for (std::size_t k = 0; k < p.cols(); ++k) {
      scores[i] += static_cast<float>(k + 1) * p.value().at(i, k);
    }
  }
  return scores;
}

Tensor score_distribution(std::span<const float> scores) {
  Tensor targets = Tensor::zeros({scores.size(), Similarity::kNumScores});
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const float score = scores[i];
    if (!(score >= 1.0f && score <= static_cast<float>(Similarity::kNumScores))) {
      throw OptionError(message("score ", i, " is ", score, ", expected 1 to 5"));
    }
    const float whole = std::floor(score);
    const auto k = static_cast<std::size_t>(whole) - 1;
    targets.at(i, k) = whole - score + 1.0f;
    if (score > whole) targets.at(i, k + 1) = score - whole;
  }
  return targets;
}

PairBatch Similarity::make_batch(Examples pairs, std::span<const std::uint32_t> numbers,
                                 Rng&) const {
  PairBatch batch;
  for (const std::uint32_t i : numbers) {
    batch.a.push_back(&pairs[i].a);
    batch.b.push_back(&pairs[i].b);
    batch.scores.push_back(pairs[i].score);
  }
  return batch;
}

void Similarity::evaluate(const PairBatch& batch, Evaluation& evaluation) const {
  evaluation.add(predict(batch.a, batch.b), batch.scores);
}

training::Metrics SimilarityEvaluation::compute() const {
  training::Metrics metrics = numbers_.compute();
  metrics["spearman"] = training::spearman(numbers_.predicted(), numbers_.targets());
  return metrics;
}

}  // namespace espalier::models
