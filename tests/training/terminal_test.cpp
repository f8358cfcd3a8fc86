#include <espalier/training/internal/terminal.h>

#include <sstream>

#include <gtest/gtest.h>

namespace espalier::training {
namespace {

TEST(TerminalTest, AStreamOfAnotherKindIsNone) {
  std::ostringstream out;
  EXPECT_EQ(terminal_columns(out), 0u);
}

TEST(TerminalTest, WhatDoesNotFitIsLeftOutByRank) {
  const std::vector<LinePart> parts = {{"aaa", 0}, {"bb", 2}, {"cccc", 1}};
  EXPECT_EQ(fitted(parts, 9), "aaabbcccc");
  EXPECT_EQ(fitted(parts, 8), "aaacccc");
  EXPECT_EQ(fitted(parts, 6), "aaa");
  EXPECT_EQ(fitted(parts, 2), "aa");
  EXPECT_EQ(fitted(parts, 0), "");
}

}  // namespace
}  // namespace espalier::training
