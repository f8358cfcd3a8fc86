#include <espalier/apps/predict_command.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <espalier/apps/tree_model.h>
#include <espalier/apps/tree_reader.h>
#include <espalier/models/tree_batch.h>

namespace espalier::apps {
namespace {

// Writes each probability with as many digits as a float needs.
using Json = nlohmann::basic_json<nlohmann::ordered_map, std::vector, std::string, bool,
                                  std::int64_t, std::uint64_t, float>;

struct Arguments {
  std::filesystem::path checkpoint;
  std::filesystem::path file = "-";
};

// What stands below each node, from left to right.
std::vector<std::string> covered_words(const TextTree& text) {
  std::vector<std::string> covered = text.tokens;
  for (const NodeId v : text.tree.tree.postorder()) {
    for (const NodeId child : text.tree.tree.children(v)) {
      if (!covered[v].empty()) covered[v] += ' ';
      covered[v] += covered[child];
    }
  }
  return covered;
}

// `probabilities` has a row for each node.
Json prediction(const TextTree& text, MatrixView probabilities, const TreeModel& model) {
  const auto labels = models::most_probable(probabilities);
  const auto label = [&](NodeId v) { return model.classes[static_cast<std::size_t>(labels[v])]; };
  const std::vector<std::string> covered = covered_words(text);
  Json nodes = Json::array();
  for (NodeId v = 0; v < text.tree.tree.num_nodes(); ++v) {
    nodes.push_back({{"node", v},
                     {"text", covered[v]},
                     {"label", label(v)},
                     {"probabilities", probabilities.row(v)}});
  }
  const NodeId root = text.tree.tree.root();
  return {{"label", label(root)},
          {"probabilities", probabilities.row(root)},
          {"nodes", std::move(nodes)}};
}

void predict_batch(const std::vector<TextTree>& texts, const TreeModel& model, std::ostream& out) {
  if (texts.empty()) return;
  std::vector<const LabelledTree*> trees;
  for (const TextTree& text : texts) trees.push_back(&text.tree);
  const models::TreeBatch batch(trees);
  const Tensor probabilities = model.classifier.probabilities(batch);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const MatrixView rows =
        probabilities.view().slice(batch.first_node[i], batch.first_node[i + 1]);
    out << prediction(texts[i], rows, model).dump() << '\n';
  }
  check_written(out);
}

void predict(const Arguments& arguments, const Streams& streams) {
  constexpr std::size_t kBatchSize = 64;
  const TreeModel model = load_tree_model(arguments.checkpoint);
  TreeReader reader(arguments.file, streams.in, model);
  std::vector<TextTree> texts;
  try {
    while (std::optional<TextTree> text = reader.next()) {
      texts.push_back(std::move(*text));
      if (texts.size() < kBatchSize) continue;
      predict_batch(texts, model, streams.out);
      texts.clear();
    }
  } catch (const ParseError&) {
    predict_batch(texts, model, streams.out);  // Every line before the bad one is answered.
    throw;
  }
  predict_batch(texts, model, streams.out);
}

}  // namespace

void add_predict_command(CLI::App& app, const Streams& streams) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* const command =
      app.add_subcommand("predict", "Predict the class of every node of trees");
  command->footer(
      "Reads one tree from each line: for sentiment a binary tree in brackets, whose labels do "
      "not\n"
      "matter, \"(3 (2 It) (4 (2 's) (4 good)))\"; for listops \"[MAX 2 9 [MIN 4 7 ] 0 ]\" or a\n"
      "published line. Writes a JSON line for each: the label and the probabilities of the root,\n"
      "and of every node. With listops, a node that is not a complete expression has no true\n"
      "value, and what is predicted there means nothing.");
  command->add_option("CHECKPOINT", arguments->checkpoint, "Checkpoint of `espalier train`")
      ->type_name("")
      ->required();
  command->add_option("FILE", arguments->file, "The trees; - is standard input [-]")->type_name("");
  command->callback([arguments, streams] { predict(*arguments, streams); });
}

}  // namespace espalier::apps
