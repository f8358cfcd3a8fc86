#pragma once

#include <utility>

#include <nlohmann/json.hpp>

#include <espalier/apps/system.h>
#include <espalier/ops/random.h>
#include <espalier/training/model_task.h>
#include <espalier/training/recipe.h>

namespace espalier::apps {

/// A model and the data that it is trained on; both are the experiment's own. Data is a struct with
/// the parts train, dev and test.
template <class Data, class Model>
class ModelExperiment final : public Experiment {
 public:
  /// `options` are the model's, `configuration` what a checkpoint shall say of it.
  template <class Options>
  ModelExperiment(Data data, const Options& options, const training::Recipe& recipe,
                  const nlohmann::ordered_json& configuration, Rng& rng)
      : data_(std::move(data)),
        model_(options, rng),
        task_(model_, {.train = data_.train, .dev = data_.dev, .test = data_.test}, recipe,
              configuration.dump()) {}

  training::Task& task() override { return task_; }
  const Model& model() const { return model_; }

 private:
  Data data_;
  Model model_;
  training::ModelTask<Model> task_;
};

}  // namespace espalier::apps
