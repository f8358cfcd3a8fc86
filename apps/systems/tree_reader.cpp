#include <espalier/apps/systems/tree_reader.h>

#include <string_view>
#include <utility>

#include <espalier/base/error.h>
#include <espalier/datasets/listops_text.h>

namespace espalier::apps {
namespace {

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
      return datasets::parse_binary_tree(
          *line, lines_, [&](std::string_view word) { return vocabulary_.find(word); });
    case TreeFormat::kListOps:
      return parse_expression(*line, lines_, vocabulary_);
  }
  return std::nullopt;
}

}  // namespace espalier::apps
