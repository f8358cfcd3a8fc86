#include <filesystem>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <espalier/apps/commands/commands.h>
#include <espalier/apps/commands/option_arguments.h>
#include <espalier/apps/commands/option_checks.h>
#include <espalier/apps/systems/systems.h>
#include <espalier/base/error.h>

namespace espalier::apps {
namespace {

struct Arguments {
  std::filesystem::path checkpoint, folder;
  std::string dataset, split = "test";
  bool other_data = false;
  std::vector<Plan> plans;  // They keep the options.
  OptionArguments options;
};

Split split_named(const std::string& name) {
  if (name == "train") return Split::kTrain;
  return name == "dev" ? Split::kDev : Split::kTest;  // No other passes the check.
}

void evaluate(const Arguments& arguments, const Streams& streams) {
  const std::unique_ptr<TrainedModel> model = load_trained(arguments.checkpoint);
  const std::string dataset = arguments.dataset.empty() ? model->dataset : arguments.dataset;
  const Measurement measurement = model->measurement(dataset);
  arguments.options.set({measurement.data_options}, "the data set " + dataset);
  const training::Metrics metrics =
      with_memory_for(message("the data set ", dataset, " with the model"), [&] {
        return measurement.run(
            {{.folder = arguments.folder,
              .may_differ = arguments.other_data || !arguments.options.said().empty()},
             split_named(arguments.split)},
            streams.err);
      });
  if (metrics.empty()) {
    throw Error(message("the ", arguments.split, " split of ", dataset,
                        " has no examples to measure the model on"));
  }
  streams.out << nlohmann::ordered_json{{"dataset", dataset},
                                        {"split", arguments.split},
                                        {"metrics", metrics}}
                     .dump()
              << '\n';
}

}  // namespace

void add_evaluate_command(CLI::App& app, const Streams& streams) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* const command =
      app.add_subcommand("evaluate", "Measure a checkpoint's model on a data set");
  command->footer(
      "Writes one JSON line. What is not said of the data set is as it was in training; data that\n"
      "are not those of the training are refused, unless an option of the data or --other-data "
      "says\nthat others are meant.");
  command->add_option("CHECKPOINT", arguments->checkpoint, "Checkpoint of `espalier train`")
      ->type_name("")
      ->required();
  std::vector<std::string> names;
  for (const DataSetInfo& info : all_data_sets()) names.emplace_back(info.name);
  command
      ->add_option("--dataset", arguments->dataset,
                   "Data set, of those that the model takes [that of its training]")
      ->check(check_one_of(names));
  command
      ->add_option("--data", arguments->folder,
                   "Folder of the data set, or one with a subfolder for it [$ESPALIER_DATA]")
      ->type_name("DIR");
  for (const DataSetInfo& info : all_data_sets()) {
    for (const System& system : systems()) {
      if (!system.takes(system.models.front(), info.name)) continue;
      arguments->plans.push_back(system.plan(system.models.front(), info.name));
      arguments->options.add(arguments->plans.back().data_options, info.name);
      break;
    }
  }
  arguments->options.add_to(*command);
  command->add_option("--split", arguments->split, "train, dev or test [test]")
      ->check(check_one_of({"train", "dev", "test"}));
  command->add_flag("--other-data", arguments->other_data,
                    "The data are meant to differ from those of the training");
  command->callback([arguments, streams] { evaluate(*arguments, streams); });
}

}  // namespace espalier::apps
