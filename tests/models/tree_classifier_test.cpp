#include <espalier/models/tree_classifier.h>

#include <cmath>

#include <espalier/ops/argmax.h>
#include <gtest/gtest.h>

#include <espalier/base/error.h>
#include <espalier/ops/gradient_check.h>

#include "tests/models/trees.h"
#include "tests/support/errors.h"
#include "tests/support/threads.h"

namespace espalier::models {
namespace {

TreeClassifierOptions small_options() {
  return {.num_words = 10, .input_size = 4, .hidden_size = 3, .num_classes = 3, .dropout = 0.0f};
}

// With the recipe's sizes the composition has the number of parameters that the paper states.
TEST(TreeClassifierTest, HasThePapersNumberOfParameters) {
  Rng rng(1);
  const TreeClassifier model({.num_words = 20}, rng);
  EXPECT_EQ(model.lstm().num_parameters(), 316'800u);
  EXPECT_EQ(model.num_parameters(), 316'800u + 20u * 300u + 150u * 5u + 5u);
}

TEST(TreeClassifierTest, LossIsTheMeanOverTreesOfTheSumOverLabelledNodes) {
  Rng rng(2);
  const TreeClassifier model(small_options(), rng);
  std::vector<LabelledTree> trees = test::odd_or_even_trees(4, 10, 2);
  trees[1].labels.assign(trees[1].labels.size(), kNoLabel);
  double expected = 0.0;
  for (const LabelledTree& tree : trees) {
    const LabelledTree* const one = &tree;
    const Tensor p = model.probabilities(TreeBatch(std::span(&one, 1)));
    for (std::size_t v = 0; v < tree.labels.size(); ++v) {
      if (tree.labels[v] == kNoLabel) continue;
      expected -=
          std::log(static_cast<double>(p.at(v, static_cast<std::size_t>(tree.labels[v])))) / 4.0;
    }
  }
  EXPECT_NEAR(model.loss(TreeBatch(test::pointers(trees)), rng).item(), expected, 1e-5);
}

TEST(TreeClassifierTest, LossOfNoTreesIsNothing) {
  Rng rng(1);
  const TreeClassifier model(small_options(), rng);
  EXPECT_EQ(model.loss(TreeBatch({}), rng).item(), 0.0f);
}

TEST(TreeClassifierTest, GradientsMatchFiniteDifferences) {
  Rng rng(3);
  const TreeClassifier model(small_options(), rng);
  const std::vector<LabelledTree> trees = test::odd_or_even_trees(3, 10, 3);
  const TreeBatch batch(test::pointers(trees));
  const GradientCheck check =
      check_gradients([&] { return model.loss(batch, rng); }, model.parameters());
  EXPECT_TRUE(check.ok) << check.to_string();
}

TEST(TreeClassifierTest, HasTheSameBitsAtAnyNumberOfThreads) {
  const std::vector<LabelledTree> trees = test::odd_or_even_trees(60, 10, 4);
  const TreeBatch batch(test::pointers(trees));
  std::vector<Tensor> gradients;
  test::for_each_number_of_threads([&](int) {
    Rng rng(4);
    TreeClassifierOptions options = small_options();
    options.hidden_size = 20;
    options.dropout = 0.5f;
    const TreeClassifier model(options, rng);
    model.loss(batch, rng).backward();
    Tensor all = model.parameter("lstm.weight_hh").gradient().clone();
    if (!gradients.empty()) {
      EXPECT_TRUE(bitwise_equal(gradients.front(), all));
    }
    gradients.push_back(std::move(all));
  });
}

TEST(TreeClassifierTest, NeverPredictsTheUnpredictedClass) {
  Rng rng(5);
  TreeClassifierOptions options = small_options();
  options.unpredicted_class = 1;
  const TreeClassifier model(options, rng);
  const std::vector<LabelledTree> trees = test::odd_or_even_trees(3, 10, 5);
  const Tensor p = model.probabilities(TreeBatch(test::pointers(trees)));
  for (std::size_t v = 0; v < p.rows(); ++v) {
    EXPECT_EQ(p.at(v, 1), 0.0f);
    EXPECT_NEAR(p.at(v, 0) + p.at(v, 2), 1.0, 1e-6);
  }
  for (const std::int32_t c : argmax_rows(p.view())) EXPECT_NE(c, 1);
}

TEST(TreeClassifierTest, OptionsComeBackFromJson) {
  TreeClassifierOptions options = small_options();
  options.unpredicted_class = 2;
  options.dropout = 0.25f;
  const std::string text = to_json(options);
  EXPECT_EQ(to_json(from_json<TreeClassifierOptions>(text, "test")), text);
  const std::string error = test::error_of<ParseError>(
      [] { from_json<TreeClassifierOptions>("{\"num_words\": 3}", "model.safetensors"); });
  EXPECT_NE(error.find("model.safetensors: "), std::string::npos);
}

TEST(TreeClassifierTest, RefusesOptionsOutOfRange) {
  Rng rng(6);
  TreeClassifierOptions options = small_options();
  options.num_classes = 1;
  EXPECT_EQ(test::error_of<OptionError>([&] { TreeClassifier(options, rng); }),
            "num_classes is 1, expected 2 or more");
  options = small_options();
  options.unpredicted_class = 3;
  EXPECT_EQ(test::error_of<OptionError>([&] { TreeClassifier(options, rng); }),
            "unpredicted_class is 3, expected -1 to 2");
}

}  // namespace
}  // namespace espalier::models
