#include <espalier/models/node_evaluation.h>

#include <cmath>

#include <gtest/gtest.h>

#include <espalier/base/error.h>

#include "tests/support/errors.h"

namespace espalier::models {
namespace {

TEST(NodeEvaluationTest, MeasuresLabelledNodesOverAllBatches) {
  NodeEvaluation evaluation;
  evaluation.add(Tensor::from_values({2, 2}, {0.75f, 0.25f, 0.5f, 0.5f}).view(),
                 std::vector<std::int32_t>{0, -1});
  evaluation.add(Tensor::from_values({1, 2}, {0.875f, 0.125f}).view(),
                 std::vector<std::int32_t>{1});
  const training::Metrics metrics = evaluation.compute();
  EXPECT_DOUBLE_EQ(metrics.at("accuracy"), 0.5);
  EXPECT_DOUBLE_EQ(metrics.at("micro_f1"), 0.5);
  EXPECT_NEAR(metrics.at("macro_f1"), 1.0 / 3.0, 1e-12);
  EXPECT_NEAR(metrics.at("loss"), -(std::log(0.75) + std::log(0.125)) / 2.0, 1e-6);
  EXPECT_EQ(evaluation.selection_metric(), "accuracy");
}

TEST(NodeEvaluationTest, OfACertainMistakeTheLossIsFinite) {
  NodeEvaluation evaluation;
  evaluation.add(Tensor::from_values({1, 2}, {1.0f, 0.0f}).view(), std::vector<std::int32_t>{1});
  EXPECT_TRUE(std::isfinite(evaluation.compute().at("loss")));
}

TEST(NodeEvaluationTest, WithoutLabelsIsNotANumber) {
  EXPECT_TRUE(std::isnan(NodeEvaluation().compute().at("loss")));
}

}  // namespace
}  // namespace espalier::models
