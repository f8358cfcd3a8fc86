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

TEST(ProgressBarTest, IsSilentWhereThereIsNoTerminal) {
  std::ostringstream out;
  ProgressBar bar(out);
  play(bar);
  EXPECT_EQ(out.str(), "");
}

TEST(ProgressBarTest, IsSilentOnRedirectedStandardError) {
  testing::internal::CaptureStderr();  // To a file.
  ProgressBar bar;
  play(bar);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
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
