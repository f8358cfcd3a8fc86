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
  std::filesystem::path output = "-";
  DrawOptions options;
  GivenData data;
};

void draw(const Arguments& arguments, const Streams& streams) {
  check_distinct({{"CHECKPOINT", arguments.checkpoint},
                  {"FILE", arguments.file},
                  {"--output", arguments.output}});
  const std::unique_ptr<TrainedModel> model = load_trained(arguments.checkpoint);
  load_data(*model, arguments.data, streams);
  datasets::LineReader lines = open_examples(arguments.file, streams.in);
  write_output(arguments.output, model->draw(lines, arguments.options), streams.out);
}

}  // namespace

void add_draw_command(CLI::App& app, const Streams& streams) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* const command =
      app.add_subcommand("draw", "Draw an example with what the model makes of it");
  command->footer(
      "Reads examples as `espalier predict` does. Trees become SVG, with the class predicted for\n"
      "every node: sentiment runs from red over white to green; with listops, nodes show the\n"
      "predicted value of each list, wrong ones in red. Documents become an HTML page in which\n"
      "sentences and words are the darker the more attention they have. Discussions become SVG, a\n"
      "line for each comment, coloured by its predicted label. Nodes of graphs become SVG, with\n"
      "their neighbours along each meta-path, edges as thick as the attention that they have.");
  command->add_option("CHECKPOINT", arguments->checkpoint, "Checkpoint of `espalier train`")
      ->type_name("")
      ->required();
  command->add_option("FILE", arguments->file, "The examples; - is standard input [-]")
      ->type_name("");
  command->add_option("--output", arguments->output, "The picture; - is standard output [-]")
      ->type_name("FILE");
  command->add_option("--line", arguments->options.line, "Line of the example, from 1 [1]")
      ->type_name("N")
      ->transform(whole_between(1));
  command
      ->add_option("--nodes", arguments->options.nodes,
                   message("Of a tree or discussion, draw the N nodes nearest to the root or the N "
                           "oldest; without it, one of more than ",
                           DrawOptions::kMostDrawn,
                           " is refused. Of neighbours along a meta-path, "
                           "the N heaviest [",
                           DrawOptions::kNeighbours, "]"))
      ->type_name("N")
      ->transform(whole_between(1, 10000));
  command->add_flag("--dot", arguments->options.dot,
                    "Trees: write Graphviz's DOT language in place of SVG");
  command->add_flag("--paths", arguments->options.paths,
                    "han: draw what each meta-path counts, in place of a node's neighbours");
  add_data_options(*command, arguments->data);
  command->callback([arguments, streams] { draw(*arguments, streams); });
}

}  // namespace espalier::apps
