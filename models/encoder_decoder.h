#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <espalier/data/labelled_sequence.h>
#include <espalier/layers/embedding.h>
#include <espalier/layers/linear.h>
#include <espalier/layers/stacked_rnn.h>
#include <espalier/models/model_task.h>
#include <espalier/models/recurrent_encoder.h>

namespace espalier::models {

struct EncoderDecoderOptions {
  int num_source_words = 0;      ///< > 0.
  int num_target_words = 0;      ///< > 0; the two below are among them.
  std::uint32_t begin_word = 0;  ///< What the decoder reads first. Targets hold neither.
  std::uint32_t end_word = 0;    ///< What it says last.
  int input_size = 64;           ///< Of a word vector, of either side, > 0.
  RecurrentEncoderOptions encoder = {.hidden_size = 128};  ///< The decoder is as deep and wide.
};

/// What was said, and how likely it is.
struct Decoded {
  std::vector<std::uint32_t> words;  ///< Without begin and end.
  double log_probability = 0.0;      ///< Of the words and of the end, if it was said.
};

/// Reads a sequence and says another: an encoder whose last states are where a decoder begins,
/// which is fed what it said.
///
/// Sutskever, Vinyals and Le, "Sequence to Sequence Learning with Neural Networks", NIPS 2014,
/// arXiv:1409.3215; Cho et al., EMNLP 2014, arXiv:1406.1078. An encoder in both directions hands on
/// tanh of a linear map of its two states. Parameters: source.weight, target.weight, encoder.…,
/// decoder.…, bridge_h<layer>.… and bridge_c<layer>.… if bidirectional, output.….
class EncoderDecoder : public Module {
 public:
  using Source = std::span<const std::uint32_t>;

  /// Throws OptionError if an option is out of range.
  EncoderDecoder(const EncoderDecoderOptions& options, Rng& rng);

  /// -log p(target | source), the decoder being fed what it should have said: the mean over all
  /// target words and ends, [1]. `rng` is for dropout alone. Throws ShapeError if a target holds a
  /// mark, or, naming the place, if a word is out of range.
  Variable loss(std::span<const SequencePair* const> pairs, Rng& rng) const;

  /// The part of the target words and ends that are likeliest, fed what should have been said.
  double taught_accuracy(std::span<const SequencePair* const> pairs) const;

  /// The likeliest word at every step, the first of equals, for each source, until the end or
  /// `max_length` words.
  std::vector<Decoded> greedy(std::span<const Source> sources, std::size_t max_length) const;

  /// The best of the `width` likeliest beginnings at every step; at 1 as greedy. Those that ended,
  /// or have `max_length` words, are compared by log p / (words + 1)^length_penalty.
  /// Throws OptionError if `width` is 0, or unless 0 <= length_penalty < infinity.
  Decoded beam(Source source, std::size_t width, std::size_t max_length,
               double length_penalty = 0.0) const;

  const EncoderDecoderOptions& options() const { return options_; }

 private:
  using States = std::vector<SequenceStates>;
  States encode(std::span<const Source> sources, Rng& rng) const;
  Variable taught_logits(std::span<const SequencePair* const> pairs, Rng& rng,
                         PoolVector<std::int32_t>& expected) const;
  /// One step of the decoder for every row of the states: log-probabilities, and the new states.
  Tensor step(std::span<const std::uint32_t> words, States& states) const;

  EncoderDecoderOptions options_;
  Embedding source_, target_;
  StackedRNN encoder_, decoder_;
  std::vector<Linear> bridges_h_, bridges_c_;
  Linear output_;
};

/// Options as a JSON object, and back. Throws ParseError, naming `source` and the entry that is
/// missing or of another kind.
std::string to_json(const EncoderDecoderOptions& options);
EncoderDecoderOptions encoder_decoder_options_from_json(const std::string& text,
                                                        const std::string& source);

using PairSplits = DataSets<std::span<const SequencePair>>;

/// An encoder-decoder and its data, for the Trainer. Metrics: "exact_match", the part of the
/// targets that greedy decoding says word for word, by which the best epoch is chosen, and
/// "accuracy", of the words, taught. A node is a word, of either side.
class EncoderDecoderTask final : public ModelTask<EncoderDecoder, std::span<const SequencePair>> {
 public:
  /// `configuration` describes the model to whoever loads a checkpoint of it.
  /// Throws OptionError if the training split is empty.
  EncoderDecoderTask(const EncoderDecoder& model, const PairSplits& data, const Recipe& recipe,
                     std::string configuration);

  Variable loss(std::span<const std::uint32_t> examples, Rng& rng) override;
  training::Metrics evaluate(training::Split split) override;
  std::string_view selection_metric() const override { return "exact_match"; }

 private:
  std::size_t num_nodes_of(std::uint32_t i) const override {
    return data().train[i].source.size() + data().train[i].target.size() + 1;
  }
};

/// The metrics of a model on some pairs; empty if there are none. Throws as the loss does. Memory
/// does not grow with the number of pairs.
training::Metrics evaluate(const EncoderDecoder& model, std::span<const SequencePair> pairs);

}  // namespace espalier::models
