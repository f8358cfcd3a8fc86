#include <espalier/training/run_state.h>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include <espalier/base/error.h>

#include "tests/training/training_test_support.h"

namespace espalier::training {
namespace {

RunState example() {
  return {.seed = std::numeric_limits<std::uint64_t>::max(),
          .batch_size = 25,
          .num_examples = 8544,
          .epoch = 1,
          .step = 17,
          .loss_sum = 0.1 + 0.2,
          .seconds = 1e-300,
          .nodes = 3,
          .skipped_steps = 4,
          .early_stopping = {.best_score = 1.0 / 3.0, .scores_since_best = 2},
          .best_epoch = 1,
          .history = {{.epoch = 1,
                       .train_loss = std::sqrt(2.0),
                       .dev = {{"accuracy", 0.25}, {"pearson", std::nan("")}},
                       .seconds = 5.0,
                       .nodes_per_second = 7.0,
                       .skipped_steps = 1}}};
}

TEST(RunStateTest, ComesBackBitForBit) {
  const RunState state = example();
  const RunState back = run_state_from_json(to_json(state), "text");
  EXPECT_EQ(back.seed, state.seed);
  EXPECT_EQ(back.step, state.step);
  EXPECT_EQ(back.loss_sum, state.loss_sum);
  EXPECT_EQ(back.seconds, state.seconds);
  EXPECT_EQ(back.early_stopping, state.early_stopping);
  ASSERT_EQ(back.history.size(), 1u);
  EXPECT_EQ(back.history[0].train_loss, state.history[0].train_loss);
  EXPECT_EQ(back.history[0].dev.at("accuracy"), 0.25);
  EXPECT_TRUE(std::isnan(back.history[0].dev.at("pearson")));
  EXPECT_EQ(to_json(back), to_json(state));
}

TEST(RunStateTest, WithoutABestScore) {
  RunState state = example();
  state.early_stopping.best_score.reset();
  EXPECT_EQ(run_state_from_json(to_json(state), "text").early_stopping, state.early_stopping);
}

TEST(RunStateTest, NamesTheEntryAtFault) {
  const std::string good = to_json(example());
  const auto error_with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    return test::error_of<ParseError>([&] { run_state_from_json(text, "text"); });
  };
  EXPECT_EQ(error_with("\"step\":17", "\"step\":-17"),
            "text: state of the run: \"step\": expected a whole number");
  EXPECT_TRUE(test::contains(error_with("\"nodes\":3", "\"node\":3"), "\"nodes\": expected it"));
  EXPECT_TRUE(test::contains(error_with("\"loss_sum\":", "\"loss_sum\":true,\"x\":"), "a number"));
  EXPECT_TRUE(test::contains(error_with("\"history\":[", "\"history\":[1,"), "complete epoch"));
  EXPECT_TRUE(test::contains(error_with("{", "["), "expected an object"));
}

}  // namespace
}  // namespace espalier::training
