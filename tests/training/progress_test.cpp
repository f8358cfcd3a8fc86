#include <espalier/training/progress.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <string>

#include "tests/training/training_test_support.h"

namespace espalier::training {
namespace {

StepReport step(std::uint64_t number, double seconds) {
  return {.epoch = 3,
          .num_epochs = 10,
          .step = number,
          .num_steps = 40,
          .mean_loss = 0.8123,
          .seconds = seconds,
          .nodes_per_second = 1520.4};
}

void play(ProgressBar& bar) {
  bar.on_start({});
  bar.on_step(step(10, 30.0));
  bar.on_epoch({.epoch = 3,
                .train_loss = 0.81,
                .dev = {{"accuracy", 0.47}},
                .seconds = 12.0,
                .nodes_per_second = 1520.0,
                .skipped_steps = 2});
  bar.on_result({{"accuracy", 0.5}});
}

constexpr const char* kLines =
    "epoch 3/10  loss 0.8100  1520 nodes/s  12.0 s  2 steps skipped  dev  accuracy 0.4700\n"
    "test  accuracy 0.5000\n";

TEST(ProgressBarTest, WritesALineForEachEpochWhereThereIsNoTerminal) {
  std::ostringstream out;
  ProgressBar bar(out);
  play(bar);
  EXPECT_EQ(out.str(), kLines);
}

TEST(ProgressBarTest, AndOnRedirectedStandardError) {
  testing::internal::CaptureStderr();  // To a file.
  ProgressBar bar;
  play(bar);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), kLines);
}

// What is on the screen of a terminal that breaks lines, and breaks them anew when it is resized.
TEST(ProgressBarTest, EveryLineFitsATerminalOfAnyWidth) {
  for (const std::size_t columns : {10u, 40u, 60u, 80u, 140u}) {
    std::ostringstream out;
    ProgressBar bar(out, [columns] { return columns; });
    play(bar);
    std::string text = out.str();
    for (std::size_t at; (at = text.find("\x1b[K")) != std::string::npos;) text.erase(at, 3);
    std::ranges::replace(text, '\r', '\n');
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) EXPECT_LT(line.size(), columns) << line;
    EXPECT_EQ(out.str().find("\x1b["), out.str().find("\x1b[K"));  // Nothing was broken.
  }
  std::ostringstream narrow;
  ProgressBar bar(narrow, [] { return std::size_t{40}; });
  play(bar);
  EXPECT_TRUE(test::contains(narrow.str(), "epoch 3/10 10/40  loss 0.8123\r")) << narrow.str();
  EXPECT_TRUE(test::contains(narrow.str(), "epoch 3/10  dev  accuracy 0.4700\n")) << narrow.str();
}

TEST(ProgressBarTest, ClearsAllRowsOfALineThatANarrowerTerminalBroke) {
  std::size_t columns = 100;
  std::ostringstream out;
  ProgressBar bar(out, [&columns] { return columns; });
  bar.on_step(step(10, 30.0));  // Of 76 characters.
  columns = 30;
  bar.on_step(step(20, 60.0));
  EXPECT_TRUE(test::contains(out.str(), "left\x1b[2A\r\x1b[Jepoch 3/10")) << out.str();
}

TEST(ProgressBarTest, ShowsStepsEpochsAndTheResult) {
  std::ostringstream out;
  ProgressBar bar(out, /*visible=*/true);
  play(bar);
  const std::string text = out.str();
  EXPECT_TRUE(test::contains(text,
                             "epoch 3/10 [#####...............] 10/40  loss 0.8123  1520 nodes/s  "
                             "1:30 left"))
      << text;
  EXPECT_TRUE(test::contains(text,
                             "epoch 3/10  loss 0.8100  1520 nodes/s  12.0 s  2 steps skipped  "
                             "dev  accuracy 0.4700\n"))
      << text;
  EXPECT_TRUE(test::contains(text, "test  accuracy 0.5000\n")) << text;
}

TEST(ProgressBarTest, DrawsTenTimesASecondAndAtTheEnd) {
  std::ostringstream out;
  ProgressBar bar(out, /*visible=*/true);
  for (std::uint64_t i = 1; i <= 40; ++i) bar.on_step(step(i, 0.03 * static_cast<double>(i)));
  const std::string text = out.str();
  EXPECT_EQ(std::ranges::count(text, '\r'), 10);  // Every fourth: 0.12 s.
  EXPECT_TRUE(test::contains(text, "] 40/40"));
}

}  // namespace
}  // namespace espalier::training
