#include <espalier/datasets/sentiment_treebank.h>

#include <array>
#include <string_view>
#include <utility>

#include <espalier/base/error.h>
#include <espalier/datasets/binary_tree_text.h>
#include <espalier/datasets/line_reader.h>

namespace espalier::datasets {
namespace {

constexpr std::int32_t kNeutral = 2;
constexpr std::array<std::int32_t, 5> kBinaryLabels = {0, 0, 1, 2, 2};

// Labels are the published ones.
LabelledTree parse_tree(std::string_view line, const LineReader& reader, Vocabulary& vocabulary) {
  TextTree text =
      parse_binary_tree(line, reader, [&](std::string_view word) { return vocabulary.add(word); });
  for (NodeId v = 0; v < text.tree.tree.num_nodes(); ++v) {
    const std::string& label = text.labels[v];
    if (label.size() != 1 || label[0] < '0' || label[0] > '4') {
      throw ParseError(reader.where(label_offset(line, v)),
                       message("found label \"", label, "\", expected 0, 1, 2, 3 or 4"));
    }
    text.tree.labels[v] = label[0] - '0';
  }
  return std::move(text.tree);
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
  if (trees.empty()) {
    throw ParseError(reader.file(),
                     message("the ", path.stem().string(),
                             " split has no tree that is positive or negative, expected some: "
                             "neutral ones do not count"));
  }
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
