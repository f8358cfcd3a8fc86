#include <espalier/models/encoder_decoder.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <nlohmann/json.hpp>

#include <espalier/base/error.h>
#include <espalier/models/tree_classifier.h>
#include <espalier/ops/distinct.h>
#include <espalier/ops/elementwise.h>
#include <espalier/ops/loss.h>
#include <espalier/ops/rows.h>

namespace espalier::models {
namespace {

const EncoderDecoderOptions& checked(const EncoderDecoderOptions& options) {
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

PoolVector<const SequencePair*> pointers(std::span<const SequencePair> pairs) {
  PoolVector<const SequencePair*> all;
  for (const SequencePair& pair : pairs) all.push_back(&pair);
  return all;
}

// What a beam holds: a beginning, and where its states are.
struct Hypothesis {
  Decoded said;
  std::uint32_t row = 0;
};

}  // namespace

EncoderDecoder::EncoderDecoder(const EncoderDecoderOptions& options, Rng& rng)
    : options_(checked(options)),
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

// Fed begin and then the target; expected to say the target and then end.
Variable EncoderDecoder::taught_logits(std::span<const SequencePair* const> pairs, Rng& rng,
                                       PoolVector<std::int32_t>& expected) const {
  std::vector<Source> sources;
  PoolVector<std::uint32_t> fed;
  PoolVector<NodeId> lengths;
  for (const SequencePair* pair : pairs) {
    sources.emplace_back(pair->source);
    fed.push_back(options_.begin_word);
    fed.insert(fed.end(), pair->target.begin(), pair->target.end());
    for (const std::uint32_t word : pair->target) {
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
  const Variable logits = taught_logits(pairs, rng, expected);
  return softmax_cross_entropy(logits, expected);
}

double EncoderDecoder::taught_accuracy(std::span<const SequencePair* const> pairs) const {
  const NoRecording no_recording;
  Rng unused(0);
  PoolVector<std::int32_t> expected;
  const Variable logits = taught_logits(pairs, unused, expected);
  return training::accuracy(most_probable(logits.value().view()), expected);
}

Tensor EncoderDecoder::step(std::span<const std::uint32_t> words, States& states) const {
  Rng unused(0);
  const PoolVector<NodeId> lengths(words.size(), 1);
  StackedStates next =
      decoder_.forward(target_.forward(words), SequenceBatch(lengths), unused, states);
  states = std::move(next.last);
  Tensor scores = output_.forward(next.h).value().clone();
  softmax_rows(scores.view(), scores.view());
  for (float& p : scores.flat()) p = std::log(p);
  for (std::size_t r = 0; r < scores.rows(); ++r) {  // Never said.
    scores.at(r, options_.begin_word) = -std::numeric_limits<float>::infinity();
  }
  return scores;
}

std::vector<Decoded> EncoderDecoder::greedy(std::span<const Source> sources,
                                            std::size_t max_length) const {
  const NoRecording no_recording;
  Rng unused(0);
  std::vector<Decoded> results(sources.size());
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
      Decoded& result = results[active[r]];
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

Decoded EncoderDecoder::beam(Source source, std::size_t width, std::size_t max_length,
                             double length_penalty) const {
  if (width == 0) throw OptionError("a beam of width 0, expected 1 or more");
  const NoRecording no_recording;
  Rng unused(0);
  const auto rank = [&](const Decoded& d) {
    return d.log_probability / std::pow(static_cast<double>(d.words.size() + 1), length_penalty);
  };
  States states = encode({&source, 1}, unused);
  std::vector<Hypothesis> beam = {{}};
  PoolVector<std::uint32_t> words = {options_.begin_word};
  std::vector<Decoded> finished;
  for (std::size_t t = 0; t <= max_length && !beam.empty(); ++t) {
    const Tensor scores = step(words, states);
    struct Candidate {
      double log_probability;
      std::size_t from;
      std::uint32_t word;
    };
    std::vector<Candidate> candidates;
    for (std::size_t r = 0; r < beam.size(); ++r) {
      for (std::uint32_t w = 0; w < scores.cols(); ++w) {
        candidates.push_back(
            {beam[r].said.log_probability + static_cast<double>(scores.at(r, w)), r, w});
      }
    }
    const std::size_t count = std::min(width, candidates.size());
    std::ranges::partial_sort(candidates, candidates.begin() + static_cast<std::ptrdiff_t>(count),
                              std::ranges::greater(), &Candidate::log_probability);
    std::vector<Hypothesis> next;
    words.clear();
    PoolVector<std::uint32_t> rows;
    for (std::size_t k = 0; k < count; ++k) {
      const Candidate& c = candidates[k];
      if (std::isinf(c.log_probability)) continue;
      Decoded said = beam[c.from].said;
      if (c.word == options_.end_word || t == max_length) {
        if (c.word == options_.end_word) said.log_probability = c.log_probability;
        finished.push_back(std::move(said));
        continue;
      }
      said.log_probability = c.log_probability;
      said.words.push_back(c.word);
      next.push_back({std::move(said)});
      words.push_back(c.word);
      rows.push_back(static_cast<std::uint32_t>(c.from));
    }
    beam = std::move(next);
    // Probabilities only fall: without a penalty nothing that is open can overtake.
    if (length_penalty == 0.0 && !finished.empty() && !beam.empty()) {
      const double best = std::ranges::max(finished, {}, rank).log_probability;
      if (best >= beam.front().said.log_probability) break;
    }
    if (!beam.empty()) states = select(states, rows);
  }
  return std::ranges::max(finished, {}, rank);
}

std::string to_json(const EncoderDecoderOptions& options) {
  return nlohmann::json{{"num_source_words", options.num_source_words},
                        {"num_target_words", options.num_target_words},
                        {"begin_word", options.begin_word},
                        {"end_word", options.end_word},
                        {"input_size", options.input_size},
                        {"encoder", to_json_object(options.encoder)}}
      .dump();
}

EncoderDecoderOptions encoder_decoder_options_from_json(const std::string& text,
                                                        const std::string& source) {
  try {
    const nlohmann::json json = nlohmann::json::parse(text);
    return {.num_source_words = json.at("num_source_words"),
            .num_target_words = json.at("num_target_words"),
            .begin_word = json.at("begin_word"),
            .end_word = json.at("end_word"),
            .input_size = json.at("input_size"),
            .encoder = recurrent_encoder_options_from(json.at("encoder"))};
  } catch (const nlohmann::json::exception& error) {
    throw ParseError({.source = source},
                     message("no options of an EncoderDecoder: ", error.what()));
  }
}

EncoderDecoderTask::EncoderDecoderTask(const EncoderDecoder& model, const PairSplits& data,
                                       const Recipe& recipe, std::string configuration)
    : model_(model),
      data_(data),
      configuration_(std::move(configuration)),
      optimizer_(make_optimizer(model.parameters(), recipe)) {
  if (data_.train.empty()) throw OptionError("no pairs of sequences to train on");
}

std::size_t EncoderDecoderTask::num_nodes(std::span<const std::uint32_t> examples) const {
  std::size_t n = 0;
  for (const std::uint32_t i : examples) {
    n += data_.train[i].source.size() + data_.train[i].target.size() + 1;
  }
  return n;
}

Variable EncoderDecoderTask::loss(std::span<const std::uint32_t> examples, Rng& rng) {
  PoolVector<const SequencePair*> pairs;
  for (const std::uint32_t i : examples) pairs.push_back(&data_.train[i]);
  return model_.loss(pairs, rng);
}

training::Metrics EncoderDecoderTask::evaluate(training::Split split) {
  return models::evaluate(model_, split == training::Split::kTrain ? data_.train
                                  : split == training::Split::kDev ? data_.dev
                                                                   : data_.test);
}

training::Metrics evaluate(const EncoderDecoder& model, std::span<const SequencePair> pairs) {
  if (pairs.empty()) return {};
  constexpr std::size_t kBatchSize = 256;
  std::size_t num_exact = 0;
  for (std::size_t begin = 0; begin < pairs.size(); begin += kBatchSize) {
    const auto some = pairs.subspan(begin, std::min(kBatchSize, pairs.size() - begin));
    std::vector<EncoderDecoder::Source> sources;
    std::size_t longest = 0;
    for (const SequencePair& pair : some) {
      sources.emplace_back(pair.source);
      longest = std::max(longest, pair.target.size());
    }
    const std::vector<Decoded> said = model.greedy(sources, longest + 1);
    for (std::size_t i = 0; i < some.size(); ++i) {
      if (said[i].words == some[i].target) ++num_exact;
    }
  }
  return {{"exact_match", static_cast<double>(num_exact) / static_cast<double>(pairs.size())},
          {"accuracy", model.taught_accuracy(pointers(pairs))}};
}

}  // namespace espalier::models
