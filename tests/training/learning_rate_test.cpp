#include <espalier/training/learning_rate.h>

#include <gtest/gtest.h>

#include <cmath>

#include <espalier/base/error.h>

namespace espalier::training {
namespace {

TEST(LearningRateTest, Constant) {
  EXPECT_EQ(constant_rate()(0), 1.0);
  EXPECT_EQ(constant_rate()(1000), 1.0);
}

TEST(LearningRateTest, StepDecayHoldsInBetween) {
  const LearningRateSchedule schedule = step_decay(3, 0.5);
  const double expected[] = {1, 1, 1, 0.5, 0.5, 0.5, 0.25};
  for (std::uint64_t t = 0; t < 7; ++t) EXPECT_DOUBLE_EQ(schedule(t), expected[t]);
}

TEST(LearningRateTest, Exponential) {
  EXPECT_EQ(exponential_decay(0.99)(0), 1.0);
  EXPECT_DOUBLE_EQ(exponential_decay(0.99)(3), 0.99 * 0.99 * 0.99);
}

TEST(LearningRateTest, CosineEndsAtTheLast) {
  const LearningRateSchedule schedule = cosine_decay(8, 0.2);
  EXPECT_DOUBLE_EQ(schedule(0), 1.0);
  EXPECT_DOUBLE_EQ(schedule(4), 0.6);
  EXPECT_DOUBLE_EQ(schedule(8), 0.2);
  EXPECT_DOUBLE_EQ(schedule(100), 0.2);
}

TEST(LearningRateTest, WarmUpThenAnother) {
  const LearningRateSchedule schedule = linear_warm_up(4, exponential_decay(0.5));
  const double expected[] = {0.25, 0.5, 0.75, 1, 1, 0.5, 0.25};
  for (std::uint64_t t = 0; t < 7; ++t) EXPECT_DOUBLE_EQ(schedule(t), expected[t]);
  EXPECT_EQ(linear_warm_up(2, nullptr)(5), 1.0);
}

TEST(LearningRateTest, RefusesWhatIsOutOfRange) {
  EXPECT_THROW(step_decay(0, 0.5), OptionError);
  EXPECT_THROW(exponential_decay(-0.5), OptionError);
  EXPECT_THROW(cosine_decay(0), OptionError);
  EXPECT_THROW(cosine_decay(1, std::nan("")), OptionError);
  EXPECT_THROW(linear_warm_up(0), OptionError);
}

}  // namespace
}  // namespace espalier::training
