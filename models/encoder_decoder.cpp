#include <espalier/models/encoder_decoder.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <espalier/base/error.h>
#include <espalier/data/select.h>
#include <espalier/layers/initialize.h>
#include <espalier/ops/argmax.h>
#include <espalier/ops/distinct.h>
#include <espalier/ops/elementwise.h>
#include <espalier/ops/loss.h>
#include <espalier/ops/rows.h>
#include <espalier/ops/training_mode.h>

namespace espalier::models {
namespace {

// Both marks are target words, and not the same.
const EncoderDecoderOptions& marked(const EncoderDecoderOptions& options) {
  for (const std::uint32_t word : {options.begin_word, options.end_word}) {
    if (std::cmp_less(word, options.num_target_words)) continue;
    throw OptionError(
        message("a mark is target word ", word, ", expected one below ", options.num_target_words));
  }
  if (options.begin_word == options.end_word) {
    throw OptionError(message("both marks are target word ", options.begin_word, ", expected two"));
  }
  return options;
}

RecurrentEncoderOptions decoder_options(RecurrentEncoderOptions options) {
  options.bidirectional = false;
  return options;
}

NodeInputs inputs_of(const Embedding& table, const Distinct& words) {
  return NodeInputs::shared(table.forward(words.values), words.places);
}

// The rows of every tensor of some states.
std::vector<SequenceStates> select(const std::vector<SequenceStates>& states,
                                   std::span<const std::uint32_t> rows) {
  std::vector<SequenceStates> selected;
  for (const SequenceStates& s : states) {
    selected.push_back(
        {.h = gather_rows(s.h, rows), .c = s.c.defined() ? gather_rows(s.c, rows) : Variable()});
  }
  return selected;
}

// log softmax of every row, summed in double: a probability too small for a float has a logarithm.
void log_softmax_rows(MutableMatrixView scores) {
  for (std::size_t r = 0; r < scores.rows; ++r) {
    const std::span<float> row = scores.row(r);
    const auto max = static_cast<double>(std::ranges::max(row));
    double sum = 0.0;
    for (const float x : row) sum += std::exp(static_cast<double>(x) - max);
    const double shift = max + std::log(sum);
    for (float& x : row) x = static_cast<float>(static_cast<double>(x) - shift);
  }
}

// The likeliest beginnings of an answer, and the answers that ended. Words are kept as paths back
// to the first one, so that a step costs the same however long it is.
class Beam {
 public:
  Beam(std::size_t width, double length_penalty, std::uint32_t begin_word)
      : width_(width), length_penalty_(length_penalty), open_(1), words_(1, begin_word) {}

  bool is_open() const { return !open_.empty(); }
  std::span<const std::uint32_t> words() const { return words_; }  // The last of each beginning.
  std::span<const std::uint32_t> rows() const { return rows_; }    // Which one each goes on from.

  // Goes on by the words whose log-probabilities are `scores`, a row for each beginning; in the
  // last step by none but the end.
  void extend(MatrixView scores, std::uint32_t end_word, bool is_last) {
    std::vector<Beginning> next;
    words_.clear();
    rows_.clear();
    for (const Candidate& c : best_candidates(scores)) {
      Beginning hypothesis = open_[c.row];
      if (c.word == end_word || is_last) {
        if (c.word == end_word) hypothesis.log_probability = c.log_probability;
        finished_.push_back(hypothesis);
        continue;
      }
      path_.push_back({.word = c.word, .before = hypothesis.last});
      next.push_back({.last = path_.size() - 1,
                      .length = hypothesis.length + 1,
                      .log_probability = c.log_probability});
      words_.push_back(c.word);
      rows_.push_back(c.row);
    }
    open_ = std::move(next);
    if (length_penalty_ > 0.0 || finished_.empty() || open_.empty()) return;
    // Probabilities only fall: without a penalty nothing that is open can overtake.
    if (best().log_probability >= open_.front().log_probability) open_.clear();
  }

  Hypothesis answer() const {
    const Beginning& chosen = best();
    Hypothesis result{.words = {}, .log_probability = chosen.log_probability};
    for (std::size_t i = chosen.last; i != kNothing; i = path_[i].before) {
      result.words.push_back(path_[i].word);
    }
    std::ranges::reverse(result.words);
    return result;
  }

 private:
  static constexpr std::size_t kNothing = std::numeric_limits<std::size_t>::max();
  struct Step {
    std::uint32_t word;
    std::size_t before;  // Where in path_.
  };
  struct Beginning {
    std::size_t last = kNothing;  // Where in path_.
    std::size_t length = 0;
    double log_probability = 0.0;
  };
  struct Candidate {
    double log_probability;
    std::uint32_t row, word;
  };

  // Likeliest first; of equals the first, as greedy decoding has it.
  std::vector<Candidate> best_candidates(MatrixView scores) const {
    std::vector<Candidate> all;
    all.reserve(scores.rows * scores.cols);
    for (std::uint32_t r = 0; r < scores.rows; ++r) {
      for (std::uint32_t w = 0; w < scores.cols; ++w) {
        const auto score = static_cast<double>(scores.row(r)[w]);
        if (!std::isinf(score)) all.push_back({open_[r].log_probability + score, r, w});
      }
    }
    const auto middle = all.begin() + static_cast<std::ptrdiff_t>(std::min(width_, all.size()));
    std::partial_sort(all.begin(), middle, all.end(), [](const Candidate& a, const Candidate& b) {
      if (a.log_probability != b.log_probability) return a.log_probability > b.log_probability;
      return std::pair(a.row, a.word) < std::pair(b.row, b.word);
    });
    all.erase(middle, all.end());
    return all;
  }

  const Beginning& best() const {
    return *std::ranges::max_element(finished_, {}, [&](const Beginning& b) {
      return b.log_probability / std::pow(static_cast<double>(b.length + 1), length_penalty_);
    });
  }

  std::size_t width_;
  double length_penalty_;
  std::vector<Step> path_;
  std::vector<Beginning> open_, finished_;
  PoolVector<std::uint32_t> words_, rows_;
};

}  // namespace

EncoderDecoder::EncoderDecoder(const EncoderDecoderOptions& options, Rng& rng)
    : options_(marked(checked(options))),
      source_(options.num_source_words, options.input_size, rng, /*bound=*/0.3f),
      target_(options.num_target_words, options.input_size, rng, /*bound=*/0.3f),
      encoder_(make_recurrent_encoder(source_.table().cols(), options.encoder, rng)),
      decoder_(
          make_recurrent_encoder(target_.table().cols(), decoder_options(options.encoder), rng)),
      output_({.input_size = static_cast<int>(decoder_.output_size()),
               .output_size = options.num_target_words},
              rng) {
  add_module("source", source_);
  add_module("target", target_);
  add_module("encoder", encoder_);
  add_module("decoder", decoder_);
  const int size = options.encoder.hidden_size;
  for (std::size_t k = 0; options.encoder.bidirectional && k < decoder_.num_layers(); ++k) {
    bridges_h_.emplace_back(LinearOptions{.input_size = 2 * size, .output_size = size}, rng);
    add_module(message("bridge_h", k), bridges_h_.back());
    if (!decoder_.layer(k).has_cell()) continue;
    bridges_c_.emplace_back(LinearOptions{.input_size = 2 * size, .output_size = size}, rng);
    add_module(message("bridge_c", k), bridges_c_.back());
  }
  add_module("output", output_);
}

EncoderDecoder::States EncoderDecoder::encode(std::span<const Source> sources, Rng& rng) const {
  PoolVector<std::uint32_t> words;
  PoolVector<NodeId> lengths;
  for (const Source source : sources) {
    words.insert(words.end(), source.begin(), source.end());
    lengths.push_back(static_cast<NodeId>(source.size()));
  }
  const Distinct d = distinct(words);
  States last = encoder_.forward(inputs_of(source_, d), SequenceBatch(lengths), rng).last;
  if (!options_.encoder.bidirectional) return last;
  States bridged;
  for (std::size_t k = 0; k < bridges_h_.size(); ++k) {
    const SequenceStates &f = last[2 * k], &b = last[2 * k + 1];
    SequenceStates states;
    states.h = tanh(bridges_h_[k].forward(concat_columns({f.h, b.h})));
    if (f.c.defined()) states.c = bridges_c_[k].forward(concat_columns({f.c, b.c}));
    bridged.push_back(std::move(states));
  }
  return bridged;
}

// Teacher forcing: reads begin and then the target, and is to predict the target and then end.
Variable EncoderDecoder::teacher_forced_logits(std::span<const SequencePair* const> pairs, Rng& rng,
                                               PoolVector<std::int32_t>& expected) const {
  std::vector<Source> sources;
  PoolVector<std::uint32_t> fed;
  PoolVector<NodeId> lengths;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const SequencePair* const pair = pairs[i];
    sources.emplace_back(pair->source);
    fed.push_back(options_.begin_word);
    fed.insert(fed.end(), pair->target.begin(), pair->target.end());
    for (const std::uint32_t word : pair->target) {
      if (word == options_.begin_word || word == options_.end_word) {
        throw ShapeError(
            message("the target of pair ", i, " holds word ", word, ", which is a mark"));
      }
      expected.push_back(static_cast<std::int32_t>(word));
    }
    expected.push_back(static_cast<std::int32_t>(options_.end_word));
    lengths.push_back(static_cast<NodeId>(pair->target.size() + 1));
  }
  const Distinct d = distinct(fed);
  const StackedStates states =
      decoder_.forward(inputs_of(target_, d), SequenceBatch(lengths), rng, encode(sources, rng));
  return output_.forward(states.h);
}

Variable EncoderDecoder::loss(std::span<const SequencePair* const> pairs, Rng& rng) const {
  PoolVector<std::int32_t> expected;
  const Variable logits = teacher_forced_logits(pairs, rng, expected);
  return softmax_cross_entropy(logits, expected);
}

double EncoderDecoder::teacher_forced_accuracy(std::span<const SequencePair* const> pairs) const {
  const Answering answering;
  Rng unused(0);
  PoolVector<std::int32_t> expected;
  const Variable logits = teacher_forced_logits(pairs, unused, expected);
  return training::accuracy(argmax_rows(logits.value().view()), expected);
}

Tensor EncoderDecoder::step(std::span<const std::uint32_t> words, States& states) const {
  Rng unused(0);
  const PoolVector<NodeId> lengths(words.size(), 1);
  StackedStates next =
      decoder_.forward(target_.forward(words), SequenceBatch(lengths), unused, states);
  states = std::move(next.last);
  Tensor scores = output_.forward(next.h).value().clone();
  log_softmax_rows(scores.view());
  for (std::size_t r = 0; r < scores.rows(); ++r) {  // Never generated.
    scores.at(r, options_.begin_word) = -std::numeric_limits<float>::infinity();
  }
  return scores;
}

std::vector<Hypothesis> EncoderDecoder::greedy(std::span<const Source> sources,
                                               std::size_t max_length) const {
  const Answering answering;
  Rng unused(0);
  std::vector<Hypothesis> results(sources.size());
  if (sources.empty()) return results;
  States states = encode(sources, unused);
  PoolVector<std::uint32_t> words(sources.size(), options_.begin_word), active(sources.size());
  for (std::uint32_t i = 0; i < active.size(); ++i) active[i] = i;
  for (std::size_t t = 0; t <= max_length && !active.empty(); ++t) {
    const Tensor scores = step(words, states);
    PoolVector<std::uint32_t> rows, still_active;
    words.clear();
    for (std::uint32_t r = 0; r < active.size(); ++r) {
      const std::span<const float> row = scores.row(r);
      const auto word = static_cast<std::uint32_t>(std::ranges::max_element(row) - row.begin());
      Hypothesis& result = results[active[r]];
      if (word != options_.end_word && t == max_length) continue;
      result.log_probability += static_cast<double>(row[word]);
      if (word == options_.end_word) continue;
      result.words.push_back(word);
      rows.push_back(r);
      words.push_back(word);
      still_active.push_back(active[r]);
    }
    active = std::move(still_active);
    if (!active.empty()) states = select(states, rows);
  }
  return results;
}

Hypothesis EncoderDecoder::beam(Source source, std::size_t width, std::size_t max_length,
                                double length_penalty) const {
  if (width == 0) throw OptionError("a beam of width 0, expected 1 or more");
  if (!(length_penalty >= 0.0 && std::isfinite(length_penalty))) {
    throw OptionError(
        message("length penalty ", length_penalty, ", expected 0 or a positive number"));
  }
  const Answering answering;
  Rng unused(0);
  States states = encode({&source, 1}, unused);
  Beam beam(width, length_penalty, options_.begin_word);
  for (std::size_t t = 0; beam.is_open(); ++t) {
    const Tensor scores = step(beam.words(), states);
    beam.extend(scores.view(), options_.end_word, /*is_last=*/t == max_length);
    if (beam.is_open()) states = select(states, beam.rows());
  }
  return beam.answer();
}

EncoderDecoder::Batch EncoderDecoder::make_batch(Examples pairs,
                                                 std::span<const std::uint32_t> numbers,
                                                 Rng&) const {
  return select(pairs, numbers);
}

void EncoderDecoder::evaluate(const Batch& batch, Evaluation& evaluation) const {
  std::vector<Source> sources;
  std::size_t longest = 0;
  Evaluation::Counts counts{.pairs = batch.size()};
  for (const SequencePair* pair : batch) {
    sources.emplace_back(pair->source);
    longest = std::max(longest, pair->target.size());
    counts.words += pair->target.size() + 1;
  }
  counts.right = static_cast<std::size_t>(
      std::round(teacher_forced_accuracy(batch) * static_cast<double>(counts.words)));
  const std::vector<Hypothesis> hypotheses = greedy(sources, longest + 1);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (hypotheses[i].words == batch[i]->target) ++counts.exact;
  }
  evaluation.add(counts);
}

void EncoderDecoderEvaluation::add(const Counts& counts) {
  sum_.pairs += counts.pairs;
  sum_.exact += counts.exact;
  sum_.words += counts.words;
  sum_.right += counts.right;
}

training::Metrics EncoderDecoderEvaluation::compute() const {
  return {{"exact_match", static_cast<double>(sum_.exact) / static_cast<double>(sum_.pairs)},
          {"accuracy", static_cast<double>(sum_.right) / static_cast<double>(sum_.words)}};
}

}  // namespace espalier::models
