#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <espalier/base/memory.h>
#include <espalier/base/options.h>
#include <espalier/data/labelled_sequence.h>
#include <espalier/layers/embedding.h>
#include <espalier/layers/linear.h>
#include <espalier/layers/stacked_rnn.h>
#include <espalier/models/recurrent_encoder.h>
#include <espalier/training/metrics.h>
#include <espalier/training/recipe.h>

namespace espalier::models {

struct EncoderDecoderOptions {
  int num_source_words = 0;      ///< > 0.
  int num_target_words = 0;      ///< > 0; the two below are among them.
  std::uint32_t begin_word = 0;  ///< What the decoder reads first. Targets hold neither.
  std::uint32_t end_word = 0;    ///< The last word of every hypothesis.
  int input_size = 64;           ///< Of a word vector, of either side, > 0.
  RecurrentEncoderOptions encoder = {.hidden_size = 128};  ///< The decoder is as deep and wide.

  static std::vector<Option> fields(EncoderDecoderOptions& o) {
    return {option("num_source_words", o.num_source_words, "Words to read", at_least(1)).given(),
            option("num_target_words", o.num_target_words, "Words to say", at_least(1)).given(),
            option("begin_word", o.begin_word, "What the decoder reads first").given(),
            option("end_word", o.end_word, "What it says last").given(),
            option("input_size", o.input_size, "Size of a word vector, of either side",
                   at_least(1, kMaxSize)),
            group("encoder", o.encoder)};
  }
};

/// A sequence that the decoder generates, and its score.
struct Hypothesis {
  std::vector<std::uint32_t> words;  ///< Without begin and end.
  double log_probability = 0.0;      ///< Of the words and, if it was reached, of the end.
};

/// Metrics "exact_match", the part of the targets that greedy decoding gives word for word, by
/// which the best epoch is chosen, and "accuracy", of the words and ends under teacher forcing.
class EncoderDecoderEvaluation {
 public:
  struct Counts {
    std::size_t pairs = 0, exact = 0;  ///< Pairs, and those with the right hypothesis.
    std::size_t words = 0, right = 0;  ///< Target words and ends, and those that are likeliest.
  };
  void add(const Counts& counts);
  training::Metrics compute() const;
  std::string_view selection_metric() const { return "exact_match"; }
  bool higher_is_better() const { return true; }

 private:
  Counts sum_;
};

/// Reads a sequence and generates another: an encoder, whose last states are those in which a
/// decoder begins, which reads the words that it has generated.
///
/// Sutskever, Vinyals and Le, "Sequence to Sequence Learning with Neural Networks", NIPS 2014,
/// arXiv:1409.3215; Cho et al., EMNLP 2014, arXiv:1406.1078. An encoder in both directions hands on
/// tanh of a linear map of its two states. Parameters: source.weight, target.weight, encoder.…,
/// decoder.…, bridge_h<layer>.… and bridge_c<layer>.… if bidirectional, output.….
class EncoderDecoder : public Module {
 public:
  using Options = EncoderDecoderOptions;
  using Examples = std::span<const SequencePair>;
  using Batch = PoolVector<const SequencePair*>;
  using Evaluation = EncoderDecoderEvaluation;
  static constexpr const char* kName = "EncoderDecoder";
  static constexpr training::Recipe kRecipe = {.learning_rate = 0.003, .l2 = 0.0, .adam = true};

  using Source = std::span<const std::uint32_t>;

  /// Throws OptionError if an option is out of range.
  EncoderDecoder(const EncoderDecoderOptions& options, Rng& rng);

  /// The negative log-likelihood of the targets given the sources, under teacher forcing: the
  /// decoder reads the words of the target. The mean over all target words and ends, [1]. `rng`
  /// is for dropout alone. Throws ShapeError if a target holds a mark, or, naming the place, if a
  /// word is out of range.
  Variable loss(std::span<const SequencePair* const> pairs, Rng& rng) const;

  /// The part of the target words and ends that are likeliest, under teacher forcing.
  double teacher_forced_accuracy(std::span<const SequencePair* const> pairs) const;

  /// The likeliest word at every step, the first of equals, for each source, until the end or
  /// `max_length` words.
  std::vector<Hypothesis> greedy(std::span<const Source> sources, std::size_t max_length) const;

  /// Beam search: the `width` likeliest hypotheses at every step; at 1 as greedy. Those that ended,
  /// or have `max_length` words, are compared by log p / (words + 1)^length_penalty.
  /// Throws OptionError if `width` is 0, or unless 0 <= length_penalty < infinity.
  Hypothesis beam(Source source, std::size_t width, std::size_t max_length,
                  double length_penalty = 0.0) const;

  // What training::TrainableModel asks for. A node is a word, of either side.
  Batch make_batch(Examples pairs, std::span<const std::uint32_t> numbers, Rng& rng) const;
  void evaluate(const Batch& batch, Evaluation& evaluation) const;
  std::size_t num_nodes(Examples pairs, std::uint32_t i) const {
    return pairs[i].source.size() + pairs[i].target.size() + 1;
  }

  const EncoderDecoderOptions& options() const { return options_; }

 private:
  using States = std::vector<SequenceStates>;
  States encode(std::span<const Source> sources, Rng& rng) const;
  Variable teacher_forced_logits(std::span<const SequencePair* const> pairs, Rng& rng,
                                 PoolVector<std::int32_t>& expected) const;
  /// One step of the decoder for every row of the states: log-probabilities, and the new states.
  Tensor step(std::span<const std::uint32_t> words, States& states) const;

  EncoderDecoderOptions options_;
  Embedding source_, target_;
  StackedRNN encoder_, decoder_;
  std::vector<Linear> bridges_h_, bridges_c_;
  Linear output_;
};

}  // namespace espalier::models
