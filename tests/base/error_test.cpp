#include <espalier/base/error.h>

#include <gtest/gtest.h>

namespace espalier {
namespace {

TEST(ErrorTest, SaysWhereAsFarAsItIsKnown) {
  EXPECT_STREQ(ParseError({"dev.txt", 12, 34}, "expected a label").what(),
               "dev.txt:12:34: expected a label");
  EXPECT_STREQ(ParseError({"dev.txt", 12}, "expected a label").what(),
               "dev.txt:12: expected a label");
  EXPECT_STREQ(ParseError({"dev.txt"}, "expected a label").what(), "dev.txt: expected a label");
}

TEST(ErrorTest, LeavesOutAColumnWithoutALine) {
  EXPECT_STREQ(ParseError({"dev.txt", 0, 34}, "expected a label").what(),
               "dev.txt: expected a label");
}

TEST(ErrorTest, KeepsThePosition) {
  const ParseError error({"dev.txt", 12, 34}, "expected a label");
  EXPECT_EQ(error.where().source, "dev.txt");
  EXPECT_EQ(error.where().line, 12u);
  EXPECT_EQ(error.where().column, 34u);
}

// Of a file, of its name, of anything: what every error shows is harmless to a terminal.
TEST(ErrorTest, NeverHasControlCharacters) {
  EXPECT_STREQ(ParseError({"a\x1B]0;b", 1, 2}, "found \"\x1B[31mred\"").what(),
               "a\\x1b]0;b:1:2: found \"\\x1b[31mred\"");
  EXPECT_STREQ(FileError("x\ny").what(), "x\\x0ay");
  EXPECT_STREQ(Error(GraphError("\x9B").what()).what(), "\\x9b");
}

TEST(ErrorTest, IsOneFamily) {
  EXPECT_THROW(throw GraphError("x"), Error);
  EXPECT_THROW(throw ShapeError("x"), Error);
  EXPECT_THROW(throw OptionError("x"), Error);
  EXPECT_THROW(throw FileError("x"), Error);
  EXPECT_THROW(throw ParseError({}, "x"), Error);
  EXPECT_THROW(throw Error("x"), std::runtime_error);
}

TEST(ErrorTest, MessageJoinsItsParts) {
  EXPECT_EQ(message("node ", 3, " of ", std::string("five"), ':', 0.5), "node 3 of five:0.5");
}

}  // namespace
}  // namespace espalier
