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
#include <espalier/apps/commands/stop_signals.h>
#include <espalier/apps/commands/train_report.h>
#include <espalier/apps/systems/systems.h>
#include <espalier/base/error.h>
#include <espalier/ops/parallel.h>
#include <espalier/ops/random.h>
#include <espalier/training/internal/file_lock.h>
#include <espalier/training/learning_rate.h>
#include <espalier/training/metrics_log.h>
#include <espalier/training/progress.h>
#include <espalier/training/trainer.h>

namespace espalier::apps {
namespace {

// Sets the parameters' random stream apart from the trainer's.
constexpr std::uint64_t kParameterStream = 1;
constexpr std::int64_t kMaxThreads = 4096;

struct Arguments {
  std::string model, dataset;
  std::filesystem::path folder;
  std::uint64_t seed = 1;
  std::vector<Plan> plans;  // They keep the options: of the data set, or of all that there may be.
  OptionArguments options;
  std::optional<int> threads;
  std::filesystem::path checkpoint, metrics;
  std::uint64_t checkpoint_steps = 0;
  bool resume = false, overwrite = false;
  std::vector<std::string> words;  // All of them, as they were given.
};

training::TrainerOptions trainer_options(const Experiment& experiment, std::uint64_t seed,
                                         const StopSignals& signals) {
  const double limit =
      experiment.clip > 0.0 ? experiment.clip : std::numeric_limits<double>::infinity();
  return {.batch_size = experiment.batch_size,
          .epochs = experiment.epochs,
          .seed = seed,
          .clipping = {.limit = limit},
          .schedule_by_epoch = training::exponential_decay(experiment.rate_decay),
          .settings = experiment.settings,
          .stop = [&signals] { return signals.arrived() != 0; }};
}

// Trains what the model is to be compared with, before its first step but after everything that
// will be written was tried, and says how good it is on the test split.
class Baselines final : public training::Reporter {
 public:
  Baselines(const Experiment& experiment, std::uint64_t seed, const StopSignals& signals,
            const Streams& streams)
      : experiment_(experiment), seed_(seed), signals_(signals), streams_(streams) {}

  void on_start(std::span<const training::EpochReport>) override {
    for (const auto& [name, baseline] : experiment_.baselines) {
      if (signals_.arrived() != 0) return;
      training::ProgressBar progress(streams_.err);
      training::TrainerOptions options = trainer_options(*baseline, seed_, signals_);
      options.reporters = {&progress};
      streams_.err << "baseline     " << name << '\n';
      const training::TrainingResult result = training::Trainer(options).fit(baseline->task());
      if (!result.interrupted) report_baseline(streams_.out, name, result.test);
    }
  }

 private:
  const Experiment& experiment_;
  std::uint64_t seed_;
  const StopSignals& signals_;
  const Streams& streams_;
};

// Whether the run may begin, as far as can be told before any data are loaded.
void check_files(const Arguments& arguments, const std::vector<std::vector<Option>>& lists) {
  std::vector<std::pair<std::string, std::filesystem::path>> files = {
      {"--checkpoint", arguments.checkpoint}, {"--metrics", arguments.metrics}};
  for (const std::vector<Option>& list : lists) {
    for (const Option& option : list) {
      if (option.kind() != Option::Kind::kPath) continue;
      files.emplace_back("--" + option.flag(), std::get<std::string>(option.get()));
    }
  }
  check_distinct(files);
  if (arguments.resume && arguments.overwrite) {
    throw UsageError("--resume excludes --overwrite, expected one of them");
  }
  const bool is_there = std::filesystem::exists(arguments.checkpoint);
  if (is_there && std::filesystem::is_regular_file(arguments.checkpoint) && !arguments.resume &&
      !arguments.overwrite) {
    throw FileError(message(arguments.checkpoint.string(), ": there is a file already; --resume ",
                            "goes on from it, --overwrite replaces it"));
  }
  for (const std::filesystem::path& file : {arguments.checkpoint, arguments.metrics}) {
    if (file.empty()) continue;
    const training::FileLock trial(file);  // Before data take their time.
  }
}

void train(const Arguments& arguments, const Streams& streams) {
  StopSignals signals;  // Before any thread that computes.
  if (arguments.threads) set_num_threads(*arguments.threads);
  const Plan& plan = arguments.plans.front();
  const std::vector<std::vector<Option>> lists = {plan.data_options, plan.model_options};
  arguments.options.set(lists, message(arguments.model, " on ", arguments.dataset));
  check_files(arguments, lists);
  if (arguments.resume && !std::filesystem::exists(arguments.checkpoint)) {
    streams.err << "espalier: no checkpoint " << arguments.checkpoint.string()
                << " yet, starting afresh\n";
  }
  Rng rng = Rng(arguments.seed).fork(kParameterStream);
  const std::unique_ptr<Experiment> experiment = with_memory_for(
      message("the data set ", arguments.dataset, " with the model ", arguments.model), [&] {
        return plan.prepare({.data_folder = arguments.folder,
                             .said = arguments.options.said(),
                             .seed = arguments.seed,
                             .rng = rng,
                             .notes = streams.err});
      });
  report_plan(streams.err, *experiment,
              {.model = arguments.model,
               .dataset = arguments.dataset,
               .options = OptionArguments::in_force(lists),
               .seed = arguments.seed,
               .threads = num_threads()});

  training::ProgressBar progress(streams.err);
  training::MetricsLog metrics(arguments.metrics);
  Baselines baselines(*experiment, arguments.seed, signals, streams);
  training::TrainerOptions options = trainer_options(*experiment, arguments.seed, signals);
  options.patience = experiment->patience;
  options.checkpoint = arguments.checkpoint;
  options.checkpoint_steps = arguments.checkpoint_steps;
  options.resume = arguments.resume;
  options.reporters = {&progress};
  if (!arguments.metrics.empty()) options.reporters.push_back(&metrics);
  options.reporters.push_back(&baselines);  // Last: what the others write was tried before.
  signals.wait_for_step();
  const training::TrainingResult result =
      with_memory_for("a training step (--batch-size and --hidden make it smaller)",
                      [&] { return training::Trainer(options).fit(experiment->task()); });
  if (result.interrupted) {
    throw Interrupted{signals.arrived(),
                      how_to_go_on(signals.arrived(), arguments.checkpoint, arguments.words)};
  }
  report_result(streams.out, result, arguments.checkpoint);
}

void add_run_options(CLI::App& command, Arguments& arguments) {
  command
      .add_option("--seed", arguments.seed,
                  "Of parameters, dropout and the order of examples [1]; it fixes every bit on "
                  "processors of one instruction set, with one version of espalier and oneDNN")
      ->type_name("N")
      ->transform(whole_between(0));
  command
      .add_option("--threads", arguments.threads, "Threads [all cores]; no result depends on it")
      ->type_name("N")
      ->transform(whole_between(1, kMaxThreads));
  CLI::Option* const checkpoint =
      command.add_option("--checkpoint", arguments.checkpoint,
                         "File to keep the model and the run in, after each epoch");
  checkpoint->type_name("FILE");
  command
      .add_option("--checkpoint-steps", arguments.checkpoint_steps,
                  "And after so many steps [0: only after epochs]")
      ->type_name("N")
      ->transform(whole_between(0))
      ->needs(checkpoint);
  command
      .add_flag("--resume", arguments.resume,
                "Go on from the checkpoint if it is there. Data and options must be the same, but "
                "--epochs, --threads, --checkpoint-steps and --metrics may change")
      ->needs(checkpoint);
  command
      .add_flag("--overwrite", arguments.overwrite,
                "Replace a checkpoint that is there, once there is something to save")
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
    bool is_of_models = false, is_of_this_set = false;  // With another model.
    for_each_plan([&](std::string_view, std::string_view dataset, const auto& plan_of) {
      const Plan plan = plan_of();
      OptionArguments of_data, of_model;
      of_data.add(plan.data_options, dataset);
      of_model.add(plan.model_options, dataset);
      is_of_models = is_of_models || of_model.has(flag);
      is_of_this_set = is_of_this_set || (of_data.has(flag) && dataset == arguments.dataset);
      const std::string name = message(' ', dataset);
      if (of_data.has(flag) && (data_sets + ' ').find(name + ' ') == std::string::npos) {
        data_sets += name;
      }
    });
    if (!data_sets.empty() && !is_of_this_set) {
      throw UsageError(message("--", flag, " is not for the data set ", arguments.dataset,
                               " but for:", data_sets));
    }
    if (is_of_models || is_of_this_set) {
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
  arguments->words.assign(words.begin(), words.end());
  CLI::App* const command = app.add_subcommand("train", "Train a model on a data set");
  command->footer(
      "Where nothing is said, a model is built and trained as its paper has it, or as suits the\n"
      "data set; `espalier train MODEL --dataset NAME --help` shows what both take, and the\n"
      "defaults. SIGINT or SIGTERM ends a run after the step, with its state saved; a second one\n"
      "ends it at once. Example: espalier train lstm --dataset adding --checkpoint "
      "adding.safetensors");
  command->add_option("MODEL", arguments->model, "The model; `espalier list` shows them")
      ->type_name("")
      ->required()
      ->check(check_one_of(names_of(model_names(), [](std::string_view name) { return name; })));
  const std::vector<std::string> data_sets =
      names_of(all_data_sets(), [](const DataSetInfo& info) { return info.name; });
  command->add_option("--dataset", arguments->dataset, "Data set; `espalier list` shows them")
      ->required()
      ->check(check_one_of(data_sets));
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
