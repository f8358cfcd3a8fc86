#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <espalier/data/labelled_tree.h>
#include <espalier/datasets/line_reader.h>

namespace espalier::datasets {

/// A tree, and its words and labels as they were written.
struct TextTree {
  LabelledTree tree;                     ///< Without labels: kNoLabel at every node.
  std::vector<std::string> tokens;       ///< For each node; empty at inner nodes.
  std::vector<std::string> labels = {};  ///< For each node.
};

/// Where node v's label stands in a line of brackets: after the v-th bracket.
std::size_t label_offset(std::string_view line, NodeId v);

/// A binary tree in brackets, the line that `reader` has just read: "(3 (2 It) (4 (2 's) (4
/// good)))", as the Sentiment Treebank has it, for training and for models that are asked about one
/// alike. `number_of` gives the number of a word: that of Vocabulary::add(), or of find(). Throws
/// ParseError, with line and column, as parse_bracketed() does and at a node with one child or more
/// than two.
TextTree parse_binary_tree(std::string_view line, const LineReader& reader,
                           const std::function<std::uint32_t(std::string_view word)>& number_of);

}  // namespace espalier::datasets
