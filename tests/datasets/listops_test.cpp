#include <espalier/datasets/listops.h>

#include <algorithm>
#include <set>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include <espalier/base/error.h>
#include <espalier/datasets/listops_text.h>

#include "tests/support/errors.h"

namespace espalier::datasets {
namespace {

using test::error_of;
using Labels = std::vector<std::int32_t>;

LabelledTree tree_of(const std::string& tokens) {
  const Vocabulary vocabulary = listops_vocabulary();
  std::vector<std::uint32_t> words;
  std::istringstream stream(tokens);
  for (std::string token; stream >> token;) words.push_back(vocabulary.find(token));
  return listops_tree(words);
}

std::int32_t value_of(const std::string& tokens) {
  const LabelledTree tree = tree_of(tokens);
  return tree.labels[tree.tree.root()];
}

// The value of an expression as the paper defines it, by recursion over its tokens.
int evaluate(std::istringstream& tokens) {
  std::string token;
  tokens >> token;
  if (token.front() != '[') return std::stoi(token);
  std::vector<int> values;
  while (tokens >> std::ws && tokens.peek() != ']') values.push_back(evaluate(tokens));
  tokens.get();
  std::ranges::sort(values);
  const std::size_t n = values.size();
  if (token == "[MIN") return values.front();
  if (token == "[MAX") return values.back();
  if (token == "[MED") return n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
  int sum = 0;
  for (const int value : values) sum += value;
  return sum % 10;
}

std::string tokens_of(const LabelledTree& tree) {
  std::string tokens;
  const Vocabulary vocabulary = listops_vocabulary();
  for (const NodeId v : tree.tree.postorder()) {  // Leaves from left to right, too.
    if (tree.tree.is_leaf(v)) tokens += vocabulary.word(tree.words[v]) + ' ';
  }
  return tokens;
}

TEST(ListOpsTest, HasAVocabularyOfFifteenTokens) {
  const Vocabulary vocabulary = listops_vocabulary();
  EXPECT_EQ(vocabulary.size(), 16u);
  for (const char* word : {"0", "9", "[MIN", "[MAX", "[MED", "[SM", "]"}) {
    EXPECT_NE(vocabulary.find(word), Vocabulary::kUnknown);
  }
}

TEST(ListOpsTest, EvaluatesEveryOperator) {
  EXPECT_EQ(value_of("[MIN 4 2 8 ]"), 2);
  EXPECT_EQ(value_of("[MAX 4 2 8 ]"), 8);
  EXPECT_EQ(value_of("[MED 4 2 8 ]"), 4);
  EXPECT_EQ(value_of("[MED 4 7 0 9 ]"), 5);  // 5.5, rounded down.
  EXPECT_EQ(value_of("[SM 4 7 9 ]"), 0);
  EXPECT_EQ(value_of("[MAX 2 9 [MIN 4 7 ] 0 ]"), 9);  // The example of the paper.
  EXPECT_EQ(value_of("7"), 7);
}

TEST(ListOpsTest, BranchesToTheLeftAndLabelsCompleteExpressions) {
  const LabelledTree tree = tree_of("[MAX 2 [MIN 9 4 ] ]");
  EXPECT_EQ(to_listops_line(tree), "4\t( ( ( [MAX 2 ) ( ( ( [MIN 9 ) 4 ) ] ) ) ] )");
  // [MAX 2 (..) [MIN 9 (..) 4 (..) ] (..) (..) ] (..)
  const std::int32_t none = kNoLabel;
  EXPECT_EQ(tree.labels, (Labels{none, 2, none, none, 9, none, 4, none, none, 4, none, none, 4}));
  for (NodeId v = 0; v < tree.tree.num_nodes(); ++v) {
    EXPECT_EQ(tree.words[v] == kNoWord, !tree.tree.is_leaf(v));
  }
}

TEST(ListOpsTest, DrawsExpressionsWithTheirValues) {
  const Dataset<LabelledTree> data =
      generate_listops({.num_train = 2000, .num_dev = 300, .num_test = 300});
  EXPECT_EQ(data.train.size(), 2000u);
  EXPECT_EQ(data.dev.size(), 300u);
  EXPECT_EQ(data.test.size(), 300u);
  std::set<std::string> seen;
  for (const auto* trees : {&data.train, &data.dev, &data.test}) {
    for (const LabelledTree& tree : *trees) {
      const std::string tokens = tokens_of(tree);
      std::istringstream stream(tokens);
      EXPECT_EQ(tree.labels[tree.tree.root()], evaluate(stream)) << tokens;
      EXPECT_TRUE(seen.insert(tokens).second) << "drawn twice: " << tokens;
      EXPECT_EQ(tokens.front(), '[');
    }
  }
}

// Of the arguments a quarter are lists, and lists have 2 to 5 of them: 3.5 on average.
TEST(ListOpsTest, DrawsByThePublishedGrammar) {
  const Dataset<LabelledTree> data =
      generate_listops({.num_train = 3000, .num_dev = 0, .num_test = 0});
  double num_lists = 0;
  double num_digits = 0;
  std::vector<double> operators(data.vocabulary.size());
  for (const LabelledTree& tree : data.train) {
    for (const auto word : tree.words) {
      if (word == kNoWord) continue;
      num_digits += data.vocabulary.word(word).size() == 1 && data.vocabulary.word(word) != "]";
      num_lists += data.vocabulary.word(word) == "]";
      operators[word] += 1;
    }
  }
  const double num_arguments = num_lists - static_cast<double>(data.train.size()) + num_digits;
  EXPECT_NEAR(num_digits / num_arguments, 0.75, 0.02);
  EXPECT_NEAR(num_arguments / num_lists, 3.5, 0.05);
  for (const char* word : {"[MIN", "[MAX", "[MED", "[SM"}) {
    EXPECT_NEAR(operators[data.vocabulary.find(word)] / num_lists, 0.25, 0.02) << word;
  }
}

TEST(ListOpsTest, KeepsToTheGreatestLengthAndDepth) {
  const Dataset<LabelledTree> data = generate_listops(
      {.num_train = 1000, .num_dev = 0, .num_test = 0, .max_length = 20, .max_depth = 3});
  std::size_t longest = 0;
  std::ptrdiff_t deepest = 0;
  for (const LabelledTree& tree : data.train) {
    longest = std::max<std::size_t>(longest, tree.tree.num_leaves());
    std::ptrdiff_t depth = 0;
    std::istringstream stream(tokens_of(tree));
    for (std::string token; stream >> token;) {
      depth += token.front() == '[' ? 1 : token == "]" ? -1 : 0;
      deepest = std::max(deepest, depth);
    }
  }
  EXPECT_EQ(longest, 20u);
  EXPECT_EQ(deepest, 2);  // Lists at depths 1 and 2, digits at 3.
}

TEST(ListOpsTest, DependsOnTheSeedAlone) {
  const auto text = [](std::uint64_t seed) {
    std::string lines;
    const Dataset<LabelledTree> data =
        generate_listops({.num_train = 50, .num_dev = 5, .num_test = 5, .seed = seed});
    for (const LabelledTree& tree : data.train) lines += to_listops_line(tree) + '\n';
    for (const LabelledTree& tree : data.test) lines += to_listops_line(tree) + '\n';
    return lines;
  };
  EXPECT_EQ(text(1), text(1));
  EXPECT_NE(text(1), text(2));
}

TEST(ListOpsTest, RefusesSizesThatAllowTooFewExpressions) {
  const auto error = [](const ListOpsOptions& options) {
    return error_of<OptionError>([&] { generate_listops(options); });
  };
  EXPECT_EQ(error({.max_length = 3}), "max_length is 3, expected >= 4");
  EXPECT_EQ(error({.max_depth = 1}), "max_depth is 1, expected >= 2");
  // Four operators, two digits.
  EXPECT_EQ(error({.num_train = 350, .num_dev = 50, .num_test = 1, .max_length = 4}),
            "found only 400 different ListOps expressions of max_length 4 and max_depth 20, "
            "expected 401");
}

}  // namespace
}  // namespace espalier::datasets
