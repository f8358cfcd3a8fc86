#include <filesystem>
#include <memory>

#include <CLI/CLI.hpp>

#include <espalier/apps/commands/commands.h>
#include <espalier/apps/commands/example_file.h>
#include <espalier/apps/systems/systems.h>

namespace espalier::apps {
namespace {

struct Arguments {
  std::filesystem::path checkpoint;
  std::filesystem::path file = "-";
};

void predict(const Arguments& arguments, const Streams& streams) {
  const std::unique_ptr<TrainedModel> model = load_trained(arguments.checkpoint);
  datasets::LineReader lines = open_examples(arguments.file, streams.in);
  model->predict(lines, streams.out);
}

}  // namespace

void add_predict_command(CLI::App& app, const Streams& streams) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* const command = app.add_subcommand("predict", "Apply a checkpoint's model to examples");
  command->footer(
      "Reads one example from each line and writes a JSON line for each: for classes the label\n"
      "and the probabilities. What an example is depends on the model; `espalier list` says it.\n"
      "Of trees, each node has the first and the last position of its \"words\" (the latter not\n"
      "included) among the leaves, and their \"text\", which is cut after some 400 bytes.\n"
      "With listops, a node that is not a complete expression has no true value, and what is\n"
      "predicted there means nothing.");
  command->add_option("CHECKPOINT", arguments->checkpoint, "Checkpoint of `espalier train`")
      ->type_name("")
      ->required();
  command->add_option("FILE", arguments->file, "The examples; - is standard input [-]")
      ->type_name("");
  command->callback([arguments, streams] { predict(*arguments, streams); });
}

}  // namespace espalier::apps
