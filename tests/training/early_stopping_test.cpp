#include <espalier/training/early_stopping.h>

#include <gtest/gtest.h>

#include <cmath>

namespace espalier::training {
namespace {

TEST(EarlyStoppingTest, StopsWhenPatienceEnds) {
  EarlyStopping stopping(/*patience=*/2, /*higher_is_better=*/true);
  EXPECT_TRUE(stopping.update(0.5));
  EXPECT_FALSE(stopping.update(0.5));  // A tie is no improvement.
  EXPECT_FALSE(stopping.should_stop());
  EXPECT_TRUE(stopping.update(0.6));
  EXPECT_FALSE(stopping.update(0.1));
  EXPECT_FALSE(stopping.update(0.2));
  EXPECT_TRUE(stopping.should_stop());
  EXPECT_EQ(stopping.state().best_score, 0.6);
}

TEST(EarlyStoppingTest, LowerMayBeBetter) {
  EarlyStopping stopping(1, /*higher_is_better=*/false);
  EXPECT_TRUE(stopping.update(0.5));
  EXPECT_TRUE(stopping.update(0.4));
  EXPECT_FALSE(stopping.update(0.45));
  EXPECT_TRUE(stopping.should_stop());
}

TEST(EarlyStoppingTest, WithoutPatienceItNeverStops) {
  EarlyStopping stopping(0, true);
  for (int i = 0; i < 100; ++i) stopping.update(0.0);
  EXPECT_FALSE(stopping.should_stop());
}

TEST(EarlyStoppingTest, NoNumberIsNeverBetter) {
  EarlyStopping stopping(2, true);
  EXPECT_FALSE(stopping.update(std::nan("")));
  EXPECT_FALSE(stopping.state().best_score.has_value());
  EXPECT_TRUE(stopping.update(-1.0));
  EXPECT_FALSE(stopping.update(std::nan("")));
  EXPECT_EQ(stopping.state().best_score, -1.0);
}

TEST(EarlyStoppingTest, StateComesBack) {
  EarlyStopping first(2, true);
  first.update(0.5);
  first.update(0.4);
  EarlyStopping second(2, true);
  second.set_state(first.state());
  EXPECT_FALSE(second.update(0.45));
  EXPECT_TRUE(second.should_stop());
}

}  // namespace
}  // namespace espalier::training
