#include <espalier/models/tree_classifier.h>

#include <gtest/gtest.h>

#include <espalier/base/error.h>
#include <espalier/training/trainer.h>

#include "tests/models/trees.h"
#include "tests/support/errors.h"

namespace espalier::models {
namespace {

using Task = training::ModelTask<TreeClassifier>;

class TreeTrainingTest : public testing::Test {
 protected:
  const std::vector<LabelledTree> train_ = test::odd_or_even_trees(400, 10, 1);
  const std::vector<LabelledTree> dev_ = test::odd_or_even_trees(100, 10, 2);
  Rng rng_{1};
  TreeClassifier model_{
      {.num_words = 10, .input_size = 8, .hidden_size = 16, .num_classes = 2, .dropout = 0.1f},
      rng_};
};

TEST_F(TreeTrainingTest, LearnsByThePapersRecipe) {
  Task task(model_, {train_, dev_, {}}, {}, "{}");
  const training::TrainingResult result =
      training::Trainer({.batch_size = 25, .epochs = 8}).fit(task);
  EXPECT_GT(result.epochs.front().train_loss, result.epochs.back().train_loss);
  EXPECT_GT(training::evaluate(model_, dev_).at("accuracy"), 0.9);
  EXPECT_TRUE(result.test.empty());
}

TEST_F(TreeTrainingTest, LearnsWithAdam) {
  Task task(model_, {train_, dev_, {}}, {.learning_rate = 0.005, .adam = true}, "{}");
  training::Trainer({.batch_size = 25, .epochs = 8}).fit(task);
  EXPECT_GT(training::evaluate(model_, dev_).at("accuracy"), 0.9);
}

TEST_F(TreeTrainingTest, LeavesWordVectorsAloneIfAsked) {
  const Tensor before = model_.embedding().table().value().clone();
  Task task(model_, {train_, dev_, {}}, {.embedding_learning_rate = 0.0}, "{}");
  training::Trainer({.batch_size = 25, .epochs = 1}).fit(task);
  EXPECT_TRUE(bitwise_equal(before, model_.embedding().table().value()));
}

// A model that is unsure of nothing but the neutral class still says negative or positive, and
// nodes that are neutral do not count against it.
TEST_F(TreeTrainingTest, CountsNoNodeOfTheUnpredictedClass) {
  Rng rng(3);
  const TreeClassifier model({.num_words = 10,
                              .input_size = 4,
                              .hidden_size = 3,
                              .num_classes = 3,
                              .unpredicted_class = 1},
                             rng);
  std::vector<LabelledTree> trees = test::odd_or_even_trees(1, 10, 4);
  trees[0].labels.assign(trees[0].labels.size(), 1);
  trees[0].labels[trees[0].tree.root()] = 2;
  const training::Metrics metrics = training::evaluate(model, trees);
  EXPECT_EQ(metrics.at("accuracy"), metrics.at("node_accuracy"));
}

TEST_F(TreeTrainingTest, RefusesAnEmptyTrainingSplit) {
  EXPECT_EQ(test::error_of<OptionError>([&] { Task(model_, {}, {}, "{}"); }),
            "no examples to train on");
}

}  // namespace
}  // namespace espalier::models
