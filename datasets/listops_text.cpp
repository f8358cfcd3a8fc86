#include <espalier/datasets/listops_text.h>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include <espalier/base/error.h>
#include <espalier/base/output_file.h>
#include <espalier/datasets/line_reader.h>
#include <espalier/datasets/listops.h>

namespace espalier::datasets {
namespace {

std::string brackets(const LabelledTree& tree, const Vocabulary& vocabulary) {
  std::string text;
  std::vector<NodeId> stack = {tree.tree.root()};  // To be printed; kNoNode stands for ")".
  while (!stack.empty()) {
    const NodeId v = stack.back();
    stack.pop_back();
    if (!text.empty()) text += ' ';
    if (v == kNoNode) {
      text += ')';
    } else if (tree.tree.is_leaf(v)) {
      text += vocabulary.word(tree.words[v]);
    } else {
      text += '(';
      const std::span<const NodeId> children = tree.tree.children(v);
      stack.push_back(kNoNode);
      stack.insert(stack.end(), children.rbegin(), children.rend());
    }
  }
  return text;
}

std::string line_of(const LabelledTree& tree, const Vocabulary& vocabulary) {
  return message(tree.labels[tree.tree.root()], '\t', brackets(tree, vocabulary));
}

TextPosition after(TextPosition where, std::size_t num_bytes) {
  where.column += num_bytes;
  return where;
}

// The words among the pieces of `line` from `begin` on, parentheses left out.
// Throws ParseError unless they are exactly one complete expression.
std::vector<std::uint32_t> parse_words(std::string_view line, std::size_t begin,
                                       const TextPosition& where, const Vocabulary& vocabulary) {
  std::vector<std::uint32_t> words;
  std::size_t num_open = 0;  // Lists.
  for (std::size_t end; begin < line.size(); begin = end + 1) {
    end = std::min(line.find(' ', begin), line.size());
    const std::string_view piece = line.substr(begin, end - begin);
    if (piece.empty() || piece == "(" || piece == ")") continue;
    const auto fail = [&](std::string_view expected) {
      throw ParseError(after(where, begin), message("found \"", piece, "\", expected ", expected));
    };
    const std::uint32_t word = vocabulary.find(piece);
    const bool is_operator = piece.front() == '[';
    if (word == Vocabulary::kUnknown) fail("a digit, [MIN, [MAX, [MED, [SM, ], ( or )");
    if (!words.empty() && num_open == 0) fail("nothing after the expression");
    if (words.empty() && piece == "]") fail("a digit or an operator");
    if (piece == "]" && vocabulary.word(words.back()).front() == '[') fail("an argument");
    words.push_back(word);
    if (is_operator) ++num_open;
    if (piece == "]") --num_open;
  }
  if (words.empty() || num_open > 0) {
    throw ParseError(after(where, line.size()),
                     message("the expression ends early, expected ",
                             words.empty() ? "a digit or an operator" : "\"]\""));
  }
  return words;
}

LabelledTree parse_line(std::string_view line, const TextPosition& where,
                        const Vocabulary& vocabulary) {
  const std::size_t tab = line.find('\t');
  if (tab == std::string_view::npos) {
    throw ParseError(where, "expected a label, a tab and an expression");
  }
  LabelledTree tree = listops_tree(parse_words(line, tab + 1, where, vocabulary));
  const std::string expected = line_of(tree, vocabulary);  // All else in the line follows from it.
  if (line == expected) return tree;

  const std::string_view label = line.substr(0, tab);
  if (const std::string value = expected.substr(0, expected.find('\t')); label != value) {
    throw ParseError(where, message("found label \"", label, "\", expected the value ", value));
  }
  const auto difference = std::ranges::mismatch(line, expected);
  const auto at = static_cast<std::size_t>(difference.in1 - line.begin());
  throw ParseError(
      after(where, at),
      message("the brackets are not the parse of the tokens, expected ",
              at == expected.size() ? "the end of the line" : '"' + expected.substr(at, 8) + '"'));
}

}  // namespace

std::string to_listops_line(const LabelledTree& tree) {
  return line_of(tree, listops_vocabulary());
}

LabelledTree parse_listops(std::string_view text, const TextPosition& where) {
  const Vocabulary vocabulary = listops_vocabulary();
  if (text.find_first_of("\t()") != std::string_view::npos) {
    return parse_line(text, where, vocabulary);
  }
  return listops_tree(parse_words(text, 0, where, vocabulary));
}

std::vector<LabelledTree> load_listops(const std::filesystem::path& path) {
  const Vocabulary vocabulary = listops_vocabulary();
  LineReader reader(path);
  std::vector<LabelledTree> trees;
  while (const auto line = reader.next())
    trees.push_back(parse_line(*line, reader.where(), vocabulary));
  if (trees.empty()) throw ParseError(reader.file(), "no expressions, expected one on each line");
  return trees;
}

void save_listops(const std::filesystem::path& path, std::span<const LabelledTree> trees) {
  const Vocabulary vocabulary = listops_vocabulary();
  write_file(path, [&](const ByteSink& sink) {
    for (const LabelledTree& tree : trees) {
      const std::string line = line_of(tree, vocabulary) + '\n';
      sink(std::as_bytes(std::span(line)));
    }
  });
}

}  // namespace espalier::datasets
