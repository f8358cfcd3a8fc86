#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <espalier/base/memory.h>
#include <espalier/base/options.h>
#include <espalier/data/scored_pair.h>
#include <espalier/layers/child_sum_tree_lstm.h>
#include <espalier/layers/embedding.h>
#include <espalier/layers/linear.h>
#include <espalier/layers/stacked_rnn.h>
#include <espalier/models/recurrent_encoder.h>
#include <espalier/training/evaluation.h>
#include <espalier/training/recipe.h>

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

  static std::vector<Option> fields(SimilarityOptions& o) {
    return {
        option("num_words", o.num_words, "Words of the vocabulary", at_least(1)).given(),
        option("input_size", o.input_size, "Size of a word vector", at_least(1, kMaxSize)),
        flag("reads_trees", o.reader, SentenceReader::kSequence, SentenceReader::kTree,
             "By dependency trees")
            .given(),
        option("hidden_size", o.hidden_size, "Hidden size of the Tree-LSTM", at_least(1, kMaxSize))
            .command("hidden")
            .only_if(o.reader == SentenceReader::kTree),
        option("output_gate", o.output_gate, "The Tree-LSTM has output gates")
            .only_if(o.reader == SentenceReader::kTree),
        group("encoder", o.encoder).only_if(o.reader == SentenceReader::kSequence),
        option("similarity_size", o.similarity_size, "Hidden units of the comparison",
               at_least(1, kMaxSize))};
  }
};

/// Pairs of sentences side by side: a[i] and b[i], and how related they are.
struct PairBatch {
  PoolVector<const LabelledTree*> a, b;
  PoolVector<float> scores;
};

/// Metrics "pearson", by which the best epoch is chosen, "spearman" and "mse".
class SimilarityEvaluation {
 public:
  /// Throws ShapeError if they are not as many of either.
  void add(std::span<const float> predicted, std::span<const float> scores) {
    numbers_.add(predicted, scores);
  }
  training::Metrics compute() const;
  std::string_view selection_metric() const { return "pearson"; }
  bool higher_is_better() const { return true; }

 private:
  training::RegressionEvaluation numbers_;
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
  using Options = SimilarityOptions;
  using Examples = std::span<const ScoredPair>;
  using Batch = PairBatch;
  using Evaluation = SimilarityEvaluation;
  static constexpr const char* kName = "Similarity";
  static constexpr training::Recipe kRecipe = {};  ///< That of the paper.

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

  // What training::TrainableModel asks for. A node is a word, of either sentence.
  PairBatch make_batch(Examples pairs, std::span<const std::uint32_t> numbers, Rng& rng) const;
  Variable loss(const PairBatch& batch, Rng& rng) const {
    return loss(batch.a, batch.b, batch.scores, rng);
  }
  void evaluate(const PairBatch& batch, Evaluation& evaluation) const;
  std::size_t num_nodes(Examples pairs, std::uint32_t i) const {
    return pairs[i].a.words.size() + pairs[i].b.words.size();
  }

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

}  // namespace espalier::models
