#include <filesystem>
#include <memory>

#include <CLI/CLI.hpp>

#include <espalier/apps/commands/commands.h>
#include <espalier/apps/commands/example_file.h>
#include <espalier/apps/commands/given_data.h>
#include <espalier/apps/commands/option_checks.h>
#include <espalier/apps/systems/systems.h>

namespace espalier::apps {
namespace {

struct Arguments {
  std::filesystem::path checkpoint;
  std::filesystem::path file = "-";
  std::filesystem::path states;
  GivenData data;
};

void predict(const Arguments& arguments, const Streams& streams) {
  check_distinct({{"CHECKPOINT", arguments.checkpoint},
                  {"FILE", arguments.file},
                  {"--states", arguments.states}});
  const std::unique_ptr<TrainedModel> model = load_trained(arguments.checkpoint);
  load_data(*model, arguments.data, streams);
  datasets::LineReader lines = open_examples(arguments.file, streams.in);
  model->predict(lines, streams.out, arguments.states);
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
      "Of graphs, an example is the number of a node in the data set, whose files are read again;\n"
      "han says what each meta-path counts, too.\n"
      "With listops, a node that is not a complete expression has no true value, and what is\n"
      "predicted there means nothing.");
  command->add_option("CHECKPOINT", arguments->checkpoint, "Checkpoint of `espalier train`")
      ->type_name("")
      ->required();
  command->add_option("FILE", arguments->file, "The examples; - is standard input [-]")
      ->type_name("");
  add_data_options(*command, arguments->data);
  command
      ->add_option("--states", arguments->states,
                   "Of nodes of a graph: a safetensors file to write their embeddings to, one row "
                   "for each line, and \"nodes\", their numbers")
      ->type_name("FILE");
  command->callback([arguments, streams] { predict(*arguments, streams); });
}

}  // namespace espalier::apps
