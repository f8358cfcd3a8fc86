#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <espalier/layers/dropout.h>
#include <espalier/layers/embedding.h>
#include <espalier/layers/linear.h>
#include <espalier/layers/stacked_rnn.h>
#include <espalier/models/model_task.h>
#include <espalier/models/recurrent_encoder.h>

namespace espalier::models {

struct LanguageModelOptions {
  int num_words = 0;     ///< Characters, or words, of the vocabulary, > 0.
  int input_size = 64;   ///< Of a character's vector, > 0.
  float dropout = 0.0f;  ///< On the states that are read.
  RecurrentEncoderOptions encoder = {.hidden_size = 256};  ///< Not bidirectional.
};

/// Says what comes next in a text, character by character: recurrent layers over what was, and a
/// softmax on their states (Mikolov et al. 2010; Graves 2013, arXiv:1308.0850).
/// Parameters: embedding.weight, encoder.…, output.….
class LanguageModel : public Module {
 public:
  using Text = std::span<const std::uint32_t>;

  /// Throws OptionError if an option is out of range, or the encoder looks ahead.
  LanguageModel(const LanguageModelOptions& options, Rng& rng);

  /// Texts of any lengths, read side by side, each from its first character to its last but one,
  /// which say the next: the mean of -log p over all that is said, [1].
  ///
  /// Back-propagation is truncated: the texts are read in windows of so many characters; the state
  /// is carried from one to the next, and its gradient is not (Williams and Peng 1990).
  /// Throws OptionError if `window` is 0, there are no texts, or one has less than 2 characters;
  /// ShapeError, naming the place, if a character is out of range.
  Variable loss(std::span<const Text> texts, std::size_t window, Rng& rng) const;

  /// -log p of each character but the first, given all before it; without a record.
  /// Throws ShapeError, naming the place, if a character is out of range.
  std::vector<float> surprise(Text text) const;

  /// `length` characters that follow on the prompt, drawn from softmax(logits / temperature); at 0
  /// always the likeliest, the first of equals. An empty prompt is as one of character 0.
  /// Throws OptionError unless 0 <= temperature < infinity, ShapeError as surprise() does.
  std::vector<std::uint32_t> generate(Text prompt, std::size_t length, double temperature,
                                      Rng& rng) const;

  const LanguageModelOptions& options() const { return options_; }

 private:
  struct Step {
    Variable logits;  ///< [characters, num_words].
    std::vector<SequenceStates> last;
  };
  /// Reads as many characters of each sequence as it has, from given states on.
  Step read(Text characters, const SequenceBatch& sequences,
            const std::vector<SequenceStates>& initial, Rng& rng) const;

  LanguageModelOptions options_;
  Embedding embedding_;
  StackedRNN encoder_;
  Dropout dropout_;
  Linear output_;
};

/// Options as a JSON object, and back. Throws ParseError, naming `source` and the entry that is
/// missing or of another kind.
std::string to_json(const LanguageModelOptions& options);
LanguageModelOptions language_model_options_from_json(const std::string& text,
                                                      const std::string& source);

/// Parts of a text, owned by somebody else, and how it is cut for training: an example is a piece
/// of `windows` * `window` characters; the last may be shorter.
struct LanguageModelData {
  LanguageModel::Text train, dev, test;
  std::size_t window = 50;  ///< > 0.
  std::size_t windows = 4;  ///< > 0.
};

/// A language model and its text, for the Trainer. Metrics: "perplexity" per character, by which
/// the best epoch is chosen, the lower the better, and "bits_per_character". A node is a character.
class LanguageModelTask final : public ModelTask<LanguageModel, LanguageModel::Text> {
 public:
  /// `configuration` describes the model to whoever loads a checkpoint of it.
  /// Throws OptionError if the training text has less than two characters, or a size is 0.
  LanguageModelTask(const LanguageModel& model, const LanguageModelData& data, const Recipe& recipe,
                    std::string configuration);

  std::size_t num_examples() const override;  ///< Every character but the first is said in one.
  Variable loss(std::span<const std::uint32_t> examples, Rng& rng) override;
  training::Metrics evaluate(training::Split split) override;
  std::string_view selection_metric() const override { return "perplexity"; }
  bool higher_is_better() const override { return false; }

 private:
  /// What example i reads, and one character more.
  LanguageModel::Text piece(std::uint32_t i) const;
  std::size_t num_nodes_of(std::uint32_t i) const override { return piece(i).size() - 1; }

  std::size_t window_, windows_;
};

/// The metrics of a model on a text; empty if it has fewer than two characters.
training::Metrics evaluate(const LanguageModel& model, LanguageModel::Text text);

}  // namespace espalier::models
