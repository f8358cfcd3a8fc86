#include <espalier/training/internal/resumption.h>

#include <string>

#include <gtest/gtest.h>

#include <espalier/base/error.h>

#include "tests/training/training_test_support.h"

namespace espalier::training {
namespace {

RunState run() {
  return {.seed = 3,
          .batch_size = 10,
          .num_examples = 47,
          .settings = {{"learning rate", "0.1"}, {"patience", "0"}},
          .data = "aa",
          .num_epochs = 5,
          .platform = {.library = "espalier 1", .instruction_set = "avx2"},
          .early_stopping = {},
          .history = {}};
}

TEST(ResumptionTest, TheSameRunHasNothingToTell) {
  const Resumption same = check_resumption(run(), run(), "x");
  EXPECT_TRUE(same.changes.empty());
  EXPECT_TRUE(same.unchecked.empty());
}

TEST(ResumptionTest, RefusesOtherSettingsAndNamesAllOfThem) {
  RunState here = run();
  here.seed = 4;
  here.settings["learning rate"] = "0.2";
  here.settings["word vectors"] = "bb";
  EXPECT_EQ(test::error_of<Error>([&] { check_resumption(run(), here, "x"); }),
            "x: a run with seed 3, expected 4; learning rate 0.1, expected 0.2; word vectors none, "
            "expected bb");
}

TEST(ResumptionTest, RefusesOtherData) {
  RunState here = run();
  here.data = "bb";
  EXPECT_TRUE(test::contains(test::error_of<Error>([&] { check_resumption(run(), here, "x"); }),
                             "x: a run on other data"));
}

TEST(ResumptionTest, TellsWhatMayChange) {
  RunState here = run();
  here.num_epochs = 9;
  here.platform = {.library = "espalier 2", .instruction_set = "sse2"};
  const Resumption changed = check_resumption(run(), here, "x");
  ASSERT_EQ(changed.changes.size(), 3u);
  EXPECT_EQ(changed.changes[0], "the number of epochs was 5, now 9");
  EXPECT_TRUE(test::contains(changed.changes[1], "\"espalier 1\", here it is \"espalier 2\""));
  EXPECT_TRUE(test::contains(changed.changes[2], "instruction set was \"avx2\""));
}

TEST(ResumptionTest, SaysWhatAnOldCheckpointCannotTell) {
  RunState there = run();
  there.settings.clear();
  there.data.clear();
  there.platform = {};
  const Resumption old = check_resumption(there, run(), "x");
  EXPECT_TRUE(old.changes.empty());
  ASSERT_EQ(old.unchecked.size(), 1u);
  EXPECT_TRUE(test::contains(old.unchecked[0], "cannot be checked"));
  there.seed = 9;
  EXPECT_THROW(check_resumption(there, run(), "x"), Error);
}

}  // namespace
}  // namespace espalier::training
