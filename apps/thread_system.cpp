#include <espalier/apps/thread_system.h>

#include <utility>

#include <nlohmann/json.hpp>

#include <espalier/apps/model_parts.h>
#include <espalier/apps/recurrent_settings.h>
#include <espalier/apps/thread_data.h>
#include <espalier/apps/thread_model.h>

namespace espalier::apps {
namespace {

using models::ThreadClassifierOptions;
using models::ThreadStates;
using ThreadData = std::shared_ptr<const datasets::ThreadDataset>;

class ThreadExperiment final : public Experiment {
 public:
  ThreadExperiment(ThreadData data, std::string_view dataset,
                   const ThreadClassifierOptions& options, const training::Recipe& recipe,
                   const nlohmann::ordered_json& configuration,
                   const std::optional<datasets::WordVectors>& vectors, Rng& rng)
      : data_(std::move(data)),
        model_(options, rng),
        task_(model_, {.train = data_->train, .dev = data_->dev, .test = data_->test}, recipe,
              configuration.dump(), models::ThreadEvaluation(thread_metrics(dataset))) {
    insert_vectors(vectors, model_.embedding().table());
    batch_size = 16;
    epochs = dataset == "reddit" ? 12 : 20;
    clip = 5.0;
  }
  training::Task& task() override { return task_; }

 private:
  ThreadData data_;
  models::ThreadClassifier model_;
  training::ModelTask<models::ThreadClassifier> task_;
};

ThreadClassifierOptions classifier_options(const datasets::ThreadDataset& data, bool generated,
                                           const Settings& settings) {
  ThreadClassifierOptions options{.num_words = static_cast<int>(data.vocabulary.size()),
                                  .word_size = generated ? 16 : 100,
                                  .num_features = static_cast<int>(data.feature_names.size()),
                                  .num_classes = static_cast<int>(data.classes.size()),
                                  .hidden_size = generated ? 64 : 100,
                                  .dropout = generated ? 0.0f : 0.3f};
  override_with(settings.hidden_size, options.hidden_size);
  override_with(settings.dropout, options.dropout);
  const std::string states = settings.states.value_or("both");
  options.states = states == "forward"    ? ThreadStates::kForward
                   : states == "backward" ? ThreadStates::kBackward
                   : states == "none"     ? ThreadStates::kNone
                                          : ThreadStates::kBoth;
  const std::string edges = settings.edges.value_or("both");
  options.edges = edges == "hierarchical" ? ReplyEdges::kHierarchical
                  : edges == "chain"      ? ReplyEdges::kChain
                                          : ReplyEdges::kBoth;
  if (settings.readout == "levels") options.readout = models::ThreadReadout::kLevels;
  if (settings.tanh_candidate) options.candidate = Candidate::kTanh;
  if (settings.trained_null) options.null_state = NullState::kTrained;
  return options;
}

// What the paper compares with: the model without some of its parts.
std::vector<std::pair<std::string, ThreadClassifierOptions>> ablations(
    const ThreadClassifierOptions& options) {
  std::vector<std::pair<std::string, ThreadClassifierOptions>> all;
  const auto add = [&](const char* name, ThreadStates states, ReplyEdges edges) {
    if (options.states == states && options.edges == edges) return;
    ThreadClassifierOptions without = options;
    without.states = states;
    without.edges = edges;
    all.emplace_back(name, without);
  };
  add("each comment by itself", ThreadStates::kNone, ReplyEdges::kBoth);
  add("forward alone", ThreadStates::kForward, ReplyEdges::kBoth);
  add("backward alone", ThreadStates::kBackward, ReplyEdges::kBoth);
  add("without temporal edges", ThreadStates::kBoth, ReplyEdges::kHierarchical);
  add("a chain in time", ThreadStates::kBoth, ReplyEdges::kChain);
  return all;
}

}  // namespace

std::vector<std::string_view> ThreadSystem::unused_settings(std::string_view) const {
  return {"--layers", "--bidirectional", "--peephole", "--coupled", "--forget-bias", "--chrono"};
}

std::unique_ptr<Experiment> ThreadSystem::prepare(std::string_view model,
                                                  const DataOptions& options,
                                                  const Settings& settings, Rng& rng,
                                                  std::ostream& notes) const {
  const auto data = std::make_shared<const datasets::ThreadDataset>(load_thread_data(options));
  const auto vectors = load_vectors(settings, data->vocabulary, notes);
  const bool generated = options.dataset == "threads";
  ThreadClassifierOptions built = classifier_options(*data, generated, settings);
  built.word_size = input_size(settings, vectors, built.word_size);
  training::Recipe recipe{.learning_rate = generated ? 0.005 : 0.001, .l2 = 0.0, .adam = true};
  override_recipe(settings, recipe);
  const auto make = [&](const ThreadClassifierOptions& some) {
    nlohmann::ordered_json described = configuration(model, options, espalier::to_json(some));
    described["words"] = data->vocabulary.words();
    described["classes"] = data->classes;
    return std::make_unique<ThreadExperiment>(data, options.dataset, some, recipe, described,
                                              vectors, rng);
  };
  auto experiment = make(built);
  if (!settings.baselines) return experiment;
  for (const auto& [name, some] : ablations(built)) {
    experiment->baselines.emplace_back(name, make(some));
    override_with(settings.epochs, experiment->baselines.back().second->epochs);
    override_with(settings.batch_size, experiment->baselines.back().second->batch_size);
    override_with(settings.rate_decay, experiment->baselines.back().second->rate_decay);
    override_with(settings.clip, experiment->baselines.back().second->clip);
  }
  return experiment;
}

std::unique_ptr<TrainedModel> ThreadSystem::load(const nlohmann::ordered_json& configuration,
                                                 const training::Checkpoint& checkpoint,
                                                 const std::string& source) const {
  const auto options =
      from_json<models::ThreadClassifierOptions>(configuration.at("options").dump(), source);
  Rng rng(0);  // What it draws is replaced.
  auto model =
      std::make_unique<ThreadModel>(words_of(configuration, "words", options.num_words, source),
                                    classes_of(configuration, options.num_classes, source),
                                    models::ThreadClassifier(options, rng));
  load_best(model->classifier().parameters(), checkpoint, source);
  return model;
}

}  // namespace espalier::apps
