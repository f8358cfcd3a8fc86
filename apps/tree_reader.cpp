#include <espalier/apps/tree_reader.h>

#include <string_view>
#include <utility>

#include <espalier/base/error.h>
#include <espalier/datasets/listops_text.h>
#include <espalier/graph/bracketed_text.h>

namespace espalier::apps {
namespace {

// Where node v begins in its line: at the v-th bracket, since ids are in preorder.
std::size_t node_offset(std::string_view line, NodeId v) {
  std::size_t bracket = line.find('(');
  for (; v > 0; --v) bracket = line.find('(', bracket + 1);
  return bracket;
}

TextTree parse_binary_tree(std::string_view line, const datasets::LineReader& reader,
                           const Vocabulary& vocabulary) {
  BracketedTree parsed = parse_bracketed(line, reader.where());
  const NodeId num_nodes = parsed.tree.num_nodes();
  std::vector<std::uint32_t> words(num_nodes, kNoWord);
  for (NodeId v = 0; v < num_nodes; ++v) {
    const std::size_t num_children = parsed.tree.children(v).size();
    if (num_children == 0) {
      words[v] = vocabulary.find(parsed.tokens[v]);
    } else if (num_children != 2) {
      throw ParseError(reader.where(node_offset(line, v)),
                       message("found a node with ", num_children,
                               num_children == 1 ? " child" : " children", ", expected two"));
    }
  }
  return {.tree = {std::move(parsed.tree), std::move(words),
                   std::vector<std::int32_t>(num_nodes, kNoLabel)},
          .tokens = std::move(parsed.tokens)};
}

TextTree parse_expression(std::string_view line, const datasets::LineReader& reader,
                          const Vocabulary& vocabulary) {
  TextTree result{.tree = datasets::parse_listops(line, reader.where()), .tokens = {}};
  for (const std::uint32_t word : result.tree.words) {
    result.tokens.push_back(word == kNoWord ? std::string() : vocabulary.word(word));
  }
  return result;
}

}  // namespace

std::optional<TextTree> TreeReader::next() {
  const std::optional<std::string_view> line = lines_.next();
  if (!line) return std::nullopt;
  switch (format_) {
    case TreeFormat::kBracketed:
      return parse_binary_tree(*line, lines_, vocabulary_);
    case TreeFormat::kListOps:
      return parse_expression(*line, lines_, vocabulary_);
  }
  return std::nullopt;
}

}  // namespace espalier::apps
