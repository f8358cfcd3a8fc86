#include <espalier/datasets/heads.h>

#include <cassert>
#include <optional>
#include <string>
#include <vector>

#include <espalier/datasets/internal/fields.h>

namespace espalier::datasets {
namespace {

using Where = std::function<TextPosition(std::size_t v)>;

// A node that is its own ancestor, given that there is one and that all heads are in range.
std::size_t node_on_a_cycle(std::span<const std::uint64_t> heads) {
  std::vector<std::size_t> seen_from(heads.size(), heads.size());
  for (std::size_t begin = 0; begin < heads.size(); ++begin) {
    std::size_t v = begin;
    while (seen_from[v] == heads.size()) {
      seen_from[v] = begin;
      if (heads[v] == 0) break;
      v = heads[v] - 1;
    }
    if (seen_from[v] == begin && heads[v] != 0) return v;  // Met again on one way up.
  }
  assert(false);
  return 0;
}

[[noreturn]] void throw_cycle(std::span<const std::uint64_t> heads, const Where& where) {
  constexpr int kMaxShown = 8;
  const std::size_t first = node_on_a_cycle(heads);
  std::string path = message(first + 1);
  std::size_t v = first;
  for (int i = 0; i < kMaxShown; ++i) {
    path += message(" -> ", heads[v]);
    v = heads[v] - 1;
    if (v == first) break;
  }
  if (v != first) path += " -> ...";
  throw ParseError(where(first), message("node ", first + 1, " is its own ancestor: ", path));
}

}  // namespace

std::uint64_t parse_head(std::string_view text, const TextPosition& where) {
  if (const auto head = whole_number(text)) return *head;
  throw ParseError(where, message("found \"", text, "\", expected the number of a head"));
}

Tree tree_from_heads(std::span<const std::uint64_t> heads, const Where& where) {
  std::vector<NodeId> parents(heads.size());
  std::optional<std::size_t> root;
  for (std::size_t v = 0; v < heads.size(); ++v) {
    if (heads[v] > heads.size()) {
      throw ParseError(where(v),
                       message("found head ", heads[v], ", expected 0 .. ", heads.size()));
    }
    if (heads[v] == 0 && root) {
      throw ParseError(where(v), message("found a second root, expected node ", *root + 1,
                                         " to be the only one"));
    }
    if (heads[v] == 0) root = v;
    parents[v] = heads[v] == 0 ? kNoNode : static_cast<NodeId>(heads[v] - 1);
  }
  if (!root) throw ParseError(where(0), "found no root, expected one head to be 0");
  try {
    return Tree::from_parents(parents);
  } catch (const GraphError&) {  // Nothing but a cycle is left that can be wrong.
    throw_cycle(heads, where);
  }
}

}  // namespace espalier::datasets
