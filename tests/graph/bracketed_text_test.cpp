#include <espalier/graph/bracketed_text.h>

#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <espalier/base/error.h>

#include "tests/support/errors.h"
#include "tests/support/trees.h"

namespace espalier {
namespace {

using test::error_of;
using Strings = std::vector<std::string>;

BracketedTree parse(std::string_view text) { return parse_bracketed(text, {"dev.txt", 7, 1}); }

std::string error_of_text(std::string_view text) {
  return error_of<ParseError>([&] { parse(text); });
}

TEST(BracketedTextTest, ReadsATree) {
  const BracketedTree read = parse("(3 (2 It) (4 (2 's) (4 good)))");
  EXPECT_EQ(test::brackets(read.tree), "(0 (1) (2 (3) (4)))");
  EXPECT_EQ(read.labels, (Strings{"3", "2", "4", "2", "4"}));
  EXPECT_EQ(read.tokens, (Strings{"", "It", "", "'s", "good"}));
}

TEST(BracketedTextTest, ReadsAnyNumberOfChildren) {
  const BracketedTree read = parse("(S (A a) (B (C c)) (D d) (E e))");
  EXPECT_EQ(test::brackets(read.tree), "(0 (1) (2 (3)) (4) (5))");
  EXPECT_EQ(test::brackets(parse("(3 good)").tree), "(0)");
}

TEST(BracketedTextTest, TakesSpacesAndTabsAnywhereBetween) {
  const BracketedTree read = parse(" \t( 3(2\tIt )\t (4   good) )  ");
  EXPECT_EQ(to_brackets(read), "(3 (2 It) (4 good))");
}

TEST(BracketedTextTest, SplitsAtNothingButSpacesTabsAndParentheses) {
  const BracketedTree read = parse("(0 (2 8\xC2\xA0\xC2\xBD) (2 a\vb\rc\nd) (\xE2\x98\x85 -LRB-))");
  EXPECT_EQ(read.tokens, (Strings{"", "8\xC2\xA0\xC2\xBD", "a\vb\rc\nd", "-LRB-"}));
  EXPECT_EQ(read.labels[3], "\xE2\x98\x85");
}

TEST(BracketedTextTest, WritesWhatItReads) {
  std::mt19937_64 rng(1);
  std::vector<Tree> trees = test::all_ordered_trees(6);
  for (NodeId nodes = 1; nodes < 60; ++nodes) trees.push_back(test::random_tree(nodes, 5, rng));
  for (const Tree& tree : trees) {
    BracketedTree written = {tree, {}, {}};
    for (NodeId v = 0; v < tree.num_nodes(); ++v) {
      written.labels.push_back(message("L", v));
      written.tokens.push_back(tree.is_leaf(v) ? message("t", v) : "");
    }
    const std::string text = to_brackets(written);
    const BracketedTree read = parse(text);
    EXPECT_EQ(to_brackets(read), text);
    EXPECT_EQ(read.tree.num_nodes(), tree.num_nodes());
  }
}

TEST(BracketedTextTest, ReadsATreeNestedAMillionDeep) {
  constexpr std::size_t kDepth = 1'000'000;
  std::string text;
  for (std::size_t i = 0; i < kDepth; ++i) text += i == 0 ? "(1" : " (1";
  text += " x" + std::string(kDepth, ')');
  const BracketedTree read = parse(text);
  EXPECT_EQ(read.tree.num_nodes(), kDepth);
  EXPECT_EQ(read.tokens.back(), "x");
  EXPECT_EQ(to_brackets(read), text);
}

TEST(BracketedTextTest, RefusesTextWithoutATree) {
  EXPECT_EQ(error_of_text(""),
            "dev.txt:7:1: expected \"(\", the beginning of a tree, but the text ends here");
  EXPECT_EQ(error_of_text(" \t "),
            "dev.txt:7:4: expected \"(\", the beginning of a tree, but the text ends here");
  EXPECT_EQ(error_of_text(" good"),
            "dev.txt:7:2: expected \"(\", the beginning of a tree, but found \"good\"");
  EXPECT_EQ(error_of_text(")"),
            "dev.txt:7:1: expected \"(\", the beginning of a tree, but found \")\"");
}

TEST(BracketedTextTest, RefusesATreeThatIsCutOff) {
  EXPECT_EQ(error_of_text("(3 (2 It) (4 good"),
            "dev.txt:7:18: expected \")\", 2 of them missing, but the text ends here, after "
            "\"(3 (2 It) (4 good\"");
  EXPECT_EQ(error_of_text("(3 (2 It) "),
            "dev.txt:7:11: expected \")\", 1 of them missing, but the text ends here, after "
            "\"(3 (2 It)\"");
  EXPECT_EQ(error_of_text("(3 (2 It) ("),
            "dev.txt:7:12: expected a label after \"(\", but the text ends here, after "
            "\"(3 (2 It) (\"");
}

// The last 40 bytes of a long one, from a whole character on; a terminal's escapes are shown.
TEST(BracketedTextTest, ShowsWhereATextEnds) {
  EXPECT_TRUE(
      error_of_text("(3 (2 \x1b[31mred) (2 b)").ends_with("after \"(3 (2 \\x1b[31mred) (2 b)\""));
  const std::string end(39, 'b');
  EXPECT_TRUE(error_of_text("(3 (2 " + std::string(50, 'a') + ") (2 é" + end)
                  .ends_with("after \"…é" + end + '"'));
}

// Cut anywhere, a tree is refused where it ends; whole, it is not.
TEST(BracketedTextTest, RefusesEveryBeginningOfATree) {
  const std::string text = "(3 (2 It) (4 (2 's) (4 good)))";
  for (std::size_t length = 0; length < text.size(); ++length) {
    const std::string error = error_of_text(text.substr(0, length));
    EXPECT_TRUE(error.starts_with("dev.txt:7:" + std::to_string(length + 1) + ": ")) << error;
    EXPECT_TRUE(error.find("but the text ends here") != std::string::npos) << error;
  }
}

TEST(BracketedTextTest, RefusesTextAfterTheTree) {
  EXPECT_EQ(error_of_text("(3 good))"),
            "dev.txt:7:9: expected nothing after the tree, but found \")\"");
  EXPECT_EQ(error_of_text("(3 good) (2 bad)"),
            "dev.txt:7:10: expected nothing after the tree, but found \"(\"");
  EXPECT_EQ(error_of_text("(3 good)\r"),
            "dev.txt:7:9: expected nothing after the tree, but found \"\\x0d\"");
}

TEST(BracketedTextTest, RefusesANodeWithoutALabel) {
  EXPECT_EQ(error_of_text("(3 ((2 It)))"),
            "dev.txt:7:5: expected a label after \"(\", but found \"(\"");
  EXPECT_EQ(error_of_text("( )"), "dev.txt:7:3: expected a label after \"(\", but found \")\"");
}

TEST(BracketedTextTest, RefusesANodeWithoutAToken) {
  EXPECT_EQ(error_of_text("(3 (2 It) (4 ))"),
            "dev.txt:7:14: expected a token or a node after label \"4\", but found \")\"");
}

TEST(BracketedTextTest, RefusesANodeThatMixesTokenAndChildren) {
  EXPECT_EQ(error_of_text("(3 very (2 good))"),
            "dev.txt:7:9: expected \")\" after the token of a node, but found \"(\"");
  EXPECT_EQ(error_of_text("(3 (2 very) good)"),
            "dev.txt:7:13: expected \"(\" or \")\" after a node, but found \"good\"");
}

TEST(BracketedTextTest, RefusesASecondToken) {
  EXPECT_EQ(error_of_text("(3 very good)"),
            "dev.txt:7:9: expected \")\" after the token of a node, but found \"good\"");
}

TEST(BracketedTextTest, RefusesWhatIsNotUtf8) {
  EXPECT_EQ(error_of_text("(3 caf\xE9)"), "dev.txt:7:7: byte 0xe9 is not valid UTF-8");
  EXPECT_EQ(error_of_text("(3 \xC0\x80)"), "dev.txt:7:4: byte 0xc0 is not valid UTF-8");
}

TEST(BracketedTextTest, CountsFromWhereTheTextBegins) {
  const auto error_at = [](const TextPosition& where) {
    return error_of<ParseError>([&] { parse_bracketed("(3)", where); });
  };
  const std::string what = "expected a token or a node after label \"3\", but found \")\"";
  EXPECT_EQ(error_at({"dev.txt", 12, 5}), "dev.txt:12:7: " + what);
  EXPECT_EQ(error_at({"dev.txt", 12}), "dev.txt:12:3: " + what);
  EXPECT_EQ(error_at({"<text>"}), "<text>:1:3: " + what);
}

}  // namespace
}  // namespace espalier
