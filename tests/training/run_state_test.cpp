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
          .settings = {{"learning rate", "0.05"}},
          .data = "0123456789abcdef",
          .num_epochs = 9,
          .platform = {.library = "espalier 0.1.0", .instruction_set = "avx2"},
          .changes = {"the number of epochs was 3, now 9"},
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
  EXPECT_EQ(back.settings, state.settings);
  EXPECT_EQ(back.changes, state.changes);
  EXPECT_EQ(to_json(back), to_json(state));
}

TEST(RunStateTest, ReadsThoseOfEarlierVersionsAndRefusesOtherKinds) {
  std::string text = to_json(example());
  const auto replace = [&text](const std::string& from, const std::string& to) {
    ASSERT_NE(text.find(from), std::string::npos) << from;
    text.replace(text.find(from), from.size(), to);
  };
  replace("\"learning rate\":\"0.05\"", "\"learning rate\":0.05");
  EXPECT_THROW(run_state_from_json(text, "text"), ParseError);
  replace("\"settings\"", "\"unknown\"");  // As if it was not there.
  const RunState old = run_state_from_json(text, "text");
  EXPECT_TRUE(old.settings.empty());
  EXPECT_TRUE(old.data.empty());
  EXPECT_EQ(old.num_epochs, 0u);
  EXPECT_EQ(old.step, 17u);
}

TEST(RunStateTest, SettingsAreExact) {
  EXPECT_EQ(setting(0.1), "0.1");
  EXPECT_EQ(setting(0.1 + 0.2), "0.30000000000000004");
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
