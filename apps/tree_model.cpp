#include <espalier/apps/tree_model.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include <espalier/apps/answering.h>
#include <espalier/apps/model_parts.h>
#include <espalier/apps/tree_data.h>
#include <espalier/apps/tree_drawing.h>
#include <espalier/apps/tree_reader.h>
#include <espalier/base/error.h>
#include <espalier/models/tree_batch.h>
#include <espalier/ops/argmax.h>
#include <espalier/training/model_task.h>

namespace espalier::apps {
namespace {

// Writes each probability with as many digits as a float needs.
using Json = nlohmann::basic_json<nlohmann::ordered_map, std::vector, std::string, bool,
                                  std::int64_t, std::uint64_t, float>;

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
Json prediction(const TextTree& text, MatrixView probabilities,
                const std::vector<std::string>& classes) {
  const auto labels = argmax_rows(probabilities);
  const auto label = [&](NodeId v) { return classes[static_cast<std::size_t>(labels[v])]; };
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

}  // namespace

training::Metrics TreeModel::evaluate(const DataOptions& options, std::string_view split) const {
  TreeData trees = load_tree_data(options);
  check_classes(classes_.size(), trees.classes.size(), options.dataset, source);
  std::vector<LabelledTree>& examples = split_of(trees, split);
  const std::vector<std::uint32_t> numbers = renumbering(trees.vocabulary, vocabulary_);
  for (LabelledTree& tree : examples) {
    for (std::uint32_t& word : tree.words) {
      if (word != kNoWord) word = numbers[word];
    }
  }
  return training::evaluate(classifier_, examples);
}

void TreeModel::predict(datasets::LineReader& lines, std::ostream& out) const {
  TreeReader reader(lines, tree_format(data.dataset), vocabulary_);
  answer_in_batches<TextTree>([&] { return reader.next(); },
                              [&](const std::vector<TextTree>& texts) {
                                std::vector<const LabelledTree*> trees;
                                for (const TextTree& text : texts) trees.push_back(&text.tree);
                                const models::TreeBatch batch(trees);
                                const Tensor probabilities = classifier_.probabilities(batch);
                                for (std::size_t i = 0; i < texts.size(); ++i) {
                                  const MatrixView rows = probabilities.view().slice(
                                      batch.first_node[i], batch.first_node[i + 1]);
                                  out << prediction(texts[i], rows, classes_).dump() << '\n';
                                }
                                check_written(out);
                              });
}

std::string TreeModel::draw(datasets::LineReader& lines, const DrawOptions& options) const {
  TreeReader reader(lines, tree_format(data.dataset), vocabulary_);
  const TextTree text = example_at<TextTree>(lines, options.line, [&] { return reader.next(); });
  const LabelledTree* const tree = &text.tree;
  const Tensor probabilities = classifier_.probabilities(models::TreeBatch({&tree, 1}));
  const auto labels = argmax_rows(probabilities.view());
  const bool is_listops = tree_format(data.dataset) == TreeFormat::kListOps;
  std::vector<DrawnNode> nodes;
  for (NodeId v = 0; v < tree->tree.num_nodes(); ++v) {
    const auto label = static_cast<std::size_t>(labels[v]);
    const std::string& class_name = classes_[label];
    nodes.push_back(is_listops ? listops_node(text, v, label, class_name)
                               : sentiment_node(text, v, label, classes_.size()));
    if (is_listops && tree->labels[v] == kNoLabel) continue;  // Nothing was learnt for it.
    std::array<char, 32> probability{};
    std::snprintf(probability.data(), probability.size(), " (%.3f)",
                  static_cast<double>(probabilities.at(v, label)));
    nodes.back().tooltip = class_name + probability.data();
  }
  const std::string dot = to_dot(text.tree.tree, nodes);
  return options.dot ? dot : dot_to_svg(dot);
}

}  // namespace espalier::apps
