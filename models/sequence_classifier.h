#pragma once

#include <cstdint>
#include <span>
#include <string>

#include <espalier/data/labelled_sequence.h>
#include <espalier/graph/sequence.h>
#include <espalier/layers/dropout.h>
#include <espalier/layers/embedding.h>
#include <espalier/layers/linear.h>
#include <espalier/layers/stacked_rnn.h>
#include <espalier/models/model_task.h>
#include <espalier/models/recurrent_encoder.h>

namespace espalier::models {

/// From which states classes are told.
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
  /// Throws OptionError if an option is out of range.
  SequenceClassifier(const SequenceClassifierOptions& options, Rng& rng);

  /// Scores, [words, num_classes], or, read from the summary, [sequences, num_classes]. While
  /// recording, with dropout. Throws ShapeError, naming the place, if a word is out of range.
  Variable logits(const SequenceWords& batch, Rng& rng) const;
  /// The labels that go with the rows of logits: of a sequence, the last that it has.
  PoolVector<std::int32_t> labels(const SequenceWords& batch) const;
  /// The mean of -log p(label) over what is labelled, [1]; 0 if nothing is.
  /// Throws ShapeError too if a label is no class.
  Variable loss(const SequenceWords& batch, Rng& rng) const;
  /// The scores as probabilities, without a record.
  Tensor probabilities(const SequenceWords& batch) const;

  const SequenceClassifierOptions& options() const { return options_; }
  const Embedding& embedding() const { return embedding_; }

 private:
  SequenceClassifierOptions options_;
  Embedding embedding_;
  StackedRNN encoder_;
  Dropout dropout_;
  Linear classifier_;
};

/// Options as a JSON object, and back. Throws ParseError, naming `source` and the entry that is
/// missing or of another kind.
std::string to_json(const SequenceClassifierOptions& options);
SequenceClassifierOptions sequence_classifier_options_from_json(const std::string& text,
                                                                const std::string& source);

using SequenceSets = DataSets<std::span<const LabelledSequence>>;

/// A classifier of sequences and its data, for the Trainer. Metrics: "accuracy" and "macro_f1" over
/// what is labelled; chosen by accuracy on dev. A node is a word.
class SequenceClassifierTask final
    : public ModelTask<SequenceClassifier, std::span<const LabelledSequence>> {
 public:
  /// `configuration` describes the model to whoever loads a checkpoint of it.
  /// Throws OptionError if the training split is empty; ShapeError, naming the sequence, if a label
  /// is no class of the model.
  SequenceClassifierTask(const SequenceClassifier& model, const SequenceSets& data,
                         const Recipe& recipe, std::string configuration);

  Variable loss(std::span<const std::uint32_t> examples, Rng& rng) override;
  training::Metrics evaluate(training::Split split) override;
  std::string_view selection_metric() const override { return "accuracy"; }

 private:
  std::size_t num_nodes_of(std::uint32_t i) const override { return data().train[i].words.size(); }
};

/// The metrics of a model on some sequences; empty if there are none. Throws ShapeError, naming the
/// sequence, if a label is no class.
training::Metrics evaluate(const SequenceClassifier& model,
                           std::span<const LabelledSequence> sequences);

}  // namespace espalier::models
