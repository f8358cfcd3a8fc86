#include <espalier/datasets/listops_text.h>

#include <gtest/gtest.h>

#include <espalier/base/error.h>
#include <espalier/datasets/listops.h>

#include "tests/datasets/files.h"
#include "tests/support/errors.h"

namespace espalier::datasets {
namespace {

using test::error_of;

class ListOpsTextTest : public testing::Test {
 protected:
  std::vector<LabelledTree> load(std::string_view bytes) const {
    return load_listops(folder_.write("listops.tsv", bytes));
  }
  std::string error_in(std::string_view bytes) const {
    return error_of<ParseError>([&] { load(bytes); });
  }

  test::TemporaryFolder folder_;
  const std::string file_ = (folder_.path() / "listops.tsv").string();
};

TEST_F(ListOpsTextTest, ReadsThePublishedFormat) {
  for (const auto& [line, value] :
       {std::pair("9\t( ( ( [MAX 2 ) 9 ) ] )", 9),
        std::pair("0\t( ( ( ( [SM 1 ) 2 ) ( ( ( [MIN 8 ) 7 ) ] ) ) ] )", 0),
        std::pair("7\t7", 7)}) {
    const std::vector<LabelledTree> trees = load(line);
    ASSERT_EQ(trees.size(), 1u);
    EXPECT_EQ(trees[0].labels[trees[0].tree.root()], value);
    EXPECT_EQ(to_listops_line(trees[0]), line);
  }
}

TEST_F(ListOpsTextTest, ReadsPlainExpressionsToo) {
  const TextPosition where{.source = "<text>", .line = 3, .column = 1};
  const std::string line = "9\t( ( ( [MAX 2 ) 9 ) ] )";
  EXPECT_EQ(to_listops_line(parse_listops("[MAX 2 9 ]", where)), line);
  EXPECT_EQ(to_listops_line(parse_listops(line, where)), line);
  EXPECT_EQ(error_of<ParseError>([&] { parse_listops("[MAX 2 nine ]", where); }),
            "<text>:3:8: found \"nine\", expected a digit, [MIN, [MAX, [MED, [SM, ], ( or )");
  EXPECT_EQ(error_of<ParseError>([&] { parse_listops("( ( ( [MAX 2 ) 9 ) ] )", where); }),
            "<text>:3:1: expected a label, a tab and an expression");
}

TEST_F(ListOpsTextTest, ReadsWhatItWrote) {
  const Dataset<LabelledTree> data =
      generate_listops({.num_train = 500, .num_dev = 0, .num_test = 0});
  save_listops(file_, data.train);
  const std::vector<LabelledTree> trees = load_listops(file_);
  ASSERT_EQ(trees.size(), 500u);
  for (std::size_t i = 0; i < trees.size(); ++i) {
    EXPECT_EQ(trees[i].words, data.train[i].words);
    EXPECT_EQ(trees[i].labels, data.train[i].labels);
    EXPECT_EQ(to_listops_line(trees[i]), to_listops_line(data.train[i]));
  }
}

TEST_F(ListOpsTextTest, RefusesTokensThatAreNoExpression) {
  EXPECT_EQ(error_in("1\t( ( [MAX x ) ] )"),
            file_ + ":1:12: found \"x\", expected a digit, [MIN, [MAX, [MED, [SM, ], ( or )");
  EXPECT_EQ(error_in("1\t( ( [FIRST 1 ) ] )"),
            file_ + ":1:7: found \"[FIRST\", expected a digit, [MIN, [MAX, [MED, [SM, ], ( or )");
  EXPECT_EQ(error_in("1\t( [MAX ] )"), file_ + ":1:10: found \"]\", expected an argument");
  EXPECT_EQ(error_in("1\t]"), file_ + ":1:3: found \"]\", expected a digit or an operator");
  EXPECT_EQ(error_in("1\t1 2"), file_ + ":1:5: found \"2\", expected nothing after the expression");
  EXPECT_EQ(error_in("1\t( [MAX 1 )"), file_ + ":1:13: the expression ends early, expected \"]\"");
  EXPECT_EQ(error_in("1\t"),
            file_ + ":1:3: the expression ends early, expected a digit or an operator");
}

TEST_F(ListOpsTextTest, RefusesBracketsThatAreNotTheParse) {
  const std::string prefix = ": the brackets are not the parse of the tokens, expected ";
  EXPECT_EQ(error_in("2\t( [MAX ( 1 2 ) ] )"), file_ + ":1:5" + prefix + "\"( ( [MAX\"");
  EXPECT_EQ(error_in("2\t( ( ( [MAX 1 ) 2 ) ]"), file_ + ":1:23" + prefix + "\" )\"");
  EXPECT_EQ(error_in("7\t7 "), file_ + ":1:4" + prefix + "the end of the line");
  EXPECT_EQ(error_in("2\t( ( ( [MAX 1  ) 2 ) ] )"), file_ + ":1:16" + prefix + "\") 2 ) ] \"");
}

TEST_F(ListOpsTextTest, RefusesLabelsThatAreNotTheValue) {
  EXPECT_EQ(error_in("7\t7\n2\t( ( ( [MIN 1 ) 2 ) ] )\n"),
            file_ + ":2:1: found label \"2\", expected the value 1");
  EXPECT_EQ(error_in("Source\t7\n"), file_ + ":1:1: found label \"Source\", expected the value 7");
  EXPECT_EQ(error_in("7 7\n"), file_ + ":1:1: expected a label, a tab and an expression");
}

TEST_F(ListOpsTextTest, RefusesFilesThatAreEmptyMissingOrNotWritable) {
  EXPECT_EQ(error_in(""), file_ + ": no expressions, expected one on each line");
  EXPECT_EQ(error_of<FileError>([] { load_listops("/no/file"); }),
            "/no/file: cannot be opened: No such file or directory");
  EXPECT_EQ(
      error_of<FileError>([] { save_listops("/no/file", {}); }),
      "/no/file: cannot create: No such file or directory; the folder /no is not there, create "
      "it first");
  EXPECT_EQ(error_of<FileError>([&] { save_listops("/dev/full", load("7\t7\n")); }),
            "/dev/full: cannot write: No space left on device");
}

}  // namespace
}  // namespace espalier::datasets
