#include <espalier/training/metrics.h>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include <espalier/base/error.h>

namespace espalier::training {
namespace {

using Classes = std::vector<std::int32_t>;
using Values = std::vector<float>;

TEST(MetricsTest, AccuracyIgnoresTheUnlabelled) {
  EXPECT_DOUBLE_EQ(accuracy(Classes{0, 1, 2, 2}, Classes{0, 1, 1, -1}), 2.0 / 3.0);
  EXPECT_TRUE(std::isnan(accuracy(Classes{0}, Classes{-1})));
  EXPECT_TRUE(std::isnan(accuracy(Classes{}, Classes{})));
}

// By hand. Class 0: TP 1, FP 1, FN 1, F1 1/2. Class 1: TP 1, FP 1, FN 1, 1/2. Class 2: TP 2, FP 0,
// FN 0, 1. Class 3 is predicted once and never right: 0. Class 4 is labelled once: 0. The
// unlabelled example is predicted 5, which must not count as a class.
TEST(MetricsTest, MacroF1) {
  const Classes labels{0, 0, 1, 1, 2, 2, 4, -1};
  const Classes predicted{0, 1, 1, 0, 2, 2, 3, 5};
  EXPECT_DOUBLE_EQ(macro_f1(predicted, labels), (0.5 + 0.5 + 1.0 + 0.0 + 0.0) / 5.0);
  EXPECT_DOUBLE_EQ(macro_f1(Classes{1, 1}, Classes{1, 1}), 1.0);
  EXPECT_TRUE(std::isnan(macro_f1(Classes{1}, Classes{-1})));
}

// Labelled: classes 0, 1 and 2 twice, 4 once; their F1 as above.
TEST(MetricsTest, WeightedF1) {
  const Classes labels{0, 0, 1, 1, 2, 2, 4, -1};
  const Classes predicted{0, 1, 1, 0, 2, 2, 3, 5};
  EXPECT_DOUBLE_EQ(weighted_f1(predicted, labels), (2 * 0.5 + 2 * 0.5 + 2 * 1.0) / 7.0);
  EXPECT_TRUE(std::isnan(weighted_f1(Classes{1}, Classes{-1})));
}

// By hand. Above 0: labelled 4, predicted 4, right 3. Above 1: labelled 2, predicted 3, right 2.
// Above 2: labelled 1, predicted 1, right 0.
TEST(MetricsTest, LevelF1) {
  const Classes labels{0, 1, 1, 2, 3, 0, -1};
  const Classes predicted{2, 1, 0, 3, 2, 0, 3};
  const LevelF1 f1 = level_f1(predicted, labels, 4);
  ASSERT_EQ(f1.levels.size(), 3u);
  EXPECT_DOUBLE_EQ(f1.levels[0], 6.0 / 8.0);
  EXPECT_DOUBLE_EQ(f1.levels[1], 4.0 / 5.0);
  EXPECT_DOUBLE_EQ(f1.levels[2], 0.0);
  EXPECT_DOUBLE_EQ(f1.mean, (0.75 + 0.8) / 3);
  EXPECT_DOUBLE_EQ(f1.weighted_mean, (0.75 + 2 * 0.8) / 6);
  EXPECT_DOUBLE_EQ(level_f1(Classes{0}, Classes{0}, 2).mean, 0.0);
  EXPECT_TRUE(std::isnan(level_f1(Classes{1}, Classes{-1}, 3).mean));
  EXPECT_THROW(level_f1(Classes{1}, Classes{1}, 1), OptionError);
}

// x - mean: -2 -1 0 1 2; y - mean: -2 -3 1 3 1; sum of products 12, of squares 10 and 24.
TEST(MetricsTest, Pearson) {
  EXPECT_DOUBLE_EQ(pearson(Values{1, 2, 3, 4, 5}, Values{2, 1, 5, 7, 5}), 12.0 / std::sqrt(240.0));
  EXPECT_DOUBLE_EQ(pearson(Values{1, 2, 3}, Values{-2, -4, -6}), -1.0);
}

// Ranks 1 2.5 2.5 4 and 1 3 2 4: deviations -1.5 0 0 1.5 and -1.5 .5 -.5 1.5; products 4.5,
// squares 4.5 and 5.
TEST(MetricsTest, SpearmanSharesTheRanksOfTies) {
  EXPECT_DOUBLE_EQ(spearman(Values{1, 7, 7, 9}, Values{0, 30, 2, 50}), 4.5 / std::sqrt(22.5));
  EXPECT_DOUBLE_EQ(spearman(Values{1, 2, 3}, Values{1, 10, 1000}), 1.0);
}

TEST(MetricsTest, ConstantsCorrelateWithNothing) {
  EXPECT_EQ(pearson(Values{0.1f, 0.1f, 0.1f}, Values{1, 2, 3}), 0.0);
  EXPECT_EQ(spearman(Values{1, 2, 3}, Values{0.3f, 0.3f, 0.3f}), 0.0);
  EXPECT_EQ(pearson(Values{1}, Values{2}), 0.0);
}

TEST(MetricsTest, NoNumberGivesNoNumber) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(std::isnan(pearson(Values{1, nan, 2}, Values{1, 2, 3})));
  EXPECT_TRUE(std::isnan(pearson(Values{1, 1, 1}, Values{1, nan, 3})));
  EXPECT_TRUE(std::isnan(spearman(Values{1, 2, 2}, Values{nan, 2, 3})));
  EXPECT_TRUE(std::isnan(pearson(Values{}, Values{})));
  EXPECT_TRUE(std::isnan(spearman(Values{}, Values{})));
  EXPECT_TRUE(std::isnan(mean_squared_error(Values{}, Values{})));
}

TEST(MetricsTest, MeanSquaredError) {
  EXPECT_DOUBLE_EQ(mean_squared_error(Values{1, 2, 4}, Values{1, 0, 1}), 13.0 / 3.0);
}

TEST(MetricsTest, RefusesUnequalLengths) {
  EXPECT_THROW(accuracy(Classes{1}, Classes{}), ShapeError);
  EXPECT_THROW(macro_f1(Classes{1}, Classes{}), ShapeError);
  EXPECT_THROW(weighted_f1(Classes{1}, Classes{}), ShapeError);
  EXPECT_THROW(level_f1(Classes{1}, Classes{}, 2), ShapeError);
  EXPECT_THROW(pearson(Values{1}, Values{}), ShapeError);
  EXPECT_THROW(spearman(Values{1}, Values{}), ShapeError);
  EXPECT_THROW(mean_squared_error(Values{1}, Values{}), ShapeError);
}

}  // namespace
}  // namespace espalier::training
