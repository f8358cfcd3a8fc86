#pragma once

#include <span>
#include <string>

#include <espalier/graph/tree.h>

namespace espalier::apps {

/// How a node is drawn.
struct DrawnNode {
  std::string text;              ///< Any UTF-8. An inner node without text is a point.
  std::string fill = "#ffffff";  ///< "#rrggbb".
  std::string tooltip = {};
};

/// The tree in Graphviz's DOT language, the root on top and the leaves from left to right.
/// `nodes` has one entry for each node.
std::string to_dot(const Tree& tree, std::span<const DrawnNode> nodes);

/// A picture of a graph, laid out by Graphviz's `dot`. Not for several threads at once.
/// Throws Error, with what Graphviz says, if that fails.
std::string dot_to_svg(const std::string& dot);

}  // namespace espalier::apps
