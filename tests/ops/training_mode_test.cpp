#include <espalier/ops/training_mode.h>

#include <thread>

#include <gtest/gtest.h>

namespace espalier {
namespace {

TEST(TrainingModeTest, IsSaidByScopesThatNest) {
  EXPECT_FALSE(is_training());
  {
    const Training training;
    EXPECT_TRUE(is_training());
    EXPECT_TRUE(is_recording());
    {
      const Evaluating evaluating;
      EXPECT_FALSE(is_training());
      EXPECT_TRUE(is_recording());
    }
    {
      const Answering answering;
      EXPECT_FALSE(is_training());
      EXPECT_FALSE(is_recording());
    }
    EXPECT_TRUE(is_training());
    EXPECT_TRUE(is_recording());
  }
  EXPECT_FALSE(is_training());
}

TEST(TrainingModeTest, IsThatOfAThread) {
  const Training training;
  bool other = true;
  std::jthread([&] { other = is_training(); }).join();
  EXPECT_FALSE(other);
}

}  // namespace
}  // namespace espalier
