#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

#include <espalier/base/error.h>
#include <espalier/graph/tree.h>

namespace espalier::datasets {

/// The number of a node's head as treebanks write it: nodes count from 1, and the root has head 0.
/// Throws ParseError, at `where`, if `text` is not a whole number.
std::uint64_t parse_head(std::string_view text, const TextPosition& where);

/// The tree in which node v hangs under node heads[v] - 1. O(n); `where(v)` is asked only for the
/// place of an error.
/// Throws ParseError, naming nodes as the file does, if a head is out of range, if there is no root
/// or more than one, and if a node is its own ancestor.
Tree tree_from_heads(std::span<const std::uint64_t> heads,
                     const std::function<TextPosition(std::size_t v)>& where);

}  // namespace espalier::datasets
