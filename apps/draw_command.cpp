#include <espalier/apps/draw_command.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include <espalier/apps/option_checks.h>
#include <espalier/apps/tree_drawing.h>
#include <espalier/apps/tree_model.h>
#include <espalier/apps/tree_reader.h>
#include <espalier/base/error.h>
#include <espalier/models/tree_batch.h>

namespace espalier::apps {
namespace {

struct Arguments {
  std::filesystem::path checkpoint;
  std::filesystem::path file = "-";
  std::filesystem::path output = "-";
  std::size_t line = 1;
  bool dot = false;
};

TextTree read_line(const Arguments& arguments, std::istream& in, const TreeModel& model) {
  TreeReader reader(arguments.file, in, model);
  std::size_t num_lines = 0;
  while (num_lines + 1 < arguments.line && reader.skip_line()) ++num_lines;
  if (num_lines + 1 == arguments.line) {
    if (std::optional<TextTree> text = reader.next()) return std::move(*text);
  }
  throw ParseError(reader.file(), message("no line ", arguments.line, ", there are ", num_lines));
}

// The first class is red, the last one green, and what lies between them fades to white.
std::string sentiment_color(std::size_t label, std::size_t num_classes) {
  using Color = std::array<double, 3>;
  constexpr Color kRed = {215, 80, 70};
  constexpr Color kGreen = {70, 165, 90};
  const double position =
      2.0 * static_cast<double>(label) / static_cast<double>(num_classes - 1) - 1.0;
  const Color& color = position < 0.0 ? kRed : kGreen;
  std::string text = "#";
  for (const double part : color) {
    std::array<char, 3> digits{};
    const double blended = 255.0 + std::abs(position) * (part - 255.0);
    std::snprintf(digits.data(), digits.size(), "%02x",
                  static_cast<unsigned>(std::lround(blended)) & 0xFFu);
    text += digits.data();
  }
  return text;
}

// "--" for the first of five classes, "0" for the one in the middle, "++" for the last.
std::string sentiment_sign(std::size_t label, std::size_t num_classes) {
  const std::size_t middle = num_classes / 2;
  if (label == middle) return "0";
  return label < middle ? std::string(middle - label, '-') : std::string(label - middle, '+');
}

DrawnNode sentiment_node(const TextTree& text, NodeId v, std::size_t label,
                         std::size_t num_classes) {
  return {.text = text.tree.tree.is_leaf(v) ? text.tokens[v] : sentiment_sign(label, num_classes),
          .fill = sentiment_color(label, num_classes)};
}

// Values of complete expressions; wrong ones are red.
DrawnNode listops_node(const TextTree& text, NodeId v, std::size_t label,
                       const std::string& class_name) {
  const std::int32_t value = text.tree.labels[v];
  DrawnNode node{.text = text.tokens[v]};
  if (value == kNoLabel) return node;
  if (!text.tree.tree.is_leaf(v)) node.text = class_name;
  node.fill = std::cmp_equal(value, label) ? "#e4f0e6" : "#e88a82";
  return node;
}

std::vector<DrawnNode> drawn_nodes(const TextTree& text, const TreeModel& model) {
  const LabelledTree* const tree = &text.tree;
  const Tensor probabilities = model.classifier.probabilities(models::TreeBatch({&tree, 1}));
  const auto labels = models::most_probable(probabilities.view());
  const bool is_listops = tree_dataset(model.data.dataset).format == TreeFormat::kListOps;
  std::vector<DrawnNode> nodes;
  for (NodeId v = 0; v < tree->tree.num_nodes(); ++v) {
    const auto label = static_cast<std::size_t>(labels[v]);
    const std::string& class_name = model.classes[label];
    nodes.push_back(is_listops ? listops_node(text, v, label, class_name)
                               : sentiment_node(text, v, label, model.classes.size()));
    if (is_listops && tree->labels[v] == kNoLabel) continue;  // Nothing was learnt for it.
    std::array<char, 32> probability{};
    std::snprintf(probability.data(), probability.size(), " (%.3f)",
                  static_cast<double>(probabilities.at(v, label)));
    nodes.back().tooltip = class_name + probability.data();
  }
  return nodes;
}

void write(const std::filesystem::path& path, std::string_view text, std::ostream& out) {
  if (path == "-") {
    out << text;
    return;
  }
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) throw FileError(message(path.string(), ": cannot be written"));
}

void draw(const Arguments& arguments, const Streams& streams) {
  const TreeModel model = load_tree_model(arguments.checkpoint);
  const TextTree text = read_line(arguments, streams.in, model);
  const std::string dot = to_dot(text.tree.tree, drawn_nodes(text, model));
  write(arguments.output, arguments.dot ? dot : dot_to_svg(dot), streams.out);
}

}  // namespace

void add_draw_command(CLI::App& app, const Streams& streams) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* const command =
      app.add_subcommand("draw", "Draw a tree with the class predicted for every node");
  command->footer(
      "Reads trees as `espalier predict` does, and draws one as SVG. Sentiment runs from red over\n"
      "white to green. With listops, nodes show the predicted value of each list, wrong ones in "
      "red.");
  command->add_option("CHECKPOINT", arguments->checkpoint, "Checkpoint of `espalier train`")
      ->type_name("")
      ->required();
  command->add_option("FILE", arguments->file, "The trees; - is standard input [-]")->type_name("");
  command->add_option("--output", arguments->output, "The picture; - is standard output [-]")
      ->type_name("FILE");
  command->add_option("--line", arguments->line, "Line of the tree, from 1 [1]")
      ->type_name("N")
      ->check(at_least(1));
  command->add_flag("--dot", arguments->dot, "Write Graphviz's DOT language in place of SVG");
  command->callback([arguments, streams] { draw(*arguments, streams); });
}

}  // namespace espalier::apps
