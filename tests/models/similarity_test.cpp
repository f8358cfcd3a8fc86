#include <espalier/models/similarity.h>

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include <espalier/base/error.h>
#include <espalier/ops/gradient_check.h>
#include <espalier/training/gradients.h>
#include <espalier/training/trainer.h>

#include "tests/models/sequences.h"
#include "tests/support/errors.h"
#include "tests/support/trees.h"

namespace espalier::models {
namespace {

using Task = training::ModelTask<Similarity>;

SimilarityOptions small_options(SentenceReader reader) {
  return {.num_words = 9,
          .input_size = 3,
          .reader = reader,
          .hidden_size = 2,
          .encoder = {.hidden_size = 2, .num_layers = 2, .bidirectional = true},
          .similarity_size = 4};
}

// Trees of 1 .. max_length nodes, each with a word.
std::vector<LabelledTree> random_sentences(std::size_t count, NodeId max_length,
                                           std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<LabelledTree> sentences;
  for (std::size_t i = 0; i < count; ++i) {
    const auto length = static_cast<NodeId>(1 + random() % max_length);
    LabelledTree sentence{test::random_tree(length, 3, random), {}, {}};
    for (NodeId v = 0; v < length; ++v) {
      sentence.words.push_back(static_cast<std::uint32_t>(random() % 9));
      sentence.labels.push_back(kNoLabel);
    }
    sentences.push_back(std::move(sentence));
  }
  return sentences;
}

std::vector<ScoredPair> pairs_of(const std::vector<LabelledTree>& a,
                                 const std::vector<LabelledTree>& b,
                                 const std::vector<float>& scores) {
  std::vector<ScoredPair> pairs;
  for (std::size_t i = 0; i < a.size(); ++i) pairs.push_back({a[i], b[i], scores[i]});
  return pairs;
}

test::Vector reference_sentence(const SimilarityOptions& options, const test::Values& values,
                                const LabelledTree& sentence) {
  test::Matrix x = test::look_up(values.at("embedding.weight"), sentence.words);
  if (options.reader == SentenceReader::kSequence) {
    return test::reference_stack(options.encoder, values, "encoder", std::move(x))
        .summary(options.encoder.bidirectional);
  }
  test::Values own;
  own.emplace("x", std::move(x));
  for (const char* name : {"weight_ih", "weight_hh", "bias_ih", "bias_hh"}) {
    own.emplace(name, values.at(std::string("encoder.") + name));
  }
  const Structure structure = bottom_up(sentence.tree);
  const test::ReferenceStates states =
      test::node_by_node(ChildSumTreeLSTMOptions{.hidden_size = options.hidden_size,
                                                 .output_gate = options.output_gate},
                         own, structure.relation("children"));
  return test::row(states.h, sentence.tree.root());
}

test::Vector reference_logits(const SimilarityOptions& options, const test::Values& values,
                              const LabelledTree& a, const LabelledTree& b) {
  const test::Vector h_a = reference_sentence(options, values, a);
  const test::Vector h_b = reference_sentence(options, values, b);
  test::Vector product, difference;
  for (std::size_t e = 0; e < h_a.size(); ++e) {
    product.push_back(h_a[e] * h_b[e]);
    difference.push_back(std::abs(h_a[e] - h_b[e]));
  }
  test::Vector h_s = test::affine(values, "difference", difference);
  const test::Vector more = test::affine(values, "product", product, /*bias=*/false);
  for (std::size_t i = 0; i < h_s.size(); ++i) h_s[i] = test::sigmoid(h_s[i] + more[i]);
  return test::affine(values, "output", h_s);
}

// KL(target || prediction) of one pair, with the target of section 4.2.
double reference_loss(const test::Vector& logits, double score) {
  double sum = 0.0;
  for (std::size_t k = 0; k < 5; ++k) {
    const double class_score = static_cast<double>(k + 1), whole = std::floor(score);
    const double p = class_score == whole         ? whole - score + 1.0
                     : class_score == whole + 1.0 ? score - whole
                                                  : 0.0;
    if (p > 0.0) sum += p * (std::log(p) - test::log_probability(logits, k));
  }
  return sum;
}

class SimilarityTest : public testing::TestWithParam<SentenceReader> {
 protected:
  Similarity make(const SimilarityOptions& options) {
    Similarity model(options, rng_);
    test::draw_parameters(model, rng_);
    return model;
  }

  const SimilarityOptions options_ = small_options(GetParam());
  const std::vector<LabelledTree> a_ = random_sentences(6, 5, 1), b_ = random_sentences(6, 5, 2);
  const std::vector<float> scores_ = {1.0f, 5.0f, 3.6f, 4.0f, 1.2f, 2.5f};
  Rng rng_{1};
};
INSTANTIATE_TEST_SUITE_P(Readers, SimilarityTest,
                         testing::Values(SentenceReader::kTree, SentenceReader::kSequence),
                         [](const auto& test) {
                           return test.param == SentenceReader::kTree ? "Tree" : "Sequence";
                         });

TEST_P(SimilarityTest, AgreesWithTheEquations) {
  for (const bool output_gate : {false, true}) {
    SimilarityOptions options = options_;
    options.output_gate = output_gate;
    options.encoder.bidirectional = output_gate;
    const Similarity model = make(options);
    const test::Values values = test::values_of(model, {});
    const auto a = test::pointers_to(a_), b = test::pointers_to(b_);
    const Tensor actual = model.logits(a, b, rng_).value().clone();
    const std::vector<float> predicted = model.predict(a, b);
    double loss = 0.0;
    for (std::size_t i = 0; i < a_.size(); ++i) {
      const test::Vector expected = reference_logits(options, values, a_[i], b_[i]);
      double score = 0.0;
      for (std::size_t k = 0; k < 5; ++k) {
        EXPECT_NEAR(actual.at(i, k), expected[k], 2e-6);
        score += static_cast<double>(k + 1) * std::exp(test::log_probability(expected, k));
      }
      EXPECT_NEAR(predicted[i], score, 5e-6);
      loss += reference_loss(expected, static_cast<double>(scores_[i])) / 6.0;
    }
    EXPECT_NEAR(model.loss(a, b, scores_, rng_).item(), loss, 5e-6);
  }
}

TEST_P(SimilarityTest, GradientsAreThoseOfTheEquations) {
  const Similarity model = make(options_);
  const test::Values expected = test::gradients_by_differences(
      [&](const test::Values& values) {
        double loss = 0.0;
        for (std::size_t i = 0; i < a_.size(); ++i) {
          loss += reference_loss(reference_logits(options_, values, a_[i], b_[i]),
                                 static_cast<double>(scores_[i]));
        }
        return loss / 6.0;
      },
      test::values_of(model, {}));
  model.loss(test::pointers_to(a_), test::pointers_to(b_), scores_, rng_).backward();
  for (const NamedParameter& p : model.parameters()) {
    p.variable.mutable_gradient();  // That of the table is made of rows: they go into this one.
    training::merge_row_gradient(p.variable);
    EXPECT_TRUE(test::close(p.variable.gradient(), expected.at(p.name), 5e-6)) << p.name;
  }
}

// In steps so small that no difference changes its sign.
TEST_P(SimilarityTest, GradientsMatchFiniteDifferences) {
  const Similarity model = make(options_);
  const auto a = test::pointers_to(a_), b = test::pointers_to(b_);
  const GradientCheck check =
      check_gradients([&] { return model.loss(a, b, scores_, rng_); }, model.parameters(),
                      {.step = 2e-3f, .absolute_tolerance = 1e-3});
  EXPECT_TRUE(check.ok) << check.to_string();
  EXPECT_EQ(check.num_checked, model.num_parameters());
}

TEST_P(SimilarityTest, HasTheSameBitsAtAnyNumberOfThreads) {
  const std::vector<LabelledTree> a = random_sentences(60, 20, 3), b = random_sentences(60, 20, 4);
  const std::vector<float> scores(60, 3.25f);
  SimilarityOptions options = options_;
  options.hidden_size = options.encoder.hidden_size = 20;
  const auto make_model = [&] {
    Rng rng(2);
    return Similarity(options, rng);
  };
  test::expect_same_bits_at_1_2_and_4_threads(make_model, [&](const Similarity& model) {
    Rng rng(3);
    return model.loss(test::pointers_to(a), test::pointers_to(b), scores, rng);
  });
}

TEST_P(SimilarityTest, SaysOfAPairWhatItSaysOfItAloneAndTheOtherWayRound) {
  SimilarityOptions options = options_;
  options.hidden_size = options.encoder.hidden_size = 19;
  const Similarity model(options, rng_);
  const std::vector<LabelledTree> a = random_sentences(40, 9, 5), b = random_sentences(40, 9, 6);
  const auto all_a = test::pointers_to(a), all_b = test::pointers_to(b);
  const std::vector<float> together = model.predict(all_a, all_b);
  EXPECT_EQ(model.predict(all_b, all_a), together);
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(model.predict({&all_a[i], 1}, {&all_b[i], 1})[0], together[i]);
    EXPECT_GE(together[i], 1.0f);
    EXPECT_LE(together[i], 5.0f);
  }
  EXPECT_TRUE(model.predict({}, {}).empty());
}

TEST_P(SimilarityTest, EvaluatesEveryPair) {
  const Similarity model = make(options_);
  const std::vector<LabelledTree> a = random_sentences(300, 4, 7), b = random_sentences(300, 4, 8);
  std::vector<float> scores(300);
  for (float& score : scores) score = rng_.uniform(1.0f, 5.0f);
  const std::vector<float> predicted = model.predict(test::pointers_to(a), test::pointers_to(b));
  EXPECT_EQ(training::evaluate(model, pairs_of(a, b, scores)),
            (training::Metrics{{"pearson", training::pearson(predicted, scores)},
                               {"spearman", training::spearman(predicted, scores)},
                               {"mse", training::mean_squared_error(predicted, scores)}}));
  EXPECT_TRUE(training::evaluate(model, {}).empty());
}

TEST_P(SimilarityTest, OptionsComeBackFromJson) {
  SimilarityOptions options = options_;
  options.output_gate = true;
  const auto back = from_json<SimilarityOptions>(to_json(options), "test");
  EXPECT_EQ(back.num_words, 9);
  EXPECT_EQ(back.input_size, 3);
  EXPECT_EQ(back.reader, GetParam());
  EXPECT_EQ(back.hidden_size, 2);
  EXPECT_TRUE(back.output_gate);
  EXPECT_EQ(back.similarity_size, 4);
  EXPECT_EQ(to_json(back.encoder), to_json(options.encoder));
  for (const char* text : {"{\"num_words\": 3}", "{", "[]", "{\"num_words\": \"many\"}"}) {
    const std::string error = test::error_of<ParseError>(
        [&] { from_json<SimilarityOptions>(text, "model.safetensors"); });
    EXPECT_EQ(error.find("model.safetensors: "), 0u) << error;
  }
}

// Sentences of words of one topic of two, the odd words or the even ones, and how much they share.
TEST_P(SimilarityTest, LearnsWhichSentencesAreRelated) {
  std::vector<LabelledTree> a = random_sentences(400, 4, 9), b = random_sentences(400, 4, 10);
  std::vector<float> scores;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const std::uint64_t topic_a = rng_.below(2), topic_b = rng_.below(2);
    for (auto& word : a[i].words) word = static_cast<std::uint32_t>(2 * rng_.below(4) + topic_a);
    for (auto& word : b[i].words) word = static_cast<std::uint32_t>(2 * rng_.below(4) + topic_b);
    scores.push_back(topic_a == topic_b ? 4.5f : 1.5f);
  }
  SimilarityOptions options = options_;
  options.input_size = 8;
  options.hidden_size = options.encoder.hidden_size = 12;
  options.encoder.num_layers = 1;
  const Similarity model(options, rng_);
  const std::vector<ScoredPair> pairs = pairs_of(a, b, scores);
  const std::span<const ScoredPair> all = pairs;
  Task task(model, {all.first(300), all.last(100), all.last(100)},
            {.learning_rate = 0.02, .l2 = 0.0, .adam = true}, "{}");
  const training::TrainingResult result =
      training::Trainer({.batch_size = 25, .epochs = 12}).fit(task);
  EXPECT_GT(result.test.at("pearson"), 0.95);
  EXPECT_LT(result.test.at("mse"), 0.2);
  const std::vector<std::uint32_t> some = {0, 2};
  EXPECT_EQ(task.num_nodes(some),
            a[0].words.size() + b[0].words.size() + a[2].words.size() + b[2].words.size());
}

TEST_P(SimilarityTest, LeavesWordVectorsAloneIfAsked) {
  const Similarity model = make(options_);
  const Tensor before = model.embedding().table().value().clone();
  const Tensor encoder_before = model.parameter("difference.weight").value().clone();
  const std::vector<ScoredPair> pairs = pairs_of(a_, b_, scores_);
  Task task(model, {pairs, pairs, {}}, {.embedding_learning_rate = 0.0}, "{}");
  training::Trainer({.epochs = 2}).fit(task);
  EXPECT_TRUE(bitwise_equal(before, model.embedding().table().value()));
  EXPECT_FALSE(bitwise_equal(encoder_before, model.parameter("difference.weight").value()));
}

TEST_P(SimilarityTest, RefusesWhatCannotBe) {
  const auto option_error = [&](const auto& change) {
    SimilarityOptions options = options_;
    change(options);
    return test::error_of<OptionError>([&] { Similarity(options, rng_); });
  };
  using Options = SimilarityOptions;
  for (const auto& [name, member] : std::vector<std::pair<std::string, int Options::*>>{
           {"num_words", &Options::num_words},
           {"input_size", &Options::input_size},
           {"similarity_size", &Options::similarity_size}}) {
    EXPECT_EQ(option_error([m = member](Options& o) { o.*m = 0; }).find(name + " is 0, expected"),
              0u);
  }
  EXPECT_EQ(option_error([](Options& o) {
              o.hidden_size = o.encoder.hidden_size = 0;
            }).find("hidden_size is 0, expected"),
            0u);

  const Similarity model = make(options_);
  const auto a = test::pointers_to(a_), b = test::pointers_to(b_);
  EXPECT_EQ(test::error_of<ShapeError>([&] { model.predict(a, std::span(b).first(2)); }),
            "6 sentences to be compared with 2, expected as many");
  EXPECT_EQ(
      test::error_of<OptionError>([&] { model.loss(a, b, std::span(scores_).first(2), rng_); }),
      "2 scores of 6 pairs, expected one for each");
  std::vector<LabelledTree> wordless = a_;
  wordless[2].words[0] = kNoWord;
  EXPECT_THROW(model.predict(test::pointers_to(wordless), b), ShapeError);
  std::vector<LabelledTree> shifted = a_;  // As many words as nodes, in all.
  shifted[1].words.push_back(shifted[0].words.back());
  shifted[0].words.pop_back();
  EXPECT_EQ(test::error_of<ShapeError>([&] { model.predict(test::pointers_to(shifted), b); }),
            message("a sentence of ", a_[0].tree.num_nodes(), " nodes has ", a_[0].words.size() - 1,
                    " words, expected one for each node"));

  EXPECT_EQ(test::error_of<OptionError>([&] { Task(model, {}, {}, "{}"); }),
            "no examples to train on");
}

TEST(SimilaritySizesTest, HasThePapersNumberOfParameters) {
  Rng rng(1);
  const Similarity model({.num_words = 10}, rng);
  std::size_t composition = 0;
  for (const NamedParameter& p : model.parameters()) {
    if (p.name.starts_with("encoder.")) composition += p.variable.value().size();
  }
  EXPECT_EQ(composition, 203'400u);
  EXPECT_EQ(model.num_parameters(), 203'400u + 10u * 300u        // Word vectors,
                                        + 2u * 150u * 50u + 50u  // comparison,
                                        + 50u * 5u + 5u);        // scores.
}

TEST(ScoreDistributionTest, HasTheScoreAsItsMean) {
  const std::vector<float> scores = {1.0f, 3.6f, 4.0f, 5.0f, 4.999f};
  const Tensor p = score_distribution(scores);
  EXPECT_TRUE(all_close(p, Tensor::from_values({5, 5}, {1, 0, 0,    0,      0,  //
                                                        0, 0, 0.4f, 0.6f,   0,  //
                                                        0, 0, 0,    1,      0,  //
                                                        0, 0, 0,    0,      1,  //
                                                        0, 0, 0,    0.001f, 0.999f})));
  for (const float score : {0.99f, 5.01f, std::numeric_limits<float>::quiet_NaN()}) {
    const std::vector<float> bad = {2.0f, score};
    EXPECT_EQ(test::error_of<OptionError>([&] { score_distribution(bad); }).find("score 1 is "),
              0u);
  }
}

}  // namespace
}  // namespace espalier::models
