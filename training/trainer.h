#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

#include <espalier/training/clipping.h>
#include <espalier/training/learning_rate.h>
#include <espalier/training/model_task.h>
#include <espalier/training/recipe.h>
#include <espalier/training/reporter.h>
#include <espalier/training/task.h>

namespace espalier::training {

struct TrainerOptions {
  std::size_t batch_size = 25;  ///< > 0; an epoch's last batch may be smaller.
  std::uint64_t epochs = 10;
  std::uint64_t seed = 1;      ///< Of the order of examples and of dropout.
  std::uint64_t patience = 0;  ///< Stop after so many epochs without a better dev score; 0: never.
  Clipping clipping = {};

  /// Factors on the learning rate, by epochs and by steps from 0; both apply.
  LearningRateSchedule schedule_by_epoch = {};
  LearningRateSchedule schedule_by_step = {};

  /// What the trainer cannot see of how the run is made, by name: what its schedules are, say. A
  /// run does not go on with other settings.
  Settings settings = {};

  /// Saved at the start and after every epoch; empty: not at all. It is locked meanwhile.
  std::filesystem::path checkpoint = {};
  std::uint64_t checkpoint_steps = 0;                ///< And every so many steps; 0: not.
  std::chrono::milliseconds checkpoint_interval{0};  ///< And as often as this; 0: not.
  /// Go on from the checkpoint if the file is there. If false, it is overwritten, but not before
  /// there is something to save: after the first epoch, or when else a save is due.
  bool resume = true;

  /// Asked after every step: true ends the run there, with its state saved.
  std::function<bool()> stop = {};

  /// How fit() trains a model; if it is not given, as the model asks for (`kRecipe`), else as
  /// Recipe is by default.
  std::optional<Recipe> recipe = {};

  std::vector<Reporter*> reporters = {};  ///< Not owned.
  std::function<void(const EpochReport& epoch)> on_epoch = {};
};

struct TrainingResult {
  std::vector<EpochReport> epochs;  ///< Those before the run was resumed, too.
  std::uint64_t best_epoch = 0;     ///< From 1; 0 if no dev score was a number.
  bool stopped_early = false;
  bool interrupted = false;  ///< `stop` said so: the run can go on, and there are no test metrics.
  Metrics test = {};         ///< Of the best epoch's model.
};

/// The training loop: shuffle, batches, gradients, clipping, optimiser; evaluation after each
/// epoch.
///
///     const auto result = Trainer({.epochs = 10, .checkpoint = "sst.safetensors"}).fit(model,
///     data);
///
/// A run that was killed at any instant and is started again ends with the same bits as one that
/// was not, from the middle of an epoch too: at any number of threads, on processors of one
/// instruction set, with one version of the library and of oneDNN (ops/platform.h). A checkpoint
/// says on which it was written; going on elsewhere is told to the reporters. Apart from the task,
/// a step asks the system for no memory.
class Trainer {
 public:
  /// Throws OptionError if the batch size is 0 or a reporter is null.
  explicit Trainer(TrainerOptions options);

  /// Trains until `epochs` are complete or patience ends; the task is left with the parameters of
  /// the best dev score.
  ///
  /// A step whose gradient is not finite changes nothing and is counted. Throws Error, naming epoch
  /// and batch, if a loss is not finite; OptionError if there are no examples, no dev split, or
  /// `evaluate` does not give the selection metric; FileError if another run has the checkpoint;
  /// Error if the checkpoint is of a run with another seed, batch size, patience, clipping,
  /// settings or data (the number of epochs may change, which reporters are told); and as
  /// load_checkpoint, check_configuration and save_checkpoint do.
  TrainingResult fit(Task& task) const;

  /// The same of a model and of data with its examples in `train`, `dev` and `test`. What describes
  /// them to whoever loads the checkpoint is the model's options and the data's vocabulary and
  /// classes.
  template <TrainableModel Model, class Data>
  TrainingResult fit(const Model& model, const Data& data) const {
    ModelTask<Model> task(model, {data.train, data.dev, data.test}, recipe_of<Model>(),
                          to_json(describe(model, data)));
    return fit(task);
  }

  /// The same with an optimiser of one's own, of all parameters or some.
  template <TrainableModel Model, class Data>
  TrainingResult fit(const Model& model, const Data& data, Optimizer& optimizer) const {
    ModelTask<Model> task(model, {data.train, data.dev, data.test}, optimizer,
                          to_json(describe(model, data)));
    return fit(task);
  }

 private:
  template <class Model>
  Recipe recipe_of() const {
    if (options_.recipe) return *options_.recipe;
    if constexpr (requires { Model::kRecipe; }) {
      return Model::kRecipe;
    } else {
      return {};
    }
  }

  TrainerOptions options_;
};

}  // namespace espalier::training
