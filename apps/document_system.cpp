#include <espalier/apps/document_system.h>

#include <utility>

#include <nlohmann/json.hpp>

#include <espalier/apps/document_data.h>
#include <espalier/apps/document_model.h>
#include <espalier/apps/model_parts.h>
#include <espalier/models/averaged_embedding.h>
#include <espalier/models/bag_of_words.h>
#include <espalier/models/document_han.h>
#include <espalier/training/model_task.h>

namespace espalier::apps {
namespace {

using models::DocumentClassifier;

// A model that is not trained, its options as JSON, and how it is trained.
struct Candidate {
  std::unique_ptr<DocumentClassifier> model;
  std::string options;
  training::Recipe recipe;
  std::uint64_t epochs = 0;
  std::size_t batch_size = 64;
};

Candidate make_han(const Dataset<LabelledDocument>& data, const Settings& settings,
                   const std::optional<datasets::WordVectors>& vectors, bool planted, Rng& rng) {
  models::DocumentHANOptions options{.num_words = static_cast<int>(data.vocabulary.size()),
                                     .num_classes = static_cast<int>(data.classes.size()),
                                     .dropout = planted ? 0.0f : 0.5f};
  if (planted) options.word_size = 32;
  options.word_size = input_size(settings, vectors, options.word_size);
  override_with(settings.hidden_size, options.hidden_size);
  override_with(settings.dropout, options.dropout);
  auto model = std::make_unique<models::DocumentHAN>(options, rng);
  insert_vectors(vectors, model->embedding().table());
  return {.model = std::move(model),
          .options = espalier::to_json(options),
          .recipe = {.learning_rate = planted ? 0.003 : 0.001, .l2 = 0.0, .adam = true},
          .epochs = planted ? 15u : 6u,
          .batch_size = planted ? 16u : 64u};
}

Candidate make_averaged_embedding(const Dataset<LabelledDocument>& data, const Settings& settings,
                                  const std::optional<datasets::WordVectors>& vectors, Rng& rng) {
  models::AveragedEmbeddingOptions options{.num_words = static_cast<int>(data.vocabulary.size()),
                                           .hidden_size = settings.hidden_size.value_or(0),
                                           .num_classes = static_cast<int>(data.classes.size()),
                                           .dropout = settings.dropout.value_or(0.5f)};
  options.word_size = input_size(settings, vectors, options.word_size);
  auto model = std::make_unique<models::AveragedEmbedding>(options, rng);
  insert_vectors(vectors, model->embedding().table());
  return {.model = std::move(model),
          .options = espalier::to_json(options),
          .recipe = {.learning_rate = 0.002, .l2 = 0.0, .adam = true},
          .epochs = 15};
}

Candidate make_bag_of_words(const Dataset<LabelledDocument>& data) {
  const models::BagOfWordsOptions options{.num_words = static_cast<int>(data.vocabulary.size()),
                                          .num_classes = static_cast<int>(data.classes.size())};
  return {.model = std::make_unique<models::BagOfWords>(options),
          .options = espalier::to_json(options),
          .recipe = {.learning_rate = 0.02, .l2 = 1e-6, .adam = true},
          .epochs = 25};
}

Candidate make_candidate(std::string_view model, const Dataset<LabelledDocument>& data,
                         const Settings& settings,
                         const std::optional<datasets::WordVectors>& vectors, bool planted,
                         Rng& rng) {
  if (model == "document-han") return make_han(data, settings, vectors, planted, rng);
  if (model == "averaged-embedding") return make_averaged_embedding(data, settings, vectors, rng);
  return make_bag_of_words(data);
}

class DocumentExperiment final : public Experiment {
 public:
  DocumentExperiment(std::shared_ptr<const Dataset<LabelledDocument>> data, Candidate candidate,
                     const nlohmann::ordered_json& configuration)
      : data_(std::move(data)),
        model_(std::move(candidate.model)),
        task_(*model_, {.train = data_->train, .dev = data_->dev, .test = data_->test},
              candidate.recipe, configuration.dump()) {
    batch_size = candidate.batch_size;
    epochs = candidate.epochs;
    clip = 5.0;
  }
  training::Task& task() override { return task_; }

 private:
  std::shared_ptr<const Dataset<LabelledDocument>> data_;
  std::unique_ptr<DocumentClassifier> model_;
  training::ModelTask<models::DocumentClassifier> task_;
};

}  // namespace

std::unique_ptr<Experiment> DocumentSystem::prepare(std::string_view model,
                                                    const DataOptions& options,
                                                    const Settings& settings, Rng& rng,
                                                    std::ostream& notes) const {
  const auto data = std::make_shared<const Dataset<LabelledDocument>>(load_document_data(options));
  const auto vectors = load_vectors(settings, data->vocabulary, notes);
  const bool planted = options.dataset == "planted-documents";
  const auto make = [&](std::string_view name, const Settings& own) {
    Candidate candidate = make_candidate(name, *data, own, vectors, planted, rng);
    override_with(own.learning_rate, candidate.recipe.learning_rate);
    override_with(own.embedding_learning_rate, candidate.recipe.embedding_learning_rate);
    override_with(own.l2, candidate.recipe.l2);
    nlohmann::ordered_json described = configuration(name, options, candidate.options);
    described["words"] = data->vocabulary.words();
    described["classes"] = data->classes;
    return std::make_unique<DocumentExperiment>(data, std::move(candidate), described);
  };
  auto experiment = make(model, settings);
  for (const std::string_view name : models()) {
    if (!settings.baselines || name == model) continue;
    // What was said is said of the model, not of what it is compared with.
    experiment->baselines.emplace_back(
        name, make(name, {.vectors = settings.vectors, .seed = settings.seed}));
  }
  return experiment;
}

std::unique_ptr<TrainedModel> DocumentSystem::load(const nlohmann::ordered_json& configuration,
                                                   const training::Checkpoint& checkpoint,
                                                   const std::string& source) const {
  const std::string name = configuration.at("model");
  const std::string text = configuration.at("options").dump();
  Rng rng(0);  // What it draws is replaced.
  std::unique_ptr<DocumentClassifier> classifier;
  int num_words = 0;
  if (name == "document-han") {
    const auto options = from_json<models::DocumentHANOptions>(text, source);
    num_words = options.num_words;
    classifier = std::make_unique<models::DocumentHAN>(options, rng);
  } else if (name == "averaged-embedding") {
    const auto options = from_json<models::AveragedEmbeddingOptions>(text, source);
    num_words = options.num_words;
    classifier = std::make_unique<models::AveragedEmbedding>(options, rng);
  } else {
    const auto options = from_json<models::BagOfWordsOptions>(text, source);
    num_words = options.num_words;
    classifier = std::make_unique<models::BagOfWords>(options);
  }
  load_best(classifier->parameters(), checkpoint, source);
  const int num_classes = classifier->num_classes();
  return std::make_unique<DocumentModel>(words_of(configuration, "words", num_words, source),
                                         classes_of(configuration, num_classes, source),
                                         std::move(classifier));
}

}  // namespace espalier::apps
