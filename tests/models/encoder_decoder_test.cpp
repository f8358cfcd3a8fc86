#include <espalier/models/encoder_decoder.h>

#include <cmath>
#include <functional>
#include <limits>

#include <gtest/gtest.h>

#include <espalier/base/error.h>
#include <espalier/ops/gradient_check.h>
#include <espalier/training/trainer.h>

#include "tests/models/sequences.h"
#include "tests/support/errors.h"

namespace espalier::models {
namespace {

using Task = training::ModelTask<EncoderDecoder>;

using test::Words;
using Source = EncoderDecoder::Source;

constexpr std::uint32_t kBegin = 1, kEnd = 3;  // In the midst of the target words.
constexpr int kNumTargets = 5;                 // 0, 2 and 4 may be said.

EncoderDecoderOptions small_options(bool bidirectional = true) {
  return {.num_source_words = 6,
          .num_target_words = kNumTargets,
          .begin_word = kBegin,
          .end_word = kEnd,
          .input_size = 3,
          .encoder = {.hidden_size = 2, .num_layers = 2, .bidirectional = bidirectional}};
}

std::vector<SequencePair> random_pairs(std::size_t count, std::size_t max_length,
                                       std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<SequencePair> pairs(count);
  for (SequencePair& pair : pairs) {
    pair.source = test::random_words(6, max_length, random);
    pair.target = test::random_words(3, max_length, random);
    for (std::uint32_t& word : pair.target) word *= 2;
  }
  return pairs;
}

// The scores of the target words at every step, the decoder being fed begin and `target`.
std::vector<test::Vector> reference_logits(const EncoderDecoderOptions& options,
                                           const test::Values& values, const Words& source,
                                           const Words& target) {
  const test::ReferenceStack encoded = test::reference_stack(
      options.encoder, values, "encoder", test::look_up(values.at("source.weight"), source));
  std::vector<test::Vector> h = encoded.last_h, c = encoded.last_c;
  if (options.encoder.bidirectional) {
    h.clear();
    c.clear();
    for (std::size_t k = 0; 2 * k < encoded.last_h.size(); ++k) {
      const std::string layer = std::to_string(k);
      h.push_back(test::affine(values, "bridge_h" + layer,
                               test::beside(encoded.last_h[2 * k], encoded.last_h[2 * k + 1])));
      for (double& x : h.back()) x = std::tanh(x);
      if (encoded.last_c.empty()) continue;
      c.push_back(test::affine(values, "bridge_c" + layer,
                               test::beside(encoded.last_c[2 * k], encoded.last_c[2 * k + 1])));
    }
  }
  RecurrentEncoderOptions decoder = options.encoder;
  decoder.bidirectional = false;
  Words fed = {options.begin_word};
  fed.insert(fed.end(), target.begin(), target.end());
  const test::ReferenceStack decoded = test::reference_stack(
      decoder, values, "decoder", test::look_up(values.at("target.weight"), fed), h, c);
  std::vector<test::Vector> logits;
  for (std::size_t t = 0; t < fed.size(); ++t) {
    logits.push_back(test::affine(values, "output", test::row(decoded.h, t)));
  }
  return logits;
}

// log p of the words, and of the end too if they ended.
double reference_log_probability(const EncoderDecoderOptions& options, const test::Values& values,
                                 const Words& source, const Words& words, bool ended) {
  const std::vector<test::Vector> logits = reference_logits(options, values, source, words);
  double sum = ended ? test::log_probability(logits.back(), kEnd) : 0.0;
  for (std::size_t t = 0; t < words.size(); ++t) sum += test::log_probability(logits[t], words[t]);
  return sum;
}

void set_output_bias(const EncoderDecoder& model, std::uint32_t word, float value) {
  model.parameter("output.bias").mutable_value().data()[word] = value;
}

class EncoderDecoderTest : public testing::Test {
 protected:
  EncoderDecoder make(const EncoderDecoderOptions& options, float bound = 1.0f) {
    EncoderDecoder model(options, rng_);
    test::draw_parameters(model, rng_, bound);
    return model;
  }

  const std::vector<SequencePair> pairs_ = random_pairs(8, 4, 1);
  Rng rng_{1};
};

TEST_F(EncoderDecoderTest, LossAgreesWithTheEquations) {
  for (const RecurrentKind kind :
       {RecurrentKind::kRNN, RecurrentKind::kLSTM, RecurrentKind::kGRU}) {
    for (const bool bidirectional : {false, true}) {
      EncoderDecoderOptions options = small_options(bidirectional);
      options.encoder.kind = kind;
      const EncoderDecoder model = make(options);
      const test::Values values = test::values_of(model, {});
      double sum = 0.0, num_words = 0.0, num_right = 0.0;
      for (const SequencePair& pair : pairs_) {
        const auto logits = reference_logits(options, values, pair.source, pair.target);
        Words expected = pair.target;
        expected.push_back(kEnd);
        for (std::size_t t = 0; t < expected.size(); ++t) {
          sum -= test::log_probability(logits[t], expected[t]);
          const auto best = std::ranges::max_element(logits[t]) - logits[t].begin();
          if (best == expected[t]) num_right += 1.0;
          num_words += 1.0;
        }
      }
      const auto pairs = test::pointers_to(pairs_);
      EXPECT_NEAR(model.loss(pairs, rng_).item(), sum / num_words, 2e-6);
      EXPECT_EQ(model.teacher_forced_accuracy(pairs), num_right / num_words);
    }
  }
}

TEST_F(EncoderDecoderTest, GradientsMatchFiniteDifferences) {
  for (const bool bidirectional : {false, true}) {
    const EncoderDecoder model = make(small_options(bidirectional));
    const GradientCheck check = check_gradients(
        [&] { return model.loss(test::pointers_to(pairs_), rng_); }, model.parameters());
    EXPECT_TRUE(check.ok) << check.to_string();
    EXPECT_EQ(check.num_checked, model.num_parameters());
  }
}

TEST_F(EncoderDecoderTest, HasTheSameBitsAtAnyNumberOfThreads) {
  const std::vector<SequencePair> pairs = random_pairs(60, 15, 2);
  const auto make_model = [] {
    EncoderDecoderOptions options = small_options();
    options.encoder.hidden_size = 20;
    options.encoder.dropout = 0.3f;
    Rng rng(2);
    return EncoderDecoder(options, rng);
  };
  test::expect_same_bits_at_1_2_and_4_threads(make_model, [&](const EncoderDecoder& model) {
    Rng rng(3);
    return model.loss(test::pointers_to(pairs), rng);
  });
}

TEST_F(EncoderDecoderTest, GreedyDecodingSaysTheLikeliestWordAtEveryStep) {
  std::size_t num_ended = 0, num_cut = 0;
  for (int draw = 0; draw < 12; ++draw) {
    const EncoderDecoderOptions options = small_options(draw % 2 == 0);
    const EncoderDecoder model = make(options);
    const test::Values values = test::values_of(model, {});
    std::vector<Source> sources;
    for (const SequencePair& pair : pairs_) sources.emplace_back(pair.source);
    const std::vector<Hypothesis> said = model.greedy(sources, 4);
    ASSERT_EQ(said.size(), pairs_.size());
    for (std::size_t i = 0; i < said.size(); ++i) {
      const Words& source = pairs_[i].source;
      auto logits = reference_logits(options, values, source, said[i].words);
      ASSERT_EQ(logits.size(), said[i].words.size() + 1);
      const auto best = [&](std::size_t t) {
        logits[t][kBegin] = -std::numeric_limits<double>::infinity();  // Never said.
        return std::ranges::max_element(logits[t]) - logits[t].begin();
      };
      for (std::size_t t = 0; t < said[i].words.size(); ++t) EXPECT_EQ(said[i].words[t], best(t));
      const bool ended = best(said[i].words.size()) == kEnd;
      EXPECT_TRUE(ended || said[i].words.size() == 4);
      ++(ended ? num_ended : num_cut);
      EXPECT_NEAR(said[i].log_probability,
                  reference_log_probability(options, values, source, said[i].words, ended), 1e-5);
    }
  }
  EXPECT_GT(num_ended, 5u);
  EXPECT_GT(num_cut, 5u);
}

TEST_F(EncoderDecoderTest, SaysOfASourceWhatItSaysOfItAlone) {
  EncoderDecoderOptions options = small_options();
  options.encoder.hidden_size = 19;
  const EncoderDecoder model = make(options, 0.6f);
  const std::vector<SequencePair> pairs = random_pairs(40, 9, 3);
  std::vector<Source> sources;
  for (const SequencePair& pair : pairs) sources.emplace_back(pair.source);
  const std::vector<Hypothesis> together = model.greedy(sources, 7);
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const Hypothesis alone = model.greedy({&sources[i], 1}, 7).front();
    EXPECT_EQ(alone.words, together[i].words);
    EXPECT_EQ(alone.log_probability, together[i].log_probability);
  }
  EXPECT_TRUE(model.greedy({}, 7).empty());
}

TEST_F(EncoderDecoderTest, ABeamOfOneIsGreedy) {
  for (int draw = 0; draw < 12; ++draw) {
    const EncoderDecoder model = make(small_options());
    for (const SequencePair& pair : pairs_) {
      const Source source(pair.source);
      for (const std::size_t max_length : {0u, 1u, 5u}) {
        const Hypothesis greedy = model.greedy({&source, 1}, max_length).front();
        const Hypothesis beam = model.beam(source, 1, max_length);
        EXPECT_EQ(beam.words, greedy.words);
        EXPECT_EQ(beam.log_probability, greedy.log_probability);
      }
    }
  }
}

// Every answer of up to three words, and every beginning of three.
Hypothesis best_of_all(const EncoderDecoderOptions& options, const test::Values& values,
                       const Words& source, double length_penalty) {
  Hypothesis best;
  double best_rank = -std::numeric_limits<double>::infinity();
  const auto consider = [&](const Words& words, bool ended) {
    const double log_p = reference_log_probability(options, values, source, words, ended);
    const double rank = log_p / std::pow(static_cast<double>(words.size() + 1), length_penalty);
    if (rank <= best_rank) return;
    best = {words, log_p};
    best_rank = rank;
  };
  const std::function<void(Words)> visit = [&](const Words& words) {
    consider(words, true);
    if (words.size() == 3) return consider(words, false);
    for (const std::uint32_t word : {0u, 2u, 4u}) {
      Words longer = words;
      longer.push_back(word);
      visit(longer);
    }
  };
  visit({});
  return best;
}

TEST_F(EncoderDecoderTest, AWideBeamFindsTheBestOfAll) {
  std::size_t num_unlike_greedy = 0;
  for (int draw = 0; draw < 6; ++draw) {
    const EncoderDecoderOptions options = small_options();
    const EncoderDecoder model = make(options, 2.0f);
    const test::Values values = test::values_of(model, {});
    for (const SequencePair& pair : pairs_) {
      for (const double penalty : {0.0, 0.7, 2.0}) {
        const Hypothesis expected = best_of_all(options, values, pair.source, penalty);
        const Hypothesis actual = model.beam(pair.source, 200, 3, penalty);
        EXPECT_EQ(actual.words, expected.words);
        EXPECT_NEAR(actual.log_probability, expected.log_probability, 1e-5);
      }
      const Source source(pair.source);
      const Hypothesis greedy = model.greedy({&source, 1}, 3).front();
      const Hypothesis best = model.beam(source, 200, 3);
      EXPECT_GE(best.log_probability, greedy.log_probability);
      if (best.words != greedy.words) ++num_unlike_greedy;
    }
  }
  EXPECT_GT(num_unlike_greedy, 5u);
}

// Answers that never end: other words than greedy's mean that beginnings overtook each other.
TEST_F(EncoderDecoderTest, ABeamKnowsHowLikelyItsAnswerIs) {
  std::size_t num_unlike_greedy = 0;
  for (int draw = 0; draw < 12; ++draw) {
    EncoderDecoderOptions options = small_options(draw % 2 == 0);
    options.encoder.hidden_size = 6;
    const EncoderDecoder model = make(options);
    set_output_bias(model, kEnd, -100.0f);
    const test::Values values = test::values_of(model, {});
    for (const SequencePair& pair : pairs_) {
      const Source source(pair.source);
      const Hypothesis greedy = model.greedy({&source, 1}, 9).front();
      for (const std::size_t width : {2u, 3u, 8u}) {
        const Hypothesis said = model.beam(source, width, 9);
        ASSERT_EQ(said.words.size(), 9u);
        EXPECT_NEAR(said.log_probability,
                    reference_log_probability(options, values, pair.source, said.words,
                                              /*ended=*/false),
                    1e-5);
        if (said.words != greedy.words) ++num_unlike_greedy;
      }
    }
  }
  EXPECT_GT(num_unlike_greedy, 50u);
}

// No theorem, as greedy's way may fall out of the beam; but of many it does so for few.
TEST_F(EncoderDecoderTest, ABeamOfFewIsSeldomWorseThanGreedy) {
  std::size_t num_better = 0, num_worse = 0;
  for (int draw = 0; draw < 40; ++draw) {
    const EncoderDecoder model = make(small_options());
    for (const SequencePair& pair : pairs_) {
      const Source source(pair.source);
      const double greedy = model.greedy({&source, 1}, 6).front().log_probability;
      const double beam = model.beam(source, 3, 6).log_probability;
      if (beam > greedy) ++num_better;
      if (beam < greedy) ++num_worse;
    }
  }
  EXPECT_GT(num_better, 40u);
  EXPECT_LT(num_worse, 5u);
}

TEST_F(EncoderDecoderTest, EndsAtTheEndAndAtTheGreatestLength) {
  const EncoderDecoder model = make(small_options());
  const Words words = {1, 2};
  const Source source(words);
  const auto decode = [&](std::size_t max_length) {
    return std::vector<Hypothesis>{model.greedy({&source, 1}, max_length).front(),
                                   model.beam(source, 4, max_length)};
  };
  set_output_bias(model, kBegin, 1000.0f);  // The likeliest by far, but never said.
  for (const Hypothesis& said : decode(5)) {
    for (const std::uint32_t word : said.words) EXPECT_TRUE(word != kBegin && word != kEnd);
    EXPECT_TRUE(std::isfinite(said.log_probability));
    EXPECT_LT(said.log_probability, -900.0);
  }
  set_output_bias(model, kBegin, 0.0f);
  set_output_bias(model, kEnd, 100.0f);
  for (const Hypothesis& said : decode(5)) {
    EXPECT_TRUE(said.words.empty());
    EXPECT_NEAR(said.log_probability, 0.0, 1e-6);
  }
  set_output_bias(model, kEnd, -100.0f);
  for (const std::size_t max_length : {0u, 1u, 9u}) {
    for (const Hypothesis& said : decode(max_length)) EXPECT_EQ(said.words.size(), max_length);
  }
}

TEST_F(EncoderDecoderTest, OptionsComeBackFromJson) {
  const EncoderDecoderOptions options = small_options();
  const auto back = from_json<EncoderDecoderOptions>(to_json(options), "test");
  EXPECT_EQ(back.num_source_words, 6);
  EXPECT_EQ(back.num_target_words, kNumTargets);
  EXPECT_EQ(back.begin_word, kBegin);
  EXPECT_EQ(back.end_word, kEnd);
  EXPECT_EQ(back.input_size, 3);
  EXPECT_EQ(to_json(back.encoder), to_json(options.encoder));
  for (const char* text : {"{\"num_source_words\": 3}", "{", "[]"}) {
    const std::string error = test::error_of<ParseError>(
        [&] { from_json<EncoderDecoderOptions>(text, "model.safetensors"); });
    EXPECT_EQ(error.find("model.safetensors: "), 0u) << error;
  }
}

TEST_F(EncoderDecoderTest, EvaluatesEveryPair) {
  const EncoderDecoder model = make(small_options());
  std::vector<SequencePair> pairs = random_pairs(300, 3, 4);
  std::size_t num_exact = 0;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const Source source(pairs[i].source);
    const Words said = model.greedy({&source, 1}, 50).front().words;
    if (i % 3 == 0 && said.size() < 50) pairs[i].target = said;
    if (pairs[i].target == said) ++num_exact;
  }
  ASSERT_GT(num_exact, 10u);
  const training::Metrics metrics = training::evaluate(model, pairs);
  EXPECT_EQ(metrics.size(), 2u);
  EXPECT_EQ(metrics.at("exact_match"), static_cast<double>(num_exact) / 300.0);
  EXPECT_NEAR(metrics.at("accuracy"), model.teacher_forced_accuracy(test::pointers_to(pairs)),
              1e-12);
  EXPECT_TRUE(training::evaluate(model, {}).empty());
}

TEST_F(EncoderDecoderTest, LearnsToReverse) {
  std::mt19937_64 random(5);
  std::vector<SequencePair> pairs(700);
  for (SequencePair& pair : pairs) {
    pair.source.resize(1 + random() % 4);
    for (std::uint32_t& word : pair.source) word = 2 + static_cast<std::uint32_t>(random() % 4);
    pair.target.assign(pair.source.rbegin(), pair.source.rend());
  }
  const EncoderDecoder model(
      {.num_source_words = 6,
       .num_target_words = 6,
       .begin_word = 0,
       .end_word = 1,
       .input_size = 12,
       .encoder = {.kind = RecurrentKind::kGRU, .hidden_size = 32, .bidirectional = true}},
      rng_);
  const std::span<const SequencePair> all = pairs;
  Task task(model, {all.first(600), all.last(100), all.last(100)},
            {.learning_rate = 0.01, .l2 = 0.0, .adam = true}, "{}");
  const training::TrainingResult result =
      training::Trainer({.batch_size = 20, .epochs = 15}).fit(task);
  EXPECT_LT(result.epochs.front().dev.at("exact_match"), 0.5);
  EXPECT_GT(result.test.at("exact_match"), 0.95);
  EXPECT_GT(result.test.at("accuracy"), 0.97);
  const std::vector<std::uint32_t> some = {0, 2};
  EXPECT_EQ(task.num_nodes(some), 2 * pairs[0].source.size() + 1 + 2 * pairs[2].source.size() + 1);
}

TEST_F(EncoderDecoderTest, RefusesWhatCannotBe) {
  const auto option_error = [&](const auto& change) {
    EncoderDecoderOptions options = small_options();
    change(options);
    return test::error_of<OptionError>([&] { EncoderDecoder(options, rng_); });
  };
  using Options = EncoderDecoderOptions;
  for (const auto& [name, member] : std::vector<std::pair<std::string, int Options::*>>{
           {"num_source_words", &Options::num_source_words},
           {"num_target_words", &Options::num_target_words},
           {"input_size", &Options::input_size}}) {
    EXPECT_EQ(option_error([m = member](Options& o) { o.*m = 0; }).find(name + " is 0, expected"),
              0u);
  }
  EXPECT_EQ(option_error([](Options& o) { o.end_word = 5; }),
            "a mark is target word 5, expected one below 5");
  EXPECT_EQ(option_error([](Options& o) { o.end_word = kBegin; }),
            "both marks are target word 1, expected two");

  const EncoderDecoder model = make(small_options());
  const Words words = {1};
  EXPECT_EQ(test::error_of<OptionError>([&] { model.beam(words, 0, 5); }),
            "a beam of width 0, expected 1 or more");
  for (const double penalty : {-1.0, std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_EQ(test::error_of<OptionError>([&] {
                model.beam(words, 2, 5, penalty);
              }).find("length penalty "),
              0u);
  }
  const auto loss_error = [&](const SequencePair& pair) {
    const std::vector<SequencePair> pairs = {pairs_[0], pair};
    return test::error_of<ShapeError>([&] { training::evaluate(model, pairs); });
  };
  EXPECT_EQ(loss_error({{1}, {0, kEnd}}), "the target of pair 1 holds word 3, which is a mark");
  EXPECT_EQ(loss_error({{1}, {kBegin}}), "the target of pair 1 holds word 1, which is a mark");
  EXPECT_NE(loss_error({{6}, {0}}).find("id 6 at position "), std::string::npos);
  EXPECT_NE(loss_error({{1}, {5}}).find("id 5 at position "), std::string::npos);
  EXPECT_EQ(test::error_of<OptionError>([&] { Task(model, {}, {}, "{}"); }),
            "no examples to train on");
}

}  // namespace
}  // namespace espalier::models
