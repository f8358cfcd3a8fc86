#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <espalier/apps/systems/tree_reader.h>
#include <espalier/ops/tensor.h>

namespace espalier::apps {

/// A tree with the class predicted for every node, in Graphviz's DOT language: sentiment from red
/// over white to green, of ListOps the values, wrong ones in red. `probabilities` has a row for
/// each node. Of a larger tree, the `max_nodes` nodes that are nearest to the root; "…" stands for
/// what is left out below a node.
std::string labelled_tree_dot(const TextTree& text, TreeFormat format, MatrixView probabilities,
                              const std::vector<std::string>& classes, std::size_t max_nodes);

}  // namespace espalier::apps
