#include <espalier/datasets/sentiment_treebank.h>

#include <gtest/gtest.h>

#include <espalier/base/error.h>

#include "tests/datasets/files.h"
#include "tests/support/errors.h"

namespace espalier::datasets {
namespace {

using test::error_of;
using Labels = std::vector<std::int32_t>;
using Words = std::vector<std::uint32_t>;

constexpr const char* kTrain = "(4 (2 a) (3 (0 b) (1 a)))\n(2 (2 c) (0 d))\n";
constexpr const char* kDev = "(1 (2 e) (2 c))\n";
constexpr const char* kTest = "(3 (2 f) (2 e))\n";

class SentimentTreebankTest : public testing::Test {
 protected:
  Dataset<LabelledTree> load(std::string_view train,
                             SentimentClasses classes = SentimentClasses::kFine) {
    folder_.write("train.txt", train);
    folder_.write("dev.txt", kDev);
    folder_.write("test.txt", kTest);
    return load_sentiment_treebank(folder_.path(), classes);
  }

  std::string error_in(std::string_view train) {
    return error_of<ParseError>([&] { load(train); });
  }

  test::TemporaryFolder folder_;
  const std::string train_ = (folder_.path() / "train.txt").string();
};

TEST_F(SentimentTreebankTest, ReadsTreesLabelsAndWords) {
  const Dataset<LabelledTree> treebank = load(kTrain);
  EXPECT_EQ(treebank.num_classes(), 5);
  ASSERT_EQ(treebank.train.size(), 2u);
  EXPECT_EQ(treebank.dev.size(), 1u);
  EXPECT_EQ(treebank.test.size(), 1u);

  const LabelledTree& first = treebank.train[0];
  const std::vector<NodeId> parents = {kNoNode, 0, 0, 2, 2};
  for (NodeId v = 0; v < 5; ++v) EXPECT_EQ(first.tree.parent(v), parents[v]);
  EXPECT_EQ(first.labels, (Labels{4, 2, 3, 0, 1}));
  EXPECT_EQ(first.words, (Words{kNoWord, 1, kNoWord, 2, 1}));
}

TEST_F(SentimentTreebankTest, BuildsTheVocabularyOverAllThreeFiles) {
  const std::vector<std::string> words = {"<unk>", "a", "b", "c", "d", "e", "f"};
  EXPECT_EQ(load(kTrain).vocabulary.words(), words);
  EXPECT_EQ(load(kTrain, SentimentClasses::kBinary).vocabulary.words(), words);
}

TEST_F(SentimentTreebankTest, LeavesNeutralSentencesOutOfTheBinaryTask) {
  const Dataset<LabelledTree> treebank = load(kTrain, SentimentClasses::kBinary);
  EXPECT_EQ(treebank.num_classes(), 3);
  ASSERT_EQ(treebank.train.size(), 1u);
  EXPECT_EQ(treebank.train[0].labels, (Labels{2, 1, 2, 0, 0}));
  EXPECT_EQ(treebank.dev[0].labels, (Labels{0, 1, 1}));
}

TEST_F(SentimentTreebankTest, ReadsATokenWithANoBreakSpaceAsOne) {
  const Dataset<LabelledTree> treebank = load(
      "(2 (2 3\xC2\xA0"
      "1\\/4) (2 cups))\n");
  EXPECT_EQ(treebank.train[0].tree.num_nodes(), 3u);
  EXPECT_EQ(treebank.vocabulary.word(treebank.train[0].words[1]),
            "3\xC2\xA0"
            "1\\/4");
}

TEST_F(SentimentTreebankTest, ReadsASentenceOfOneWord) {
  EXPECT_EQ(load("(3 Wow)\n").train[0].labels, Labels{3});
}

TEST_F(SentimentTreebankTest, RefusesLabelsOutOfRange) {
  EXPECT_EQ(error_in("(5 (2 a) (2 b))\n"),
            train_ + ":1:2: found label \"5\", expected 0, 1, 2, 3 or 4");
  EXPECT_EQ(error_in("(2 (2 a) (2 b))\n(3 (2 a) (-1 b))\n"),
            train_ + ":2:11: found label \"-1\", expected 0, 1, 2, 3 or 4");
  EXPECT_EQ(error_in("(2 ( x a) (2 b))\n"),
            train_ + ":1:6: found label \"x\", expected 0, 1, 2, 3 or 4");
  EXPECT_EQ(error_in("(2 (22 a) (2 b))\n"),
            train_ + ":1:5: found label \"22\", expected 0, 1, 2, 3 or 4");
}

TEST_F(SentimentTreebankTest, RefusesNodesWithoutExactlyTwoChildren) {
  EXPECT_EQ(error_in("(2 (1 (2 a)) (2 b))\n"),
            train_ + ":1:5: found a node with 1 child, expected two");
  EXPECT_EQ(error_in("(2 (2 a) (2 b) (2 c))\n"),
            train_ + ":1:2: found a node with 3 children, expected two");
}

TEST_F(SentimentTreebankTest, RefusesTextThatIsNoTree) {
  EXPECT_EQ(error_in("(2 (2 a) (2 b)\n"),
            train_ +
                ":1:15: expected \")\", 1 of them missing, but the text ends here, after "
                "\"(2 (2 a) (2 b)\"");
  EXPECT_EQ(error_in("(2 (2 a) (2 b)))\n"),
            train_ + ":1:16: expected nothing after the tree, but found \")\"");
  EXPECT_EQ(error_in("(2 (2 a) (2 b))\n(2 (2 a) (2"),
            train_ +
                ":2:12: expected \")\", 2 of them missing, but the text ends here, after "
                "\"(2 (2 a) (2\"");
  EXPECT_EQ(error_in("(2 (2 a b) (2 c))\n"),
            train_ + ":1:9: expected \")\" after the token of a node, but found \"b\"");
  EXPECT_EQ(error_in("(2 (2 a) (2 b))\n\n"),
            train_ + ":2:1: expected \"(\", the beginning of a tree, but the text ends here");
  EXPECT_EQ(error_in("(2 (2 \xE9) (2 b))\n"), train_ + ":1:7: byte 0xe9 is not valid UTF-8");
}

TEST_F(SentimentTreebankTest, RefusesFilesThatAreEmptyOrMissing) {
  EXPECT_EQ(error_in(""), train_ + ": no trees, expected one on each line");
  load(kTrain);
  const std::filesystem::path dev = folder_.path() / "dev.txt";
  std::filesystem::remove(dev);
  EXPECT_EQ(error_of<FileError>([&] { load_sentiment_treebank(folder_.path()); }),
            dev.string() + ": cannot be opened: No such file or directory");
}

}  // namespace
}  // namespace espalier::datasets
