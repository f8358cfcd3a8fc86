#include <espalier/training/evaluation.h>

#include <gtest/gtest.h>

#include <espalier/base/error.h>

#include "tests/support/errors.h"

namespace espalier::training {
namespace {

using Labels = std::vector<std::int32_t>;

TEST(ClassEvaluationTest, BatchByBatchIsAllAtOnce) {
  const Labels predicted = {0, 1, 1, 2, 0, 0}, labels = {0, 1, 2, -1, 1, 0};
  ClassEvaluation evaluation;
  evaluation.add(Labels(predicted.begin(), predicted.begin() + 2),
                 Labels(labels.begin(), labels.begin() + 2));
  evaluation.add({}, {});
  evaluation.add(Labels(predicted.begin() + 2, predicted.end()),
                 Labels(labels.begin() + 2, labels.end()));
  EXPECT_EQ(evaluation.compute(), (Metrics{{"accuracy", accuracy(predicted, labels)},
                                           {"macro_f1", macro_f1(predicted, labels)}}));
  EXPECT_EQ(evaluation.selection_metric(), "accuracy");
  EXPECT_TRUE(evaluation.higher_is_better());
  EXPECT_EQ(test::error_of<ShapeError>([&] { evaluation.add(Labels{1}, Labels{}); }),
            "1 predictions of 0 examples, expected one of each");
}

TEST(RegressionEvaluationTest, BatchByBatchIsAllAtOnce) {
  const std::vector<float> predicted = {1, 2, 4}, targets = {1, 3, 3};
  RegressionEvaluation evaluation;
  for (std::size_t i = 0; i < 3; ++i) {
    evaluation.add(std::vector{predicted[i]}, std::vector{targets[i]});
  }
  EXPECT_EQ(evaluation.compute(), (Metrics{{"mse", mean_squared_error(predicted, targets)},
                                           {"pearson", pearson(predicted, targets)}}));
  EXPECT_EQ(evaluation.selection_metric(), "mse");
  EXPECT_FALSE(evaluation.higher_is_better());
}

}  // namespace
}  // namespace espalier::training
