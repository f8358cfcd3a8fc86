#include <cstdint>
#include <numeric>
#include <utility>

#include <nlohmann/json.hpp>

#include <espalier/apps/systems/make_system.h>
#include <espalier/apps/systems/recurrent.h>
#include <espalier/apps/systems/systems.h>
#include <espalier/datasets/characters.h>
#include <espalier/datasets/generated_text.h>
#include <espalier/datasets/text.h>
#include <espalier/models/language_model.h>

// Language models, a character at a time.
namespace espalier::apps {
namespace {

using models::LanguageModel;

// A text, and the examples that it is cut into.
struct LanguageData : Splits<std::vector<LanguageModel::Text>> {
  datasets::TextData text;
  Vocabulary vocabulary;
};
struct NoTraits {};
using Parts = SystemParts<LanguageModel, LanguageData, NoTraits>;
using TrainedLanguage = Trained<LanguageModel, NoTraits>;

struct TextOptions {
  std::filesystem::path text = {};

  static std::vector<Option> fields(TextOptions& o) {
    return {option("text", o.text,
                   "The file to learn from, UTF-8, plain or gzip; without it a text is drawn from "
                   "a small grammar")};
  }
};

LanguageData load_text(const TextOptions& options, const std::filesystem::path&) {
  LanguageData data;
  data.text = options.text.empty() ? datasets::text_data(datasets::generate_text({}))
                                   : datasets::load_text(options.text);
  data.vocabulary = data.text.vocabulary;
  auto pieces = models::pieces(data.text);
  data.train = std::move(pieces.train);
  data.dev = std::move(pieces.dev);
  data.test = std::move(pieces.test);
  return data;
}

// A split is one text.
training::Metrics measure(const TrainedLanguage& trained, LanguageData data, Split split) {
  std::vector<std::uint32_t> characters = data.text.of(split);
  renumber(characters, renumbering(data.vocabulary, trained.model.vocabulary));
  const LanguageModel::Text whole(characters);
  if (whole.size() < 2) return {};
  return training::evaluate(trained.model.network, {&whole, 1});
}

std::vector<std::uint32_t> numbers_of(std::string_view text, const Vocabulary& vocabulary) {
  std::vector<std::uint32_t> numbers;
  while (!text.empty()) {
    const std::string_view c = datasets::first_character(text).bytes;
    numbers.push_back(vocabulary.find(c));
    text.remove_prefix(c.size());
  }
  return numbers;
}

void predict(const TrainedLanguage& trained, datasets::LineReader& lines, std::ostream& out) {
  while (const auto line = lines.next()) {
    const std::vector<float> losses =
        trained.model.network.negative_log_likelihoods(numbers_of(*line, trained.model.vocabulary));
    const double sum = std::accumulate(losses.begin(), losses.end(), 0.0);
    out << nlohmann::ordered_json{{"log_probability", -sum}, {"characters", losses.size()}}.dump()
        << '\n';
    check_written(out);
  }
}

std::string generate(const TrainedLanguage& trained, const GenerateOptions& options) {
  Rng rng(options.seed);
  std::string text = options.prompt;
  for (const std::uint32_t c :
       trained.model.network.generate(numbers_of(options.prompt, trained.model.vocabulary),
                                      options.length, options.temperature, rng)) {
    text += trained.model.vocabulary.word(c);
  }
  return text;
}

Setup<LanguageModel> setup(std::string_view model, const Parts::Set&) {
  return {.model = {.encoder = recurrent_options(model, {.hidden_size = 256})},
          .training = {.recipe = {.learning_rate = 0.003, .l2 = 0.0, .adam = true},
                       .epochs = 10,
                       .batch_size = 32,
                       .rate_decay = 0.9,
                       .clip = 5.0}};
}

}  // namespace

System language_system() {
  return make_system<LanguageModel>(Parts{
      .models = recurrent_models(),
      .description = "language model, a character at a time; `espalier generate` lets it write",
      .metrics = "perplexity per character, the lower the better, chooses the best epoch; "
                 "bits_per_character",
      .examples = "a text, of which it says how likely it is",
      .data_sets = {data_set<TextOptions>(
          {.name = "text",
           .description = "a text, to be continued character by character; by default one is "
                          "drawn from a small grammar"},
          NoTraits(), load_text)},
      .setup = setup,
      .fit = [](auto& options, const auto& data,
                const NoTraits&) { options.num_words = static_cast<int>(data.vocabulary.size()); },
      .adjust = [](auto& given, const auto&,
                   const Run& run) { settle_memory(given.model.encoder, run); },
      .measure = measure,
      .predict = predict,
      .generate = generate});
}

}  // namespace espalier::apps
