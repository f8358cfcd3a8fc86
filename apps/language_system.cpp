#include <espalier/apps/language_system.h>

#include <numeric>
#include <utility>

#include <nlohmann/json.hpp>

#include <espalier/apps/model_experiment.h>
#include <espalier/apps/model_parts.h>
#include <espalier/apps/recurrent_settings.h>
#include <espalier/datasets/characters.h>
#include <espalier/datasets/generated_text.h>
#include <espalier/datasets/text.h>
#include <espalier/models/language_model.h>

namespace espalier::apps {
namespace {

datasets::TextData load_data(const DataOptions& options) {
  if (!options.text.empty()) return datasets::load_text(options.text);
  return datasets::text_data(datasets::generate_text({}));
}

// A text, and the examples that it is cut into.
struct LanguageData {
  datasets::TextData text;
  std::vector<models::LanguageModel::Text> train, dev, test;
};

class LanguageSystemModel final : public TrainedModel {
 public:
  LanguageSystemModel(Vocabulary vocabulary, models::LanguageModel network)
      : vocabulary_(std::move(vocabulary)), network_(std::move(network)) {}

  training::Metrics evaluate(const DataOptions& options, std::string_view split) const override {
    datasets::TextData text = load_data(options);
    std::vector<std::uint32_t>& characters = split_of(text, split);
    const auto numbers = renumbering(text.vocabulary, vocabulary_);
    for (std::uint32_t& c : characters) c = numbers[c];
    const models::LanguageModel::Text whole(characters);
    return whole.size() < 2 ? training::Metrics() : training::evaluate(network_, {&whole, 1});
  }

  void predict(datasets::LineReader& lines, std::ostream& out) const override {
    while (const auto line = lines.next()) {
      const std::vector<float> losses = network_.negative_log_likelihoods(numbers_of(*line));
      const double sum = std::accumulate(losses.begin(), losses.end(), 0.0);
      out << nlohmann::ordered_json{{"log_probability", -sum}, {"characters", losses.size()}}.dump()
          << '\n';
      check_written(out);
    }
  }

  std::string generate(const GenerateOptions& options) const override {
    Rng rng(options.seed);
    std::string text = options.prompt;
    for (const std::uint32_t c :
         network_.generate(numbers_of(options.prompt), options.length, options.temperature, rng)) {
      text += vocabulary_.word(c);
    }
    return text;
  }
  const models::LanguageModel& network() const { return network_; }

 private:
  std::vector<std::uint32_t> numbers_of(std::string_view text) const {
    std::vector<std::uint32_t> numbers;
    while (!text.empty()) {
      const std::string_view c = datasets::first_character(text).bytes;
      numbers.push_back(vocabulary_.find(c));
      text.remove_prefix(c.size());
    }
    return numbers;
  }

  Vocabulary vocabulary_;
  models::LanguageModel network_;
};

}  // namespace

std::vector<std::string_view> LanguageSystem::unused_settings(std::string_view model) const {
  return unused_recurrent_settings(
      model, {"--baselines", "--vectors", "--embedding-learning-rate", "--bidirectional"});
}

std::unique_ptr<Experiment> LanguageSystem::prepare(std::string_view model,
                                                    const DataOptions& options,
                                                    const Settings& settings, Rng& rng,
                                                    std::ostream&) const {
  datasets::TextData text = load_data(options);
  const models::LanguageModelOptions built{
      .num_words = static_cast<int>(text.vocabulary.size()),
      .input_size = settings.input_size.value_or(64),
      .dropout = settings.dropout.value_or(0.0f),
      .encoder = recurrent_options(model, settings, {.hidden_size = 256})};
  training::Recipe recipe{.learning_rate = 0.003, .l2 = 0.0, .adam = true};
  override_recipe(settings, recipe);
  nlohmann::ordered_json described = configuration(model, options, espalier::to_json(built));
  described["words"] = text.vocabulary.words();
  Dataset<models::LanguageModel::Text> examples = models::pieces(text);
  LanguageData parts{.text = std::move(text),
                     .train = std::move(examples.train),
                     .dev = std::move(examples.dev),
                     .test = std::move(examples.test)};
  auto experiment = std::make_unique<ModelExperiment<LanguageData, models::LanguageModel>>(
      std::move(parts), built, recipe, described, rng);
  experiment->batch_size = 32;
  experiment->epochs = 10;
  experiment->rate_decay = 0.9;
  experiment->clip = 5.0;
  return experiment;
}

std::unique_ptr<TrainedModel> LanguageSystem::load(const nlohmann::ordered_json& configuration,
                                                   const training::Checkpoint& checkpoint,
                                                   const std::string& source) const {
  const auto options =
      from_json<models::LanguageModelOptions>(configuration.at("options").dump(), source);
  Rng rng(0);  // What it draws is replaced.
  auto model = std::make_unique<LanguageSystemModel>(
      words_of(configuration, "words", options.num_words, source),
      models::LanguageModel(options, rng));
  load_best(model->network().parameters(), checkpoint, source);
  return model;
}

}  // namespace espalier::apps
