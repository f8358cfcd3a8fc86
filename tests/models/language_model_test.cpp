#include <espalier/models/language_model.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include <espalier/base/error.h>
#include <espalier/ops/gradient_check.h>
#include <espalier/training/gradients.h>
#include <espalier/training/trainer.h>

#include "tests/models/sequences.h"
#include "tests/support/errors.h"

namespace espalier::models {
namespace {

using Task = training::ModelTask<LanguageModel>;

using test::Words;
using Text = LanguageModel::Text;

LanguageModelOptions small_options(RecurrentKind kind = RecurrentKind::kLSTM) {
  return {.num_words = 5,
          .input_size = 3,
          .encoder = {.kind = kind, .hidden_size = 2, .num_layers = 2}};
}

Words random_text(std::size_t length, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Words text(length);
  for (std::uint32_t& c : text) c = static_cast<std::uint32_t>(random() % 5);
  return text;
}

// -log p of what follows each character, from some states on, which become those after the text's
// last character but one.
test::Vector reference_surprise(const LanguageModelOptions& options, const test::Values& values,
                                Text text, std::vector<test::Vector>& h,
                                std::vector<test::Vector>& c) {
  const test::ReferenceStack states = test::reference_stack(
      options.encoder, values, "encoder",
      test::look_up(values.at("embedding.weight"), text.first(text.size() - 1)), h, c);
  test::Vector surprise;
  for (std::size_t t = 0; t + 1 < text.size(); ++t) {
    const test::Vector logits = test::affine(values, "output", test::row(states.h, t));
    surprise.push_back(-test::log_probability(logits, text[t + 1]));
  }
  h = states.last_h;
  c = states.last_c;
  return surprise;
}

double sum(const test::Vector& values) {
  double total = 0.0;
  for (const double value : values) total += value;
  return total;
}

class LanguageModelTest : public testing::Test {
 protected:
  LanguageModel make(const LanguageModelOptions& options) {
    LanguageModel model(options, rng_);
    test::draw_parameters(model, rng_);
    return model;
  }

  Rng rng_{1};
};

// Longer than what is read at once.
TEST_F(LanguageModelTest, SurpriseAgreesWithTheEquations) {
  const Words text = random_text(1200, 1);
  for (const RecurrentKind kind :
       {RecurrentKind::kRNN, RecurrentKind::kLSTM, RecurrentKind::kGRU}) {
    const LanguageModelOptions options = small_options(kind);
    const LanguageModel model = make(options);
    std::vector<test::Vector> h, c;
    const test::Vector expected =
        reference_surprise(options, test::values_of(model, {}), text, h, c);
    const std::vector<float> actual = model.negative_log_likelihoods(text);
    ASSERT_EQ(actual.size(), expected.size());
    for (std::size_t t = 0; t < actual.size(); ++t) EXPECT_NEAR(actual[t], expected[t], 5e-6);
    const double mean = sum(expected) / static_cast<double>(expected.size());
    const Text whole(text);
    const training::Metrics metrics = training::evaluate(model, {&whole, 1});
    EXPECT_EQ(metrics.size(), 2u);
    EXPECT_NEAR(metrics.at("perplexity"), std::exp(mean), 1e-5);
    EXPECT_NEAR(metrics.at("bits_per_character"), mean / std::log(2.0), 1e-5);
  }
  const LanguageModel model = make(small_options());
  EXPECT_TRUE(model.negative_log_likelihoods(Text(text).first(1)).empty());
  EXPECT_TRUE(model.negative_log_likelihoods({}).empty());
}

// The values cross the edges of windows, so the loss does not depend on them.
TEST_F(LanguageModelTest, LossIsTheMeanSurpriseWhateverTheWindow) {
  const LanguageModel model = make(small_options());
  const Words a = random_text(20, 2), b = random_text(9, 3), c = random_text(2, 4);
  const std::vector<Text> texts = {a, b, c};
  double expected = 0.0;
  for (const Text text : texts) {
    for (const float s : model.negative_log_likelihoods(text))
      expected += static_cast<double>(s) / (19 + 8 + 1);
  }
  for (const std::size_t window : {1u, 2u, 3u, 8u, 19u, 20u, 1000u}) {
    EXPECT_NEAR(model.loss(texts, window, rng_).item(), expected, 2e-6) << window;
  }
}

// Of all parameters; that of a table is made of rows, which go into the whole one.
std::vector<Tensor> gradients(const LanguageModel& model, const Variable& loss) {
  loss.backward();
  std::vector<Tensor> result;
  for (const NamedParameter& p : model.parameters()) {
    p.variable.mutable_gradient();
    training::merge_row_gradient(p.variable);
    result.push_back(p.variable.gradient().clone());
  }
  model.clear_gradients();
  return result;
}

TEST_F(LanguageModelTest, AWindowAsLongAsTheTextIsNoTruncation) {
  const LanguageModel model = make(small_options());
  const Words a = random_text(20, 5);
  const std::vector<Text> texts = {a};
  constexpr std::size_t kNoEnd = std::numeric_limits<std::size_t>::max();
  const std::vector<Tensor> all = gradients(model, model.loss(texts, kNoEnd, rng_));
  const std::vector<Tensor> same = gradients(model, model.loss(texts, 19, rng_));
  const std::vector<Tensor> truncated = gradients(model, model.loss(texts, 5, rng_));
  for (std::size_t p = 0; p < all.size(); ++p) {
    const std::string& name = model.parameters()[p].name;
    EXPECT_TRUE(bitwise_equal(same[p], all[p])) << name;
    // What acts after the states alone has the same gradient either way.
    EXPECT_EQ(all_close(truncated[p], all[p], 1e-4f, 1e-5f), name.starts_with("output.")) << name;
  }
}

TEST_F(LanguageModelTest, GradientsStopAtTheEdgesOfWindows) {
  const Words text = random_text(12, 6);
  for (const RecurrentKind kind : {RecurrentKind::kLSTM, RecurrentKind::kGRU}) {
    const LanguageModelOptions options = small_options(kind);
    const LanguageModel model = make(options);
    for (const std::size_t window : {1u, 4u, 11u}) {
      // The states at the edges are as they are, whatever becomes of the parameters.
      std::vector<std::vector<test::Vector>> h(1), c(1);
      const auto loss_of_windows = [&](const test::Values& values, bool go_on) {
        double total = 0.0;
        for (std::size_t i = 0; i * window + 1 < text.size(); ++i) {
          const std::size_t length = std::min(window, text.size() - 1 - i * window);
          std::vector<test::Vector> h_i = h[i], c_i = c[i];
          total += sum(reference_surprise(options, values,
                                          Text(text).subspan(i * window, length + 1), h_i, c_i));
          if (!go_on) continue;
          h.push_back(h_i);
          c.push_back(c_i);
        }
        return total / static_cast<double>(text.size() - 1);
      };
      const test::Values values = test::values_of(model, {});
      loss_of_windows(values, true);
      const test::Values expected = test::gradients_by_differences(
          [&](const test::Values& v) { return loss_of_windows(v, false); }, values);
      const std::vector<Text> texts = {text};
      const std::vector<Tensor> actual = gradients(model, model.loss(texts, window, rng_));
      for (std::size_t p = 0; p < actual.size(); ++p) {
        const std::string& name = model.parameters()[p].name;
        EXPECT_TRUE(test::close(actual[p], expected.at(name), 5e-6)) << name << ' ' << window;
      }
    }
  }
}

TEST_F(LanguageModelTest, GradientsMatchFiniteDifferences) {
  const LanguageModel model = make(small_options());
  const Words a = random_text(9, 7), b = random_text(5, 8);
  const std::vector<Text> texts = {a, b};
  const GradientCheck check =
      check_gradients([&] { return model.loss(texts, 8, rng_); }, model.parameters());
  EXPECT_TRUE(check.ok) << check.to_string();
  EXPECT_EQ(check.num_checked, model.num_parameters());
}

TEST_F(LanguageModelTest, HasTheSameBitsAtAnyNumberOfThreads) {
  std::vector<Words> words;
  for (std::size_t i = 0; i < 20; ++i) words.push_back(random_text(30 + i, 9 + i));
  const std::vector<Text> texts(words.begin(), words.end());
  const auto make_model = [] {
    LanguageModelOptions options = small_options();
    options.dropout = 0.2f;
    options.encoder.hidden_size = 20;
    options.encoder.dropout = 0.2f;
    Rng rng(2);
    return LanguageModel(options, rng);
  };
  test::expect_same_bits_at_1_2_and_4_threads(make_model, [&](const LanguageModel& model) {
    Rng rng(3);
    return model.loss(texts, 10, rng);
  });
}

TEST_F(LanguageModelTest, WithoutTemperatureItSaysTheLikeliest) {
  for (int draw = 0; draw < 5; ++draw) {
    const LanguageModel model = make(small_options());
    const Words prompt = random_text(6, 10);
    Rng unused(0);
    const Words said = model.generate(prompt, 8, 0.0, unused);
    ASSERT_EQ(said.size(), 8u);
    EXPECT_EQ(unused.state(), Rng(0).state());
    Words text = prompt;
    for (const std::uint32_t c : said) {
      std::vector<float> surprise;  // At each character that could follow.
      for (std::uint32_t next = 0; next < 5; ++next) {
        text.push_back(next);
        surprise.push_back(model.negative_log_likelihoods(text).back());
        text.pop_back();
      }
      EXPECT_EQ(std::ranges::min_element(surprise) - surprise.begin(), c);
      text.push_back(c);
    }
  }
}

TEST_F(LanguageModelTest, DrawsByProbabilityAndTemperature) {
  const LanguageModel model(small_options(), rng_);
  test::draw_parameters(model, rng_, 0.0f);  // All that is left to tell characters apart:
  Tensor& bias = model.parameter("output.bias").mutable_value();
  bias = Tensor::from_values({5}, {1.0f, 0.0f, -1.0f, 0.5f, -200.0f});
  for (const double temperature : {0.5, 1.0, 3.0}) {
    Rng rng(4);
    const Words said = model.generate({}, 8000, temperature, rng);
    double total = 0.0;
    for (const float b : bias.flat()) total += std::exp(static_cast<double>(b) / temperature);
    for (std::uint32_t c = 0; c < 5; ++c) {
      const double p = std::exp(static_cast<double>(bias.data()[c]) / temperature) / total;
      const double share = static_cast<double>(std::ranges::count(said, c)) / 8000.0;
      EXPECT_NEAR(share, p, 4.0 * std::sqrt(p * (1.0 - p) / 8000.0) + 1e-9) << temperature;
    }
    Rng again(4);
    EXPECT_EQ(model.generate({}, 50, temperature, again), Words(said.begin(), said.begin() + 50));
  }
  EXPECT_TRUE(model.generate({}, 0, 1.0, rng_).empty());
}

TEST_F(LanguageModelTest, GoesOnFromThePrompt) {
  const LanguageModel model = make(small_options());
  const Words prompt = random_text(5, 11), zero = {0};
  Rng unused(0);
  const Words all = model.generate(prompt, 10, 0.0, unused);
  Words longer = prompt;
  longer.insert(longer.end(), all.begin(), all.begin() + 4);
  EXPECT_EQ(model.generate(longer, 6, 0.0, unused), Words(all.begin() + 4, all.end()));
  EXPECT_EQ(model.generate({}, 6, 0.0, unused), model.generate(zero, 6, 0.0, unused));
}

TEST_F(LanguageModelTest, OptionsComeBackFromJson) {
  LanguageModelOptions options = small_options();
  options.dropout = 0.25f;
  const auto back = from_json<LanguageModelOptions>(to_json(options), "test");
  EXPECT_EQ(back.num_words, 5);
  EXPECT_EQ(back.input_size, 3);
  EXPECT_EQ(back.dropout, 0.25f);
  EXPECT_EQ(to_json(back.encoder), to_json(options.encoder));
  for (const char* text : {"{\"num_words\": 3}", "{", "[]", "{\"num_words\": \"many\"}"}) {
    const std::string error = test::error_of<ParseError>(
        [&] { from_json<LanguageModelOptions>(text, "model.safetensors"); });
    EXPECT_EQ(error.find("model.safetensors: "), 0u) << error;
  }
}

TEST_F(LanguageModelTest, PiecesLeaveNothingOut) {
  LanguageModelOptions options = small_options();
  options.window = 4;
  const LanguageModel model = make(options);
  const Words text = random_text(31, 12);
  const std::vector<Text> cut = pieces(text, 8);
  ASSERT_EQ(cut.size(), 4u);  // 30 to be predicted: 8, 8, 8 and 6.
  Task task(model, {cut, {}, {}}, {}, "{}");
  const std::vector<std::uint32_t> all = {0, 1, 2, 3}, first = {0}, last = {3};
  EXPECT_EQ(task.num_nodes(all), 30u);
  EXPECT_EQ(task.num_nodes(last), 6u);
  double expected = 0.0;
  for (const std::size_t begin : {0u, 8u, 16u, 24u}) {
    const Text piece = Text(text).subspan(begin, std::min<std::size_t>(9, 31 - begin));
    for (const float s : model.negative_log_likelihoods(piece)) {
      expected += static_cast<double>(s) / 30.0;
    }
  }
  EXPECT_NEAR(task.loss(all, rng_).item(), expected, 2e-6);
  const std::vector<Text> piece = {Text(text).first(9)};
  EXPECT_EQ(task.loss(first, rng_).item(), model.loss(piece, 4, rng_).item());

  EXPECT_EQ(pieces(Text(text).first(17), 8).size(), 2u);
  EXPECT_EQ(pieces(Text(text).first(2), 8).size(), 1u);
}

TEST_F(LanguageModelTest, LearnsATextThatRepeats) {
  // What follows 0 depends on what came four characters before: 0 1 0 2 0 1 0 2 …
  Words text;
  for (std::size_t i = 0; i < 1500; ++i) text.push_back(std::array{0u, 1u, 0u, 2u}[i % 4]);
  const LanguageModel model({.num_words = 3,
                             .input_size = 8,
                             .window = 5,
                             .encoder = {.kind = RecurrentKind::kGRU, .hidden_size = 12}},
                            rng_);
  const Text all = text;
  Dataset<Text> data;
  data.train = pieces(all.first(1201), 20);
  data.dev = data.test = {all.last(299)};
  EXPECT_GT(training::evaluate(model, {&all, 1}).at("perplexity"), 2.0);
  const training::TrainingResult result =
      training::Trainer(
          {.batch_size = 5,
           .epochs = 10,
           .recipe = training::Recipe{.learning_rate = 0.02, .l2 = 0.0, .adam = true}})
          .fit(model, data);
  EXPECT_LT(result.test.at("perplexity"), 1.1);
  double least = result.epochs[0].dev.at("perplexity");
  for (const training::EpochReport& epoch : result.epochs) {
    least = std::min(least, epoch.dev.at("perplexity"));
  }
  EXPECT_EQ(result.test.at("perplexity"), least);
  EXPECT_EQ(model.generate(all.first(9), 20, 0.0, rng_),
            Words(text.begin() + 9, text.begin() + 29));
}

TEST_F(LanguageModelTest, RefusesWhatCannotBe) {
  const auto option_error = [&](const auto& change) {
    LanguageModelOptions options = small_options();
    change(options);
    return test::error_of<OptionError>([&] { LanguageModel(options, rng_); });
  };
  using Options = LanguageModelOptions;
  EXPECT_EQ(option_error([](Options& o) { o.num_words = 0; }).find("num_words is 0, expected"), 0u);
  EXPECT_EQ(option_error([](Options& o) { o.input_size = 0; }).find("input_size is 0, expected"),
            0u);
  EXPECT_EQ(option_error([](Options& o) { o.dropout = -1.0f; }),
            "dropout is -1, expected at least 0 and less than 1");
  EXPECT_EQ(option_error([](Options& o) { o.encoder.bidirectional = true; }),
            "a language model that reads from the end would know what it is to say");

  const LanguageModel model = make(small_options());
  const Words text = random_text(9, 13), short_text = {1}, bad = {0, 1, 5};
  const auto loss_error = [&](const std::vector<Text>& texts, std::size_t window) {
    return test::error_of<OptionError>([&] { model.loss(texts, window, rng_); });
  };
  EXPECT_EQ(loss_error({}, 3), "no texts to learn from");
  EXPECT_EQ(loss_error({text}, 0), "windows of 0 characters, expected 1 or more");
  EXPECT_EQ(loss_error({text, short_text}, 3), "text 1 has 1 characters, expected 2 or more");
  const std::vector<Text> bad_texts = {bad};
  EXPECT_THROW(model.loss(bad_texts, 3, rng_), ShapeError);
  EXPECT_EQ(test::error_of<ShapeError>([&] { model.negative_log_likelihoods(bad); }),
            "text: id 5 at position 2, expected less than 5");
  EXPECT_THROW(model.generate(bad, 3, 1.0, rng_), ShapeError);
  for (const double temperature :
       {-0.5, std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_EQ(test::error_of<OptionError>([&] {
                model.generate(text, 3, temperature, rng_);
              }).find("temperature "),
              0u);
  }
  EXPECT_EQ(option_error([](Options& o) { o.window = 0; }), "window is 0, expected 1 or more");
  EXPECT_EQ(test::error_of<OptionError>([&] { pieces(text, 0); }),
            "pieces of 0 characters, expected 1 or more");
  EXPECT_EQ(test::error_of<OptionError>([&] { pieces(short_text, 8); }),
            "a text of 1 characters to learn from, expected 2 or more");
  const std::vector<Text> texts = {text, short_text};
  EXPECT_EQ(test::error_of<OptionError>([&] { training::evaluate(model, texts); }),
            "text 1 has 1 characters, expected 2 or more");
}

}  // namespace
}  // namespace espalier::models
