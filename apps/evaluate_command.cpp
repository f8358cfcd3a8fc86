#include <espalier/apps/evaluate_command.h>

#include <filesystem>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <espalier/apps/systems.h>

namespace espalier::apps {
namespace {

struct Arguments {
  std::filesystem::path checkpoint;
  DataOptions data;
  std::string split = "test";
};

void evaluate(const Arguments& arguments, std::ostream& out) {
  const std::unique_ptr<TrainedModel> model = load_model(arguments.checkpoint);
  const DataOptions data = completed(arguments.data, model->data);
  out << nlohmann::ordered_json{{"dataset", data.dataset},
                                {"split", arguments.split},
                                {"metrics", model->evaluate(data, arguments.split)}}
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
  add_data_options(*command, arguments->data);
  command->add_option("--split", arguments->split, "train, dev or test [test]")
      ->check(CLI::IsMember({"train", "dev", "test"}));
  command->callback([arguments, &out = streams.out] { evaluate(*arguments, out); });
}

}  // namespace espalier::apps
