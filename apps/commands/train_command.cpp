#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include <espalier/apps/commands/commands.h>
#include <espalier/apps/commands/option_arguments.h>
#include <espalier/apps/commands/option_checks.h>
#include <espalier/apps/systems/systems.h>
#include <espalier/base/error.h>
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
  std::string model, dataset;
  std::filesystem::path folder;
  std::uint64_t seed = 1;
  std::vector<Plan> plans;  // They keep the options: of the data set, or of all that there may be.
  OptionArguments options;
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

void train(const Arguments& arguments, const Streams& streams) {
  if (arguments.threads) set_num_threads(*arguments.threads);
  const Plan& plan = arguments.plans.front();
  arguments.options.set({plan.data_options, plan.model_options},
                        message(arguments.model, " on ", arguments.dataset));
  Rng rng = Rng(arguments.seed).fork(kParameterStream);
  const std::unique_ptr<Experiment> experiment = plan.prepare({.data_folder = arguments.folder,
                                                               .said = arguments.options.said(),
                                                               .seed = arguments.seed,
                                                               .rng = rng,
                                                               .notes = streams.err});

  if (arguments.resume && !std::filesystem::exists(arguments.checkpoint)) {
    streams.err << "espalier: no checkpoint " << arguments.checkpoint.string()
                << " yet, starting afresh\n";
  }
  training::ProgressBar progress(streams.err);
  training::MetricsLog metrics(arguments.metrics);
  std::vector<training::Reporter*> reporters{&progress};
  if (!arguments.metrics.empty()) reporters.push_back(&metrics);
  training::TrainerOptions options = trainer_options(*experiment, arguments.seed);
  options.patience = arguments.patience;
  options.checkpoint = arguments.checkpoint;
  options.checkpoint_steps = arguments.checkpoint_steps;
  options.resume = arguments.resume;
  options.reporters = std::move(reporters);
  train_baselines(*experiment, arguments.seed, streams);
  summarize(streams.out, training::Trainer(options).fit(experiment->task()), arguments);
}

void add_run_options(CLI::App& command, Arguments& arguments) {
  command
      .add_option("--seed", arguments.seed,
                  "Of parameters, dropout and the order of examples [1]; it fixes every bit")
      ->type_name("N")
      ->check(check_at_least(0));
  command
      .add_option("--threads", arguments.threads, "Threads [all cores]; no result depends on it")
      ->type_name("N")
      ->check(check_at_least(1));
  command
      .add_option("--patience", arguments.patience,
                  "Stop after so many epochs without a better dev score [0: never]")
      ->type_name("N")
      ->check(check_at_least(0));
  CLI::Option* const checkpoint =
      command.add_option("--checkpoint", arguments.checkpoint,
                         "File to keep the model and the run in, after each epoch");
  checkpoint->type_name("FILE");
  command
      .add_option("--checkpoint-steps", arguments.checkpoint_steps,
                  "And after so many steps [0: only after epochs]")
      ->type_name("N")
      ->check(check_at_least(0))
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

// What `--dataset` is given as, if it is.
std::string dataset_of(std::span<const std::string> arguments) {
  constexpr std::string_view kFlag = "--dataset";
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == kFlag && i + 1 < arguments.size()) return arguments[i + 1];
    if (arguments[i].starts_with("--dataset=")) return arguments[i].substr(kFlag.size() + 1);
  }
  return {};
}

// The first argument that is a model's name.
std::string model_of(std::span<const std::string> arguments) {
  const std::vector<std::string_view> names = model_names();
  for (const std::string& argument : arguments) {
    if (std::ranges::count(names, argument) > 0) return argument;
  }
  return {};
}

// Every model on every data set that it takes.
template <class Visit>
void for_each_plan(const Visit& visit) {
  for (const System& system : systems()) {
    for (const std::string_view model : system.models) {
      for (const DataSetInfo& info : system.data_sets) {
        visit(model, info.name, [&] { return system.plan(model, info.name); });
      }
    }
  }
}

// Throws UsageError if an option is given that is one of other models or data sets.
void check_flags(const Arguments& arguments, std::span<const std::string> words) {
  for (const std::string& word : words) {
    if (!word.starts_with("--")) continue;
    const std::string flag = word.substr(2, word.find('=') - 2);
    if (arguments.options.has(flag)) continue;
    std::string data_sets;
    bool is_of_models = false;
    for_each_plan([&](std::string_view, std::string_view dataset, const auto& plan_of) {
      const Plan plan = plan_of();
      OptionArguments of_data, of_model;
      of_data.add(plan.data_options, dataset);
      of_model.add(plan.model_options, dataset);
      is_of_models = is_of_models || of_model.has(flag);
      const std::string name = message(' ', dataset);
      if (of_data.has(flag) && (data_sets + ' ').find(name + ' ') == std::string::npos) {
        data_sets += name;
      }
    });
    if (!data_sets.empty()) {
      throw UsageError(message("--", flag, " is not for the data set ", arguments.dataset,
                               " but for:", data_sets));
    }
    if (is_of_models) {
      throw UsageError(
          message("--", flag, " means nothing to ", arguments.model, " on that data set"));
    }
  }
}

// The options of the model and the data set that are named; of all data sets, if none is.
void add_model_options(Arguments& arguments, const std::string& model, const std::string& dataset) {
  for_each_plan([&](std::string_view some_model, std::string_view some_set, const auto& plan_of) {
    if (some_model != model || (!dataset.empty() && some_set != dataset)) return;
    arguments.plans.push_back(plan_of());
    arguments.options.add(arguments.plans.back().data_options, some_set);
  });
  std::size_t i = 0;
  for_each_plan([&](std::string_view some_model, std::string_view some_set, const auto&) {
    if (some_model != model || (!dataset.empty() && some_set != dataset)) return;
    arguments.options.add(arguments.plans[i++].model_options, some_set);
  });
}

std::vector<std::string> names_of(const auto& all, const auto& name) {
  std::vector<std::string> names;
  for (const auto& one : all) names.emplace_back(name(one));
  return names;
}

}  // namespace

void add_train_command(CLI::App& app, std::span<const std::string> words, const Streams& streams) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* const command = app.add_subcommand("train", "Train a model on a data set");
  command->footer(
      "Where nothing is said, a model is built and trained as its paper has it, or as suits the\n"
      "data set; `espalier train MODEL --dataset NAME --help` shows what both take, and the\n"
      "defaults. Example: espalier train lstm --dataset adding --checkpoint adding.safetensors");
  command->add_option("MODEL", arguments->model, "The model; `espalier list` shows them")
      ->type_name("")
      ->required()
      ->check(CLI::IsMember(names_of(model_names(), [](std::string_view name) { return name; })));
  const std::vector<std::string> data_sets =
      names_of(all_data_sets(), [](const DataSetInfo& info) { return info.name; });
  command->add_option("--dataset", arguments->dataset, "Data set; `espalier list` shows them")
      ->required()
      ->check(CLI::IsMember(data_sets));
  command
      ->add_option("--data", arguments->folder,
                   "Folder of the data set, or one with a subfolder for it [$ESPALIER_DATA]")
      ->type_name("DIR");
  if (!words.empty() && words[0] == "train") {
    arguments->model = model_of(words);
    arguments->dataset = dataset_of(words);
    if (std::ranges::count(data_sets, arguments->dataset) == 0) arguments->dataset.clear();
    if (!arguments->model.empty()) {
      if (!arguments->dataset.empty()) system_of(arguments->model, arguments->dataset);
      add_model_options(*arguments, arguments->model, arguments->dataset);
      if (!arguments->dataset.empty()) check_flags(*arguments, words);
    }
    arguments->options.add_to(*command);
  }
  add_run_options(*command, *arguments);
  command->callback([arguments, streams] { train(*arguments, streams); });
}

}  // namespace espalier::apps
