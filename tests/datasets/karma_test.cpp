#include <espalier/datasets/karma.h>

#include <limits>

#include <gtest/gtest.h>

#include <espalier/base/error.h>

#include "tests/support/errors.h"

namespace espalier::datasets {
namespace {

using test::error_of;
using Scores = std::vector<std::int32_t>;
using Names = std::vector<std::string>;

TEST(KarmaLevelsTest, TakeTheLowerHalfOfWhatRemains) {
  // After 1: 2 .. 9, of which 2 .. 5, then 6 and 7, then 8.
  const Scores scores = {9, -3, 2, 3, 1, 8, 4, 7, 5, 0, 6};
  EXPECT_EQ(KarmaLevels::from_scores(scores, 5).upper_bounds(), (Scores{1, 5, 7, 8}));
  EXPECT_EQ(KarmaLevels::from_scores(scores, 2).upper_bounds(), (Scores{1}));
}

TEST(KarmaLevelsTest, TakeTheMiddleOneOfAnOddNumber) {
  EXPECT_EQ(KarmaLevels::from_scores(Scores{2, 3, 4, 5, 6}, 3).upper_bounds(), (Scores{1, 4}));
}

TEST(KarmaLevelsTest, TakeEqualScoresTogether) {
  EXPECT_EQ(KarmaLevels::from_scores(Scores{2, 2, 2, 2, 3, 9}, 4).upper_bounds(),
            (Scores{1, 2, 3}));
}

TEST(KarmaLevelsTest, TellTheLevelOfEveryScore) {
  const KarmaLevels levels({1, 5, 6});
  EXPECT_EQ(levels.num_levels(), 4u);
  EXPECT_EQ(levels.level(std::numeric_limits<std::int32_t>::min()), 0);
  EXPECT_EQ(levels.level(1), 0);
  EXPECT_EQ(levels.level(2), 1);
  EXPECT_EQ(levels.level(5), 1);
  EXPECT_EQ(levels.level(6), 2);
  EXPECT_EQ(levels.level(7), 3);
  EXPECT_EQ(levels.level(std::numeric_limits<std::int32_t>::max()), 3);
}

TEST(KarmaLevelsTest, HaveNames) {
  EXPECT_EQ(KarmaLevels({1, 5, 6}).names(), (Names{"<= 1", "2 .. 5", "6", "> 6"}));
  EXPECT_EQ(KarmaLevels({-2}).names(), (Names{"<= -2", "> -2"}));
}

TEST(KarmaLevelsTest, RefuseWhatFillsNoLevels) {
  const auto error = [](const Scores& scores, std::size_t num_levels) {
    return error_of<OptionError>([&] { KarmaLevels::from_scores(scores, num_levels); });
  };
  EXPECT_EQ(error({2, 2, 2}, 3), "3 scores fill 2 karma levels, expected 3");
  EXPECT_EQ(error({}, 2), "0 scores fill 1 karma levels, expected 2");
  EXPECT_EQ(error({1, 2, 3}, 1), "num_levels is 1, expected at least 2");
}

TEST(KarmaLevelsTest, RefuseBoundsThatDoNotAscend) {
  EXPECT_EQ(error_of<OptionError>([] { KarmaLevels({}); }),
            "found no bounds of karma levels, expected some");
  EXPECT_EQ(error_of<OptionError>([] {
              KarmaLevels({1, 5, 5});
            }),
            "karma level 2 ends at 5, expected it to be > 5, where the level before ends");
}

}  // namespace
}  // namespace espalier::datasets
