#include <espalier/datasets/sentiment_treebank.h>

#include <array>
#include <string_view>
#include <utility>

#include <espalier/base/error.h>
#include <espalier/datasets/line_reader.h>
#include <espalier/graph/bracketed_text.h>

namespace espalier::datasets {
namespace {

constexpr std::int32_t kNeutral = 2;
constexpr std::array<std::int32_t, 5> kBinaryLabels = {0, 0, 1, 2, 2};

// Where node v's label stands in its line: after the v-th bracket, since ids are in preorder.
std::size_t label_offset(std::string_view line, NodeId v) {
  std::size_t bracket = line.find('(');
  for (; v > 0; --v) bracket = line.find('(', bracket + 1);
  return line.find_first_not_of(" \t", bracket + 1);
}

std::int32_t parse_label(const BracketedTree& parsed, NodeId v, std::string_view line,
                         const LineReader& reader) {
  const std::string& label = parsed.labels[v];
  if (label.size() == 1 && label[0] >= '0' && label[0] <= '4') return label[0] - '0';
  throw ParseError(reader.where(label_offset(line, v)),
                   message("found label \"", label, "\", expected 0, 1, 2, 3 or 4"));
}

// Labels are the published ones.
LabelledTree parse_tree(std::string_view line, const LineReader& reader, Vocabulary& vocabulary) {
  BracketedTree parsed = parse_bracketed(line, reader.where());
  const NodeId num_nodes = parsed.tree.num_nodes();
  LabelledTree result{std::move(parsed.tree), std::vector<std::uint32_t>(num_nodes, kNoWord),
                      std::vector<std::int32_t>(num_nodes)};
  for (NodeId v = 0; v < num_nodes; ++v) {
    result.labels[v] = parse_label(parsed, v, line, reader);
    const std::size_t num_children = result.tree.children(v).size();
    if (num_children == 0) {
      result.words[v] = vocabulary.add(parsed.tokens[v]);
    } else if (num_children != 2) {
      throw ParseError(reader.where(label_offset(line, v)),
                       message("found a node with ", num_children,
                               num_children == 1 ? " child" : " children", ", expected two"));
    }
  }
  return result;
}

std::vector<LabelledTree> load_trees(const std::filesystem::path& path, SentimentClasses classes,
                                     Vocabulary& vocabulary) {
  LineReader reader(path);
  std::vector<LabelledTree> trees;
  std::size_t num_lines = 0;
  while (const auto line = reader.next()) {
    ++num_lines;
    LabelledTree tree = parse_tree(*line, reader, vocabulary);
    if (classes == SentimentClasses::kBinary) {
      if (tree.labels[tree.tree.root()] == kNeutral) continue;
      for (std::int32_t& label : tree.labels)
        label = kBinaryLabels[static_cast<std::size_t>(label)];
    }
    trees.push_back(std::move(tree));
  }
  if (num_lines == 0) throw ParseError(reader.file(), "no trees, expected one on each line");
  return trees;
}

}  // namespace

Dataset<LabelledTree> load_sentiment_treebank(const std::filesystem::path& folder,
                                              SentimentClasses classes) {
  Dataset<LabelledTree> treebank;
  treebank.train = load_trees(folder / "train.txt", classes, treebank.vocabulary);
  treebank.dev = load_trees(folder / "dev.txt", classes, treebank.vocabulary);
  treebank.test = load_trees(folder / "test.txt", classes, treebank.vocabulary);
  if (classes == SentimentClasses::kBinary) {
    treebank.classes = {"negative", "neutral", "positive"};
  } else {
    treebank.classes = {"very negative", "negative", "neutral", "positive", "very positive"};
  }
  return treebank;
}

}  // namespace espalier::datasets
