#include <espalier/datasets/binary_tree_text.h>

#include <utility>

#include <espalier/base/error.h>
#include <espalier/graph/bracketed_text.h>

namespace espalier::datasets {

// Ids are in preorder.
std::size_t label_offset(std::string_view line, NodeId v) {
  std::size_t bracket = line.find('(');
  for (; v > 0; --v) bracket = line.find('(', bracket + 1);
  return line.find_first_not_of(" \t", bracket + 1);
}

TextTree parse_binary_tree(std::string_view line, const LineReader& reader,
                           const std::function<std::uint32_t(std::string_view word)>& number_of) {
  BracketedTree parsed = parse_bracketed(line, reader.where());
  const NodeId num_nodes = parsed.tree.num_nodes();
  TextTree result{.tree = {std::move(parsed.tree), std::vector<std::uint32_t>(num_nodes, kNoWord),
                           std::vector<std::int32_t>(num_nodes, kNoLabel)},
                  .tokens = std::move(parsed.tokens),
                  .labels = std::move(parsed.labels)};
  for (NodeId v = 0; v < num_nodes; ++v) {
    const std::size_t num_children = result.tree.tree.children(v).size();
    if (num_children == 0) {
      result.tree.words[v] = number_of(result.tokens[v]);
    } else if (num_children != 2) {
      throw ParseError(reader.where(label_offset(line, v)),
                       message("found a node with ", num_children,
                               num_children == 1 ? " child" : " children", ", expected two"));
    }
  }
  return result;
}

}  // namespace espalier::datasets
