#include <espalier/apps/translation_system.h>

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include <espalier/apps/answering.h>
#include <espalier/apps/model_experiment.h>
#include <espalier/apps/model_parts.h>
#include <espalier/apps/recurrent_settings.h>
#include <espalier/datasets/dates.h>
#include <espalier/models/encoder_decoder.h>

namespace espalier::apps {
namespace {

datasets::Dates draw_dates(const DataOptions& options) {
  datasets::DatesOptions draw{.num_train = options.train_size.value_or(20'000)};
  draw.num_dev = draw.num_test = std::max<std::size_t>(1, draw.num_train / 8);
  return datasets::generate_dates(draw);
}

class TranslationModel final : public TrainedModel {
 public:
  TranslationModel(Vocabulary from, Vocabulary to, models::EncoderDecoder network)
      : from_(std::move(from)), to_(std::move(to)), network_(std::move(network)) {}

  training::Metrics evaluate(const DataOptions& options, std::string_view split) const override {
    datasets::Dates dates = draw_dates(options);
    std::vector<SequencePair>& pairs = split_of(dates, split);
    const auto source_numbers = renumbering(dates.vocabulary, from_);
    const auto target_numbers = renumbering(dates.target_vocabulary, to_);
    for (SequencePair& pair : pairs) {
      for (std::uint32_t& word : pair.source) word = source_numbers[word];
      for (std::uint32_t& word : pair.target) word = target_numbers[word];
    }
    return training::evaluate(network_, pairs);
  }

  void predict(datasets::LineReader& lines, std::ostream& out) const override {
    constexpr std::size_t kBeam = 4, kMaxLength = 64;
    while (const auto line = lines.next()) {
      std::vector<std::uint32_t> characters;
      for (const char c : *line) characters.push_back(from_.find(std::string_view(&c, 1)));
      const models::Hypothesis said = network_.beam(characters, kBeam, kMaxLength);
      std::string text;
      for (const std::uint32_t word : said.words) text += to_.word(word);
      out << nlohmann::ordered_json{{"text", text}, {"log_probability", said.log_probability}}
                 .dump()
          << '\n';
      check_written(out);
    }
  }
  const models::EncoderDecoder& network() const { return network_; }

 private:
  Vocabulary from_, to_;
  models::EncoderDecoder network_;
};

}  // namespace

std::vector<std::string_view> TranslationSystem::unused_settings(std::string_view model) const {
  return unused_recurrent_settings(model,
                                   {"--baselines", "--vectors", "--embedding-learning-rate"});
}

std::unique_ptr<Experiment> TranslationSystem::prepare(std::string_view model,
                                                       const DataOptions& options,
                                                       const Settings& settings, Rng& rng,
                                                       std::ostream&) const {
  datasets::Dates dates = draw_dates(options);
  const models::EncoderDecoderOptions built{
      .num_source_words = static_cast<int>(dates.vocabulary.size()),
      .num_target_words = static_cast<int>(dates.target_vocabulary.size()),
      .begin_word = dates.target_vocabulary.find(datasets::Dates::kBegin),
      .end_word = dates.target_vocabulary.find(datasets::Dates::kEnd),
      .input_size = settings.input_size.value_or(32),
      .encoder = recurrent_options(model, settings, {.hidden_size = 128, .bidirectional = true})};
  training::Recipe recipe{.learning_rate = 0.003, .l2 = 0.0, .adam = true};
  override_recipe(settings, recipe);
  nlohmann::ordered_json described = configuration(model, options, espalier::to_json(built));
  described["words"] = dates.vocabulary.words();
  described["target_words"] = dates.target_vocabulary.words();
  auto experiment = std::make_unique<ModelExperiment<datasets::Dates, models::EncoderDecoder>>(
      std::move(dates), built, recipe, described, rng);
  experiment->batch_size = 64;
  experiment->epochs = 15;
  experiment->rate_decay = 0.85;
  experiment->clip = 1.0;
  return experiment;
}

std::unique_ptr<TrainedModel> TranslationSystem::load(const nlohmann::ordered_json& configuration,
                                                      const training::Checkpoint& checkpoint,
                                                      const std::string& source) const {
  const auto options =
      from_json<models::EncoderDecoderOptions>(configuration.at("options").dump(), source);
  Rng rng(0);  // What it draws is replaced.
  auto model = std::make_unique<TranslationModel>(
      words_of(configuration, "words", options.num_source_words, source),
      words_of(configuration, "target_words", options.num_target_words, source),
      models::EncoderDecoder(options, rng));
  load_best(model->network().parameters(), checkpoint, source);
  return model;
}

}  // namespace espalier::apps
