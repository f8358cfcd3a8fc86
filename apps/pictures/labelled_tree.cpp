#include <espalier/apps/pictures/labelled_tree.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <utility>

#include <espalier/apps/pictures/tree_drawing.h>
#include <espalier/apps/pictures/tree_part.h>
#include <espalier/ops/argmax.h>

namespace espalier::apps {
namespace {

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

std::string labelled_tree_dot(const TextTree& text, TreeFormat format, MatrixView probabilities,
                              const std::vector<std::string>& classes, std::size_t max_nodes) {
  const TreePart part = upper_part(text.tree.tree, max_nodes);
  const auto labels = argmax_rows(probabilities);
  const bool is_listops = format == TreeFormat::kListOps;
  std::vector<DrawnNode> nodes;
  for (std::size_t i = 0; i < part.nodes.size(); ++i) {
    const NodeId v = part.nodes[i];
    const auto label = static_cast<std::size_t>(labels[v]);
    const std::string& class_name = classes[label];
    nodes.push_back(is_listops ? listops_node(text, v, label, class_name)
                               : sentiment_node(text, v, label, classes.size()));
    if (part.is_cut[i]) nodes.back().text += " …";
    if (is_listops && text.tree.labels[v] == kNoLabel) continue;  // Nothing was learnt for it.
    std::array<char, 32> probability{};
    std::snprintf(probability.data(), probability.size(), " (%.3f)",
                  static_cast<double>(probabilities.row(v)[label]));
    nodes.back().tooltip = class_name + probability.data();
  }
  return to_dot(part.tree, nodes);
}

}  // namespace espalier::apps
