#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <espalier/apps/systems/checkpoint.h>
#include <espalier/apps/systems/examples.h>
#include <espalier/apps/systems/system.h>
#include <espalier/apps/systems/training_options.h>
#include <espalier/apps/systems/word_vectors.h>
#include <espalier/base/error.h>
#include <espalier/models/load_model.h>
#include <espalier/training/model_task.h>

// A system from what is its own; loading, preparing, evaluating are the same for all.
namespace espalier::apps {

/// A trained model as its answers need it.
template <class Model, class Traits>
struct Trained {
  models::LoadedModel<Model> model;
  Traits traits;       ///< Of the data set that it was trained on.
  std::string source;  ///< The checkpoint.
};

/// What is said of a system. `Data` are what its data sets load: with train, dev, test, and a
/// vocabulary and classes if there are any.
template <class M, class D, class T>
struct SystemParts {
  using Model = M;
  using Data = D;
  using Traits = T;
  using Set = DataSet<D, T>;

  std::vector<std::string_view> models;
  std::string_view description, metrics, examples;
  std::vector<Set> data_sets;

  /// The defaults of a model on a data set.
  std::function<Setup<M>(std::string_view model, const Set& set)> setup;
  /// What the data say of a model: sizes of vocabularies, classes.
  std::function<void(typename M::Options& options, const D& data, const T& traits)> fit = {};
  /// Defaults that depend on what was said, if there are any.
  std::function<void(Setup<M>& setup, const DataRequest<D>& request, const Run& run)> adjust = {};
  /// How its metrics come about, if the data set has a say in it.
  std::function<typename M::Evaluation(const T& traits)> evaluation = {};
  /// How it is measured on a split, if not example by example as in training.
  std::function<training::Metrics(const Trained<M, T>& trained, D data, Split split)> measure = {};

  /// Keeps the data that examples are read from in `traits`. Empty: an example is all of itself.
  std::function<void(T& traits, D data)> keep_data = {};
  std::function<void(const Trained<M, T>&, datasets::LineReader& lines, std::ostream& out)> predict;
  /// The same, and writes what it knows of each to a file. Empty: it does not say.
  std::function<void(const Trained<M, T>&, datasets::LineReader& lines, std::ostream& out,
                     const std::filesystem::path& states)>
      predict_with_states = {};
  /// Empty: it draws, or generates, nothing.
  std::function<std::string(const Trained<M, T>&, datasets::LineReader&, const DrawOptions&)> draw =
      {};
  std::function<std::string(const Trained<M, T>&, const GenerateOptions&)> generate = {};
};

template <class M>
M make_model(const typename M::Options& options, Rng& rng) {
  if constexpr (std::constructible_from<M, typename M::Options, Rng&>) {
    return M(options, rng);
  } else {
    return M(options);
  }
}

/// A model and the data that it is trained on.
template <class Data, class Model>
class ModelExperiment final : public Experiment {
 public:
  /// `configuration(description)` is what a checkpoint says of the model so described.
  ModelExperiment(std::shared_ptr<const Data> data, const Setup<Model>& setup,
                  const auto& configuration, typename Model::Evaluation evaluation, Rng& rng)
      : data_(std::move(data)),
        model_(make_model<Model>(setup.model, rng)),
        task_(model_, {.train = data_->train, .dev = data_->dev, .test = data_->test},
              setup.training.recipe, configuration(training::describe(model_, *data_)),
              std::move(evaluation)) {
    const std::size_t given_size = setup.training.batch_size;
    batch_size = given_size > 0 ? given_size : data_->train.size();
    epochs = setup.training.epochs;
    patience = setup.training.patience;
    rate_decay = setup.training.rate_decay;
    clip = setup.training.clip;
    sizes = {data_->train.size(), data_->dev.size(), data_->test.size()};
  }
  training::Task& task() override { return task_; }
  const Model& model() const { return model_; }

 private:
  std::shared_ptr<const Data> data_;
  Model model_;
  training::ModelTask<Model> task_;
};

/// Data that are loaded, and what a model on them needs.
template <class D, class T>
struct Loaded {
  const DataSet<D, T>& set;
  const DataRequest<D>& request;
  std::shared_ptr<const D> data;
  std::optional<datasets::WordVectors> vectors = {};
};

/// The experiment of a model on data that are loaded.
template <class M, class D, class T>
std::unique_ptr<Experiment> experiment_on(const Loaded<D, T>& loaded,
                                          const SystemParts<M, D, T>& parts, std::string_view name,
                                          Setup<M> setup, const Run& run) {
  if (loaded.vectors) set_input_size(setup.model, *loaded.vectors, run.said.contains("input-size"));
  if (parts.fit) parts.fit(setup.model, *loaded.data, loaded.set.traits);
  const auto described = [&](training::ModelDescription description) {
    description.model = name;
    return configuration(loaded.set.info.name, loaded.request.options, description);
  };
  auto experiment = std::make_unique<ModelExperiment<D, M>>(
      loaded.data, setup, described,
      parts.evaluation ? parts.evaluation(loaded.set.traits) : typename M::Evaluation(), run.rng);
  experiment->settings = {{"learning rate's decay", training::setting(experiment->rate_decay)},
                          {"word vectors", loaded.vectors ? fingerprint(*loaded.vectors) : "none"}};
  if constexpr (requires { experiment->model().embedding(); }) {
    if (loaded.vectors) insert_vectors(*loaded.vectors, experiment->model().embedding().table());
  }
  return experiment;
}

/// A model's baselines on data that are loaded.
template <class M, class D, class T>
using AddBaselines =
    std::function<void(Experiment& experiment, const Loaded<D, T>& loaded, std::string_view model,
                       const Setup<M>& setup, const Run& run)>;

/// Throws UsageError at a learning rate of the word vectors that nothing would follow.
inline void check_embedding_rate(const TrainingOptions& training, const Run& run) {
  const double rate = training.recipe.embedding_learning_rate;
  if (!run.said.contains("embedding-learning-rate") || !training.recipe.adam || rate == 0.0) return;
  throw UsageError(message("--embedding-learning-rate ", rate, " does nothing: this model learns ",
                           "by Adam, word vectors as all else; expected 0, which keeps them"));
}

template <class M, class D, class T>
const DataSet<D, T>* find_data_set(const SystemParts<M, D, T>& parts, std::string_view name) {
  for (const DataSet<D, T>& set : parts.data_sets) {
    if (set.info.name == name) return &set;
  }
  return nullptr;
}

/// What was left out of data, say, if their reader tells.
template <class D>
void tell_notes(const D& data, std::ostream& notes) {
  if constexpr (requires { data.notes; }) {
    for (const std::string& note : data.notes) notes << note << '\n';
  }
}

/// A trained model of any system.
template <class M, class D, class T>
class AnyTrained final : public TrainedModel {
 public:
  using Parts = SystemParts<M, D, T>;

  AnyTrained(std::shared_ptr<const Parts> parts, const models::ModelFile& file)
      : parts_(std::move(parts)),
        trained_{models::load_model<M>(file), {}, file.source},
        data_fingerprint_(file.data_fingerprint) {
    dataset = dataset_of(file);
    data_options_ = data_options_of(file);
    const auto* const set = find_data_set(*parts_, dataset);
    trained_.traits = set->traits;  // The system takes it.
    const auto request = set->request();
    set_data_options(request.options, data_options_, file.source);  // Refuses what is none.
    check_words(file, trained_.model.network.options());
  }

  Measurement measurement(std::string_view name) const override {
    const auto* const set = find_data_set(*parts_, name.empty() ? std::string_view(dataset) : name);
    if (set == nullptr) {
      std::string known;
      for (const auto& some : parts_->data_sets) known += message(' ', some.info.name);
      throw UsageError(message(trained_.source, ": the model does not take the data set ", name,
                               "; it takes:", known));
    }
    const auto request = set->request();
    if (set->info.name == dataset) {
      set_data_options(request.options, data_options_, trained_.source);
    }
    return {request.options, [this, set, request](const MeasuredData& on, std::ostream& notes) {
              D data = request.load(on.folder);
              tell_notes(data, notes);
              check_classes_of(*set, data);
              if (set->info.name == dataset) check_data(data, on.may_differ, notes);
              return measure(*set, std::move(data), on.split);
            }};
  }
  void load_data(const GivenData& given, std::ostream& notes) override {
    if (!parts_->keep_data) {
      if (given.folder.empty() && !given.may_differ) return;
      throw UsageError(message(given.folder.empty() ? "--other-data" : "--data",
                               " does nothing: what a model of ", dataset,
                               " reads is all in an example, expected no data"));
    }
    const auto* const set = find_data_set(*parts_, dataset);
    const auto request = set->request();
    set_data_options(request.options, data_options_, trained_.source);
    D data = request.load(given.folder);
    tell_notes(data, notes);
    check_classes_of(*set, data);
    check_data(data, given.may_differ, notes);
    parts_->keep_data(trained_.traits, std::move(data));
  }
  void predict(datasets::LineReader& lines, std::ostream& out,
               const std::filesystem::path& states) const override {
    if (states.empty()) return parts_->predict(trained_, lines, out);
    if (parts_->predict_with_states)
      return parts_->predict_with_states(trained_, lines, out, states);
    throw UsageError(message("--states: a model of ", dataset,
                             " like this one writes none; those of nodes of a graph do"));
  }
  std::string draw(datasets::LineReader& lines, const DrawOptions& options) const override {
    if (parts_->draw) return parts_->draw(trained_, lines, options);
    throw UsageError(
        message("a model of ", dataset,
                " like this one draws nothing; tree-lstm draws trees, document-han "
                "documents, graph-lstm-reply discussions, han and gat neighbourhoods"));
  }
  std::string generate(const GenerateOptions& options) const override {
    if (parts_->generate) return parts_->generate(trained_, options);
    throw UsageError(message("a model of ", dataset,
                             " generates nothing; one trained on the data set text does"));
  }

 private:
  void check_classes_of(const DataSet<D, T>& set, const D& data) const {
    if constexpr (requires { data.classes; }) {
      check_classes(trained_.model.classes, data.classes, set.info.name, trained_.source);
    }
  }

  // Throws Error if the data are not those of the training; tells if they may, or nobody knows.
  void check_data(const D& data, bool may_differ, std::ostream& notes) const {
    if (data_fingerprint_.empty()) {
      notes << "espalier: " << trained_.source
            << ": a checkpoint of an earlier version, without a fingerprint of its data: whether "
               "these are the same cannot be checked\n";
      if constexpr (requires { data.vocabulary.words(); }) {
        if (data.vocabulary.words() == trained_.model.vocabulary.words()) return;
      } else {
        return;
      }
    } else if (data_fingerprint_ == training::fingerprint_of<M>(data)) {
      return;
    }
    if (may_differ) {
      notes << "espalier: these are not the data that " << trained_.source << " was trained on\n";
      return;
    }
    throw Error(message(trained_.source, ": the model was trained on other data of ", dataset,
                        ", expected the same; give what was given in training (--text, say), or "
                        "say --other-data if others are meant"));
  }

  training::Metrics measure(const DataSet<D, T>& set, D data, Split split) const {
    expect_examples(data, split, set.info.name);
    if (parts_->measure) return parts_->measure(trained_, std::move(data), split);
    renumber(data, trained_.model);
    return training::evaluate(
        trained_.model.network, typename M::Examples(data.of(split)),
        parts_->evaluation ? parts_->evaluation(set.traits) : typename M::Evaluation());
  }

  std::shared_ptr<const Parts> parts_;
  Trained<M, T> trained_;
  std::string data_options_;  // JSON.
  std::string data_fingerprint_;
};

/// The system. `add_baselines`, if there is any, is for setups that take --baselines.
template <class M, class D, class T>
System make_system(SystemParts<M, D, T> given, AddBaselines<M, D, T> add_baselines = {}) {
  const auto parts = std::make_shared<const SystemParts<M, D, T>>(std::move(given));
  System system{.models = parts->models,
                .data_sets = {},
                .description = parts->description,
                .metrics = parts->metrics,
                .examples = parts->examples,
                .plan = {},
                .load = {}};
  for (const auto& set : parts->data_sets) system.data_sets.push_back(set.info);
  system.load = [parts](const models::ModelFile& file) -> std::unique_ptr<TrainedModel> {
    return std::make_unique<AnyTrained<M, D, T>>(parts, file);
  };
  system.plan = [parts, add_baselines](std::string_view model, std::string_view dataset) {
    const DataSet<D, T>* const set = find_data_set(*parts, dataset);
    const auto setup = std::make_shared<Setup<M>>(parts->setup(model, *set));
    const auto request = std::make_shared<const DataRequest<D>>(set->request());
    std::vector<Option> options = M::Options::fields(setup->model);
    for (const Option& o : TrainingOptions::fields(setup->training)) options.push_back(o);
    const std::string name(model);
    return Plan{.data_options = request->options,
                .model_options = std::move(options),
                .prepare = [=](const Run& run) {
                  if (parts->adjust) parts->adjust(*setup, *request, run);
                  check_embedding_rate(setup->training, run);
                  Loaded<D, T> loaded{*set, *request,
                                      std::make_shared<const D>(request->load(run.data_folder))};
                  expect_examples(*loaded.data, set->info.name);
                  tell_notes(*loaded.data, run.notes);
                  if constexpr (requires { loaded.data->vocabulary; }) {
                    loaded.vectors = load_vectors(setup->training.vectors, loaded.data->vocabulary,
                                                  run.seed, run.notes);
                  }
                  if (loaded.vectors) {  // Here, too, for whoever shows the options in force.
                    set_input_size(setup->model, *loaded.vectors, run.said.contains("input-size"));
                  }
                  auto experiment = experiment_on(loaded, *parts, name, *setup, run);
                  if (add_baselines && setup->training.baselines) {
                    add_baselines(*experiment, loaded, name, *setup, run);
                  }
                  return experiment;
                }};
  };
  return system;
}

}  // namespace espalier::apps
