#include <espalier/apps/train_command.h>

#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include <espalier/apps/option_checks.h>
#include <espalier/apps/systems.h>
#include <espalier/ops/parallel.h>
#include <espalier/ops/random.h>
#include <espalier/training/learning_rate.h>
#include <espalier/training/metrics_log.h>
#include <espalier/training/progress.h>
#include <espalier/training/trainer.h>

namespace espalier::apps {
namespace {

// Sets the parameters' random stream apart from the trainer's.
constexpr std::uint64_t kParameterStream = 1;

struct Arguments {
  std::string model;
  DataOptions data;
  Settings settings;
  std::uint64_t patience = 0;
  std::optional<int> threads;
  std::filesystem::path checkpoint, metrics;
  std::uint64_t checkpoint_steps = 0;
  bool resume = false;
};

void write_metrics(std::ostream& out, const training::Metrics& metrics) {
  for (const auto& [name, value] : metrics) out << "  " << name << ' ' << value;
  out << '\n';
}

void summarize(std::ostream& out, const training::TrainingResult& result,
               const Arguments& arguments) {
  double seconds = 0.0;
  double nodes = 0.0;
  for (const training::EpochReport& epoch : result.epochs) {
    seconds += epoch.seconds;
    nodes += epoch.seconds * epoch.nodes_per_second;
  }
  if (result.best_epoch > 0) {
    out << "best epoch  " << result.best_epoch << " of " << result.epochs.size()
        << (result.stopped_early ? ", stopped early\n" : "\n") << "dev       ";
    write_metrics(out, result.epochs[result.best_epoch - 1].dev);
  }
  out << "test      ";
  write_metrics(out, result.test);
  out << "time        " << seconds << " s of training, "
      << static_cast<std::uint64_t>(seconds > 0.0 ? nodes / seconds : 0.0) << " nodes/s\n"
      << "checkpoint  "
      << (arguments.checkpoint.empty() ? "none; --checkpoint FILE keeps the model"
                                       : arguments.checkpoint.string())
      << '\n';
}

training::TrainerOptions trainer_options(const Experiment& experiment, std::uint64_t seed) {
  const double limit =
      experiment.clip > 0.0 ? experiment.clip : std::numeric_limits<double>::infinity();
  return {.batch_size = experiment.batch_size,
          .epochs = experiment.epochs,
          .seed = seed,
          .clipping = {.limit = limit},
          .schedule_by_epoch = training::exponential_decay(experiment.rate_decay)};
}

// Trains what the model is to be compared with, and says how good it is on the test split.
void train_baselines(const Experiment& experiment, std::uint64_t seed, const Streams& streams) {
  for (const auto& [name, baseline] : experiment.baselines) {
    training::ProgressBar progress(streams.err);
    training::TrainerOptions options = trainer_options(*baseline, seed);
    options.reporters = {&progress};
    streams.out << "baseline    " << name << "\ntest      ";
    write_metrics(streams.out, training::Trainer(options).fit(baseline->task()).test);
  }
}

// Throws UsageError if a setting was given that means nothing to the system.
void check_settings(const CLI::App& command, const System& system, const std::string& model) {
  std::vector<std::string_view> unused = system.unused_settings(model);
  if (!system.reads_threads()) {
    unused.insert(unused.end(),
                  {"--states", "--edges", "--readout", "--tanh-candidate", "--trained-null"});
  }
  for (const std::string_view name : unused) {
    if (command.get_option(std::string(name))->count() > 0) {
      throw UsageError(std::string(name) + " means nothing to " + model + " on that data set");
    }
  }
}

void train(const Arguments& arguments, const CLI::App& command, const Streams& streams) {
  if (arguments.threads) set_num_threads(*arguments.threads);
  const System& system = system_of(arguments.model, arguments.data.dataset);
  check_data_options(arguments.data);
  check_settings(command, system, arguments.model);
  const Settings& settings = arguments.settings;
  Rng rng = Rng(settings.seed).fork(kParameterStream);
  const std::unique_ptr<Experiment> experiment =
      system.prepare(arguments.model, arguments.data, settings, rng, streams.err);
  override_with(settings.epochs, experiment->epochs);
  override_with(settings.batch_size, experiment->batch_size);
  override_with(settings.rate_decay, experiment->rate_decay);
  override_with(settings.clip, experiment->clip);

  if (arguments.resume && !std::filesystem::exists(arguments.checkpoint)) {
    streams.err << "espalier: no checkpoint " << arguments.checkpoint.string()
                << " yet, starting afresh\n";
  }
  training::ProgressBar progress(streams.err);
  training::MetricsLog metrics(arguments.metrics);
  std::vector<training::Reporter*> reporters{&progress};
  if (!arguments.metrics.empty()) reporters.push_back(&metrics);
  training::TrainerOptions options = trainer_options(*experiment, settings.seed);
  options.patience = arguments.patience;
  options.checkpoint = arguments.checkpoint;
  options.checkpoint_steps = arguments.checkpoint_steps;
  options.resume = arguments.resume;
  options.reporters = std::move(reporters);
  train_baselines(*experiment, settings.seed, streams);
  summarize(streams.out, training::Trainer(options).fit(experiment->task()), arguments);
}

void add_run_options(CLI::App& command, Arguments& arguments) {
  command
      .add_option("--seed", arguments.settings.seed,
                  "Of parameters, dropout and the order of examples [1]; it fixes every bit")
      ->type_name("N")
      ->check(at_least(0));
  command
      .add_option("--threads", arguments.threads, "Threads [all cores]; no result depends on it")
      ->type_name("N")
      ->check(at_least(1));
  command
      .add_option("--patience", arguments.patience,
                  "Stop after so many epochs without a better dev score [0: never]")
      ->type_name("N")
      ->check(at_least(0));
  CLI::Option* const checkpoint =
      command.add_option("--checkpoint", arguments.checkpoint,
                         "File to keep the model and the run in, after each epoch");
  checkpoint->type_name("FILE");
  command
      .add_option("--checkpoint-steps", arguments.checkpoint_steps,
                  "And after so many steps [0: only after epochs]")
      ->type_name("N")
      ->check(at_least(0))
      ->needs(checkpoint);
  command
      .add_flag("--resume", arguments.resume,
                "Go on from the checkpoint if it is there; otherwise it is overwritten. The "
                "other options must be the same")
      ->needs(checkpoint);
  command
      .add_option("--metrics", arguments.metrics,
                  "File to write metrics to, a JSON line for each epoch and one for the test")
      ->type_name("FILE");
}

std::vector<std::string> model_names() {
  std::vector<std::string> names;
  for (const System* system : systems()) {
    for (const std::string_view name : system->models()) {
      if (std::ranges::find(names, name) == names.end()) names.emplace_back(name);
    }
  }
  return names;
}

}  // namespace

void add_train_command(CLI::App& app, const Streams& streams) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* const command = app.add_subcommand("train", "Train a model on a data set");
  command->footer(
      "Where nothing is said, a model is built and trained as its paper has it, or as suits the\n"
      "data set. Example: espalier train lstm --dataset adding --checkpoint adding.safetensors");
  command->add_option("MODEL", arguments->model, "The model; `espalier list` shows them")
      ->type_name("")
      ->required()
      ->check(CLI::IsMember(model_names()));
  add_data_options(*command, arguments->data);
  command->get_option("--dataset")->required();
  add_settings(*command, arguments->settings);
  add_run_options(*command, *arguments);
  command->callback([arguments, command, streams] { train(*arguments, *command, streams); });
}

}  // namespace espalier::apps
