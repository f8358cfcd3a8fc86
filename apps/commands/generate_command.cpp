#include <filesystem>
#include <memory>

#include <CLI/CLI.hpp>

#include <espalier/apps/commands/commands.h>
#include <espalier/apps/commands/option_checks.h>
#include <espalier/apps/systems/systems.h>

namespace espalier::apps {

void add_generate_command(CLI::App& app, const Streams& streams) {
  struct Arguments {
    std::filesystem::path checkpoint;
    GenerateOptions options;
  };
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* const command =
      app.add_subcommand("generate", "Let a language model write, a character at a time");
  command->footer("Example: espalier generate text.safetensors --prompt 'The ' --temperature 0.7");
  command->add_option("CHECKPOINT", arguments->checkpoint, "Checkpoint of `espalier train`")
      ->type_name("")
      ->required();
  command->add_option("--prompt", arguments->options.prompt, "What the text begins with [nothing]")
      ->type_name("TEXT");
  command->add_option("--length", arguments->options.length, "Characters to write [500]")
      ->type_name("N")
      ->transform(whole_between(1, 100'000'000));
  command
      ->add_option("--temperature", arguments->options.temperature,
                   "Below 1 the likely becomes likelier; 0: always the likeliest [1]")
      ->type_name("X")
      ->check(check_between(0.0, 100.0));
  CLI::Option* const seed =
      command->add_option("--seed", arguments->options.seed, "Of what is drawn [1]");
  seed->type_name("N")->transform(whole_between(0));
  command->callback([arguments, seed, &out = streams.out] {
    if (arguments->options.temperature == 0.0 && seed->count() > 0) {
      throw UsageError("--seed does nothing with --temperature 0, which draws nothing");
    }
    out << load_trained(arguments->checkpoint)->generate(arguments->options) << '\n';
  });
}

}  // namespace espalier::apps
