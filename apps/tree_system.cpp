#include <espalier/apps/tree_system.h>

#include <utility>

#include <nlohmann/json.hpp>

#include <espalier/apps/model_experiment.h>
#include <espalier/apps/model_parts.h>
#include <espalier/apps/tree_data.h>
#include <espalier/apps/tree_model.h>
#include <espalier/models/tree_classifier.h>
#include <espalier/training/model_task.h>

namespace espalier::apps {
namespace {

// The defaults of Tai et al. 2015, or what suits ListOps.
struct Recipe {
  models::TreeClassifierOptions model;
  training::Recipe optimizer;
  std::size_t batch_size = 25;
  std::uint64_t epochs = 10;
  double rate_decay = 1.0;
};

Recipe recipe_of(std::string_view dataset) {
  if (tree_format(dataset) == TreeFormat::kBracketed) return {};
  return {.model = {.input_size = 32, .hidden_size = 64, .dropout = 0.0f},
          .optimizer = {.learning_rate = 0.004, .l2 = 0.0, .adam = true},
          .batch_size = 50,
          .epochs = 6,
          .rate_decay = 0.6};
}

}  // namespace

std::unique_ptr<Experiment> TreeSystem::prepare(std::string_view model, const DataOptions& options,
                                                const Settings& settings, Rng& rng,
                                                std::ostream& notes) const {
  Recipe recipe = recipe_of(options.dataset);
  TreeData data = load_tree_data(options);
  const auto vectors = load_vectors(settings, data.vocabulary, notes);
  override_with(settings.hidden_size, recipe.model.hidden_size);
  override_with(settings.dropout, recipe.model.dropout);
  override_with(settings.learning_rate, recipe.optimizer.learning_rate);
  override_with(settings.embedding_learning_rate, recipe.optimizer.embedding_learning_rate);
  override_with(settings.l2, recipe.optimizer.l2);
  recipe.model.input_size = input_size(settings, vectors, recipe.model.input_size);
  recipe.model.num_words = static_cast<int>(data.vocabulary.size());
  recipe.model.num_classes = static_cast<int>(data.classes.size());
  recipe.model.unpredicted_class = data.unpredicted_class;

  nlohmann::ordered_json described = configuration(model, options, espalier::to_json(recipe.model));
  described["words"] = data.vocabulary.words();
  described["classes"] = data.classes;
  auto experiment = std::make_unique<ModelExperiment<TreeData, models::TreeClassifier>>(
      std::move(data), recipe.model, recipe.optimizer, described, rng);
  insert_vectors(vectors, experiment->model().embedding().table());
  experiment->batch_size = recipe.batch_size;
  experiment->epochs = recipe.epochs;
  experiment->rate_decay = recipe.rate_decay;
  return experiment;
}

std::unique_ptr<TrainedModel> TreeSystem::load(const nlohmann::ordered_json& configuration,
                                               const training::Checkpoint& checkpoint,
                                               const std::string& source) const {
  const auto options =
      from_json<models::TreeClassifierOptions>(configuration.at("options").dump(), source);
  Rng rng(0);  // What it draws is replaced.
  auto model = std::make_unique<TreeModel>(
      words_of(configuration, "words", options.num_words, source),
      classes_of(configuration, options.num_classes, source), models::TreeClassifier(options, rng));
  load_best(model->classifier().parameters(), checkpoint, source);
  return model;
}

}  // namespace espalier::apps
