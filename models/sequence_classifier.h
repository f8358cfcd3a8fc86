#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <espalier/base/options.h>
#include <espalier/data/labelled_sequence.h>
#include <espalier/graph/sequence.h>
#include <espalier/layers/dropout.h>
#include <espalier/layers/embedding.h>
#include <espalier/layers/linear.h>
#include <espalier/layers/stacked_rnn.h>
#include <espalier/models/recurrent_encoder.h>
#include <espalier/training/evaluation.h>
#include <espalier/training/recipe.h>

namespace espalier::models {

/// Which states the classifier reads.
enum class Readout {
  kSteps,    ///< That of each step: many to many. A label for every step, or for some.
  kSummary,  ///< That after the last step read, of both directions: many to one. The last label.
};

struct SequenceClassifierOptions {
  int num_words = 0;     ///< Of the vocabulary, > 0.
  int input_size = 100;  ///< Of a word vector, > 0.
  int num_classes = 0;   ///< > 1.
  Readout readout = Readout::kSummary;

  /// On word vectors and on the states that are read. A word loses the same elements wherever it
  /// stands in a batch.
  float dropout = 0.0f;
  RecurrentEncoderOptions encoder = {};

  static std::vector<Option> fields(SequenceClassifierOptions& o) {
    return {
        option("num_words", o.num_words, "Words of the vocabulary", at_least(1)).given(),
        option("input_size", o.input_size, "Size of a word vector", at_least(1, kMaxSize)),
        option("num_classes", o.num_classes, "Classes", at_least(2)).given(),
        flag("reads_steps", o.readout, Readout::kSummary, Readout::kSteps, "A class for each step")
            .given(),
        option("dropout", o.dropout,
               "Part of word vectors and of the states that are read, left out in training",
               from_to_below(0, 1)),
        group("encoder", o.encoder)};
  }
};

/// Sequences of words side by side, in sequence-major order.
struct SequenceWords {
  /// Throws ShapeError unless a sequence has a label for each word.
  explicit SequenceWords(std::span<const LabelledSequence* const> sequences);

  PoolVector<std::uint32_t> words;
  SequenceBatch sequences;
  PoolVector<std::int32_t> labels;  ///< One for each word; kNoLabel where there is none.
};

/// Classifies words, or sequences, by recurrent layers over word vectors and a softmax on their
/// states. Parameters: embedding.weight, encoder.…, classifier.….
class SequenceClassifier : public Module {
 public:
  using Options = SequenceClassifierOptions;
  using Examples = std::span<const LabelledSequence>;
  using Batch = SequenceWords;
  using Evaluation = training::ClassEvaluation;  ///< Over what is labelled.
  static constexpr const char* kName = "SequenceClassifier";
  static constexpr training::Recipe kRecipe = {.learning_rate = 0.002, .l2 = 0.0, .adam = true};

  /// Throws OptionError if an option is out of range.
  SequenceClassifier(const SequenceClassifierOptions& options, Rng& rng);

  /// Scores, [words, num_classes], or, read from the summary, [sequences, num_classes]. In
  /// training with dropout. Throws ShapeError, naming the place, if a word is out of range.
  Variable logits(const SequenceWords& batch, Rng& rng) const;
  /// The labels that go with the rows of logits: of a sequence, the last that it has.
  PoolVector<std::int32_t> labels(const SequenceWords& batch) const;
  /// The mean negative log-likelihood of the labels over what is labelled, [1]; 0 if nothing is.
  /// Throws ShapeError too if a label is no class.
  Variable loss(const SequenceWords& batch, Rng& rng) const;
  /// The scores as probabilities, without a record.
  Tensor probabilities(const SequenceWords& batch) const;

  // What training::TrainableModel asks for. A node is a word.
  SequenceWords make_batch(Examples sequences, std::span<const std::uint32_t> numbers,
                           Rng& rng) const;
  void evaluate(const SequenceWords& batch, Evaluation& evaluation) const;
  std::size_t num_nodes(Examples sequences, std::uint32_t i) const {
    return sequences[i].words.size();
  }
  /// Throws ShapeError, naming the sequence, if a label is no class of the model.
  void check(Examples sequences) const;

  const SequenceClassifierOptions& options() const { return options_; }
  const Embedding& embedding() const { return embedding_; }

 private:
  SequenceClassifierOptions options_;
  Embedding embedding_;
  StackedRNN encoder_;
  Dropout dropout_;
  Linear classifier_;
};

}  // namespace espalier::models
