#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <espalier/base/error.h>
#include <espalier/graph/tree.h>

namespace espalier {

/// A tree whose nodes have labels and whose leaves have tokens, as treebanks print it:
/// "(3 (2 It) (4 (2 's) (4 good)))".
struct BracketedTree {
  Tree tree;                        ///< Nodes in preorder, the order of their opening brackets.
  std::vector<std::string> labels;  ///< Of every node.
  std::vector<std::string> tokens;  ///< Of every leaf; empty at inner nodes.
};

/// The one tree in `text`, by the grammar
///
///     node = "(" label node+ ")" | "(" label token ")"
///
/// Labels and tokens are runs of anything but ASCII spaces, tabs and parentheses, which separate
/// them; a no-break space is part of a token, and so is a line break: pass a line without its end.
///
/// `where` is where `text` begins; its line and column count from 1 and are 1 if unknown.
/// Throws ParseError, giving the exact column, if `text` is anything else or is not UTF-8.
BracketedTree parse_bracketed(std::string_view text, const TextPosition& where);

/// The text of a tree, with one space between neighbours; parse_bracketed is its inverse.
std::string to_brackets(const BracketedTree& tree);

}  // namespace espalier
