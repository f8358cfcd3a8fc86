#include <espalier/apps/evaluate_command.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <espalier/apps/tree_data.h>
#include <espalier/apps/tree_model.h>
#include <espalier/base/error.h>
#include <espalier/models/tree_classifier_task.h>

namespace espalier::apps {
namespace {

struct Arguments {
  std::filesystem::path checkpoint;
  TreeDataOptions data;
  std::string split = "test";
};

// What is not said is as it was in training.
TreeDataOptions data_options(const Arguments& arguments, const TreeModel& model) {
  TreeDataOptions options = arguments.data;
  if (options.dataset.empty()) options.dataset = model.data.dataset;
  if (options.dataset == model.data.dataset) {
    if (!options.train_size) options.train_size = model.data.train_size;
    if (!options.max_length) options.max_length = model.data.max_length;
  }
  return options;
}

// The words' numbers in the model's vocabulary.
void renumber_words(std::vector<LabelledTree>& trees, const datasets::Vocabulary& from,
                    const datasets::Vocabulary& to) {
  std::vector<std::uint32_t> numbers;
  for (const std::string& word : from.words()) numbers.push_back(to.find(word));
  for (LabelledTree& tree : trees) {
    for (std::uint32_t& word : tree.words) {
      if (word != kNoWord) word = numbers[word];
    }
  }
}

void evaluate(const Arguments& arguments, std::ostream& out) {
  const TreeModel model = load_tree_model(arguments.checkpoint);
  const TreeDataOptions options = data_options(arguments, model);
  TreeData data = load_tree_data(options);
  if (data.classes.size() != model.classes.size()) {
    throw Error(message(arguments.checkpoint.string(), ": a model of ", model.classes.size(),
                        " classes, expected ", data.classes.size(), ", those of ",
                        options.dataset));
  }
  std::vector<LabelledTree>& trees = arguments.split == "train" ? data.train
                                     : arguments.split == "dev" ? data.dev
                                                                : data.test;
  renumber_words(trees, data.vocabulary, model.vocabulary);
  out << nlohmann::ordered_json{{"dataset", options.dataset},
                                {"split", arguments.split},
                                {"metrics", models::evaluate(model.classifier, trees)}}
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
