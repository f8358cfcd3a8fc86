#include <filesystem>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <espalier/apps/commands/commands.h>
#include <espalier/apps/commands/option_arguments.h>
#include <espalier/apps/systems/systems.h>

namespace espalier::apps {
namespace {

struct Arguments {
  std::filesystem::path checkpoint, folder;
  std::string dataset, split = "test";
  std::vector<Plan> plans;  // They keep the options.
  OptionArguments options;
};

Split split_named(const std::string& name) {
  if (name == "train") return Split::kTrain;
  return name == "dev" ? Split::kDev : Split::kTest;  // No other passes the check.
}

void evaluate(const Arguments& arguments, std::ostream& out) {
  const std::unique_ptr<TrainedModel> model = load_trained(arguments.checkpoint);
  const std::string dataset = arguments.dataset.empty() ? model->dataset : arguments.dataset;
  const Measurement measurement = model->measurement(dataset);
  arguments.options.set({measurement.data_options}, "the data set " + dataset);
  out << nlohmann::ordered_json{{"dataset", dataset},
                                {"split", arguments.split},
                                {"metrics",
                                 measurement.run(arguments.folder, split_named(arguments.split))}}
             .dump()
      << '\n';
}

}  // namespace

void add_evaluate_command(CLI::App& app, const Streams& streams) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* const command =
      app.add_subcommand("evaluate", "Measure a checkpoint's model on a data set");
  command->footer(
      "Writes one JSON line. What is not said of the data set is as it was in training.");
  command->add_option("CHECKPOINT", arguments->checkpoint, "Checkpoint of `espalier train`")
      ->type_name("")
      ->required();
  std::vector<std::string> names;
  for (const DataSetInfo& info : all_data_sets()) names.emplace_back(info.name);
  command
      ->add_option("--dataset", arguments->dataset,
                   "Data set, of those that the model takes [that of its training]")
      ->check(CLI::IsMember(names));
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
      ->check(CLI::IsMember({"train", "dev", "test"}));
  command->callback([arguments, &out = streams.out] { evaluate(*arguments, out); });
}

}  // namespace espalier::apps
