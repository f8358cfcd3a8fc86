#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include <espalier/data/labelled_tree.h>
#include <espalier/layers/child_sum_tree_lstm.h>
#include <espalier/layers/embedding.h>
#include <espalier/layers/linear.h>
#include <espalier/layers/stacked_rnn.h>
#include <espalier/models/model_task.h>
#include <espalier/models/recurrent_encoder.h>

namespace espalier::models {

/// By what a sentence is read.
enum class SentenceReader {
  kTree,      ///< A Child-Sum Tree-LSTM over its dependency tree: the root's h.
  kSequence,  ///< Recurrent layers over its words in the order of their nodes: the summary.
};

/// The defaults are those of Tai et al. 2015 for SICK.
struct SimilarityOptions {
  int num_words = 0;     ///< Of the vocabulary, > 0.
  int input_size = 300;  ///< Of a word vector, > 0.
  SentenceReader reader = SentenceReader::kTree;
  int hidden_size = 150;     ///< Of the tree's states, > 0.
  bool output_gate = false;  ///< Of the tree: the authors ran SICK without.
  RecurrentEncoderOptions encoder = {.hidden_size = 150};  ///< Of sequences.
  int similarity_size = 50;                                ///< Hidden units of the comparison, > 0.
};

/// How related two sentences are, a number from 1 to 5.
///
/// Tai, Socher and Manning, "Improved Semantic Representations From Tree-Structured Long
/// Short-Term Memory Networks", ACL 2015, arXiv:1503.00075, section 4.2. Both sentences are read by
/// the same encoder, as h_L and h_R:
///
///     h_x = h_L * h_R,  h_+ = |h_L - h_R|
///     h_s = sigmoid(W_x h_x + W_+ h_+ + b)
///     p   = softmax(W_p h_s + b_p)             over the scores 1 .. 5
///     y   = sum of score * p
///
/// Parameters: embedding.weight, encoder.…, product.weight, difference.weight and .bias, output.….
class Similarity : public Module {
 public:
  using Sentences = std::span<const LabelledTree* const>;
  static constexpr int kNumScores = 5;

  /// Throws OptionError if an option is out of range.
  Similarity(const SimilarityOptions& options, Rng& rng);

  /// Scores of the scores, [pairs, 5]; pair i is a[i] and b[i], as many of either. `rng` is for
  /// dropout alone. Throws ShapeError if a word is out of range, or a node has none.
  Variable logits(Sentences a, Sentences b, Rng& rng) const;

  /// The divergence of the model's distribution from the sparse one whose mean is the score: all on
  /// the two whole numbers beside it. The mean over pairs, [1].
  /// Throws OptionError unless scores are in 1 .. 5, one for each pair.
  Variable loss(Sentences a, Sentences b, std::span<const float> scores, Rng& rng) const;

  /// y, without a record.
  std::vector<float> predict(Sentences a, Sentences b) const;

  const SimilarityOptions& options() const { return options_; }
  const Embedding& embedding() const { return embedding_; }

 private:
  Variable read(Sentences sentences, Rng& rng) const;

  SimilarityOptions options_;
  Embedding embedding_;
  std::optional<ChildSumTreeLSTM> tree_;
  std::optional<StackedRNN> sequence_;
  Linear product_, difference_, output_;
};

/// The sparse distribution: row i, [scores.size(), 5], has the mean scores[i].
Tensor score_distribution(std::span<const float> scores);

/// Options as a JSON object, and back. Throws ParseError, naming `source` and the entry that is
/// missing or of another kind.
std::string to_json(const SimilarityOptions& options);
SimilarityOptions similarity_options_from_json(const std::string& text, const std::string& source);

/// Pairs of sentences and how related they are, owned by somebody else.
struct PairSet {
  std::size_t size() const { return scores.size(); }

  std::span<const LabelledTree> a, b;
  std::span<const float> scores;
};
using PairSets = DataSets<PairSet>;

/// A model of similarity and its data, for the Trainer. Metrics: "pearson", by which the best epoch
/// is chosen, "spearman" and "mse". A node is a word, of either sentence.
class SimilarityTask final : public ModelTask<Similarity, PairSet> {
 public:
  /// `configuration` describes the model to whoever loads a checkpoint of it.
  /// Throws OptionError if the training split is empty; ShapeError if a split has not a score and
  /// two sentences for each pair.
  SimilarityTask(const Similarity& model, const PairSets& data, const Recipe& recipe,
                 std::string configuration);

  Variable loss(std::span<const std::uint32_t> examples, Rng& rng) override;
  training::Metrics evaluate(training::Split split) override;
  std::string_view selection_metric() const override { return "pearson"; }

 private:
  std::size_t num_nodes_of(std::uint32_t i) const override {
    return data().train.a[i].words.size() + data().train.b[i].words.size();
  }
};

/// The metrics of a model on some pairs; empty if there are none. Throws ShapeError if there are
/// not a score and two sentences for each.
training::Metrics evaluate(const Similarity& model, const PairSet& pairs);

}  // namespace espalier::models
