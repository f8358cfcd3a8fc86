#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <espalier/base/memory.h>
#include <espalier/base/options.h>
#include <espalier/data/dataset.h>
#include <espalier/layers/dropout.h>
#include <espalier/layers/embedding.h>
#include <espalier/layers/linear.h>
#include <espalier/layers/stacked_rnn.h>
#include <espalier/models/recurrent_encoder.h>
#include <espalier/training/metrics.h>
#include <espalier/training/recipe.h>

namespace espalier::models {

struct LanguageModelOptions {
  int num_words = 0;     ///< Characters, or words, of the vocabulary, > 0.
  int input_size = 64;   ///< Of a character's vector, > 0.
  float dropout = 0.0f;  ///< On the states that are read.
  int window = 50;       ///< Characters after which the gradient of a text is cut off, > 0.
  RecurrentEncoderOptions encoder = {.hidden_size = 256};  ///< Not bidirectional.

  static std::vector<Option> fields(LanguageModelOptions& o) {
    return {
        option("num_words", o.num_words, "Words of the vocabulary", at_least(1)).given(),
        option("input_size", o.input_size, "Size of a character's vector", at_least(1, kMaxSize)),
        option("dropout", o.dropout, "Part of the states that are read, left out in training",
               from_to_below(0, 1)),
        option("window", o.window, "Characters after which the gradient of a text is cut off",
               at_least(1, kMaxSize))
            .added_later(),
        group("encoder", o.encoder).given("bidirectional")};
  }
};

/// Metrics "perplexity" per character, by which the best epoch is chosen, the lower the better, and
/// "bits_per_character".
class LanguageModelEvaluation {
 public:
  /// Negative log-likelihoods of characters.
  void add(std::span<const float> losses);
  training::Metrics compute() const;
  std::string_view selection_metric() const { return "perplexity"; }
  bool higher_is_better() const { return false; }

 private:
  double sum_ = 0.0;
  std::size_t count_ = 0;
};

/// Says what comes next in a text, character by character: recurrent layers over what was, and a
/// softmax on their states (Mikolov et al. 2010; Graves 2013, arXiv:1308.0850).
/// Parameters: embedding.weight, encoder.…, output.….
class LanguageModel : public Module {
 public:
  using Text = std::span<const std::uint32_t>;
  using Options = LanguageModelOptions;
  using Examples = std::span<const Text>;
  using Batch = PoolVector<Text>;
  using Evaluation = LanguageModelEvaluation;
  static constexpr const char* kName = "LanguageModel";
  static constexpr training::Recipe kRecipe = {.learning_rate = 0.003, .l2 = 0.0, .adam = true};

  /// Throws OptionError if an option is out of range, or the encoder looks ahead.
  LanguageModel(const LanguageModelOptions& options, Rng& rng);

  /// Texts of any lengths, read side by side, each from its first character to its last but one,
  /// which predict the next: the mean negative log-likelihood of all that is predicted, [1].
  ///
  /// Back-propagation is truncated: the texts are read in windows of so many characters; the state
  /// is carried from one to the next, and its gradient is not (Williams and Peng 1990).
  /// Throws OptionError if `window` is 0, there are no texts, or one has less than 2 characters;
  /// ShapeError, naming the place, if a character is out of range.
  Variable loss(std::span<const Text> texts, std::size_t window, Rng& rng) const;

  /// The negative log-likelihood of each character but the first, given all before it; without a
  /// record. Throws ShapeError, naming the place, if a character is out of range.
  std::vector<float> negative_log_likelihoods(Text text) const;

  /// `length` characters that follow on the prompt, drawn from softmax(logits / temperature); at 0
  /// always the likeliest, the first of equals. An empty prompt is as one of character 0.
  /// Throws OptionError unless 0 <= temperature < infinity, ShapeError as
  /// negative_log_likelihoods() does.
  std::vector<std::uint32_t> generate(Text prompt, std::size_t length, double temperature,
                                      Rng& rng) const;

  // What training::TrainableModel asks for. A node is a character.
  Batch make_batch(Examples texts, std::span<const std::uint32_t> numbers, Rng& rng) const;
  Variable loss(const Batch& batch, Rng& rng) const {
    return loss(batch, static_cast<std::size_t>(options_.window), rng);
  }
  void evaluate(const Batch& batch, Evaluation& evaluation) const;
  std::size_t num_nodes(Examples texts, std::uint32_t i) const { return texts[i].size() - 1; }
  /// Throws OptionError, naming the text, if one has less than two characters.
  void check(Examples texts) const;

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

/// A text cut into examples for training: pieces of `length` > 0 characters, the last may be
/// shorter, each with the first character of the next, so that every character but the first is
/// predicted in one. Views of the text. Throws OptionError if `length` is 0.
std::vector<LanguageModel::Text> pieces(LanguageModel::Text text, std::size_t length);

/// The same of a whole data set, with a `vocabulary` and texts by split: train is cut into pieces,
/// dev and test are one example each, or none if they have less than two characters.
/// `data` must outlive the result. Throws OptionError if train has less than two characters.
template <class Data>
requires requires(const Data& data) { data.vocabulary; }
Dataset<LanguageModel::Text> pieces(const Data& data, std::size_t length = 200) {
  Dataset<LanguageModel::Text> result;
  result.vocabulary = data.vocabulary;
  result.train = pieces(LanguageModel::Text(data.train), length);
  if (data.dev.size() >= 2) result.dev = {LanguageModel::Text(data.dev)};
  if (data.test.size() >= 2) result.test = {LanguageModel::Text(data.test)};
  return result;
}

}  // namespace espalier::models
