#include <espalier/training/internal/terminal.h>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <sstream>

#include <gtest/gtest.h>

namespace espalier::training {
namespace {

TEST(TerminalTest, AStreamOfAnotherKindIsNone) {
  std::ostringstream out;
  EXPECT_EQ(terminal_columns(out), 0u);
}

// A terminal in place of standard error, for as long as it lives.
class PseudoTerminal {
 public:
  PseudoTerminal() : master_(posix_openpt(O_RDWR | O_NOCTTY)), before_(dup(STDERR_FILENO)) {
    grantpt(master_);
    unlockpt(master_);
    const int slave = open(ptsname(master_), O_RDWR | O_NOCTTY);
    dup2(slave, STDERR_FILENO);
    close(slave);
  }
  ~PseudoTerminal() {
    dup2(before_, STDERR_FILENO);
    close(before_);
    close(master_);
  }
  void resize(unsigned short columns) const {
    const winsize size{.ws_row = 24, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0};
    ioctl(master_, TIOCSWINSZ, &size);
  }

 private:
  int master_, before_;
};

TEST(TerminalTest, HasTheColumnsOfItsWindowOrFewerIfSoWished) {
  const PseudoTerminal terminal;
  setenv("TERM", "xterm", 1);
  unsetenv("COLUMNS");
  EXPECT_EQ(terminal_columns(std::cerr), 80u);  // It does not say.
  terminal.resize(132);
  EXPECT_EQ(terminal_columns(std::cerr), 132u);
  terminal.resize(40);
  EXPECT_EQ(terminal_columns(std::cerr), 40u);
  setenv("COLUMNS", "30", 1);
  EXPECT_EQ(terminal_columns(std::cerr), 30u);
  setenv("COLUMNS", "200", 1);
  EXPECT_EQ(terminal_columns(std::cerr), 40u);
  unsetenv("COLUMNS");
  setenv("TERM", "dumb", 1);
  EXPECT_EQ(terminal_columns(std::cerr), 0u);
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
