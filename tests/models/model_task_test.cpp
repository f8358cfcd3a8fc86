#include <espalier/models/model_task.h>

#include <gtest/gtest.h>

#include <espalier/ops/loss.h>

#include "tests/support/errors.h"

namespace espalier::models {
namespace {

struct Example {
  float target;
  std::size_t num_nodes;
};
using Examples = std::span<const Example>;

std::vector<std::size_t> sizes(const std::vector<PoolVector<const Example*>>& batches) {
  std::vector<std::size_t> result;
  for (const auto& batch : batches) result.push_back(batch.size());
  return result;
}

// Sizes of batches of examples with so many nodes.
std::vector<std::size_t> sizes_by_nodes(const std::vector<std::size_t>& nodes,
                                        std::size_t max_examples) {
  std::vector<Example> examples;
  for (const std::size_t n : nodes) examples.push_back({0.0f, n});
  return sizes(batches(Examples(examples), max_examples,
                       [](const Example& example) { return example.num_nodes; }));
}

TEST(DataSetsTest, GivesEverySplitItsPart) {
  const std::vector<Example> all(6);
  const Examples examples(all);
  const DataSets<Examples> sets = {examples.first(1), examples.subspan(1, 2), examples.last(3)};
  EXPECT_EQ(sets.of(training::Split::kTrain).data(), &all[0]);
  EXPECT_EQ(sets.of(training::Split::kDev).data(), &all[1]);
  EXPECT_EQ(sets.of(training::Split::kTest).data(), &all[3]);
}

TEST(PointersTest, PointToTheExamplesThemselves) {
  const std::vector<Example> all(3);
  EXPECT_EQ(pointers(Examples(all)), (PoolVector<const Example*>{&all[0], &all[1], &all[2]}));
  const std::vector<std::uint32_t> numbers = {2, 0, 2};
  EXPECT_EQ(pointers(Examples(all), numbers),
            (PoolVector<const Example*>{&all[2], &all[0], &all[2]}));
}

TEST(BatchesTest, HoldEveryExampleOnceInOrder) {
  for (std::size_t count = 0; count <= 9; ++count) {
    for (std::size_t max_examples = 1; max_examples <= 10; ++max_examples) {
      SCOPED_TRACE(message(count, " examples by ", max_examples));
      const std::vector<Example> all(count);
      const auto result = batches(Examples(all), max_examples);
      EXPECT_EQ(result.size(), (count + max_examples - 1) / max_examples);
      PoolVector<const Example*> joined;
      for (const auto& batch : result) {
        EXPECT_LE(batch.size(), max_examples);
        joined.insert(joined.end(), batch.begin(), batch.end());
      }
      EXPECT_EQ(joined, pointers(Examples(all)));
    }
  }
}

TEST(BatchesTest, EndBeforeTheyHaveTooManyNodes) {
  using Sizes = std::vector<std::size_t>;
  EXPECT_EQ(sizes_by_nodes({16384, 0, 1}, 10), Sizes({2, 1}));
  EXPECT_EQ(sizes_by_nodes({8000, 8000, 384, 8000, 8384, 1}, 10), Sizes({3, 2, 1}));
  EXPECT_EQ(sizes_by_nodes({1, 20'000, 1, 1}, 10), Sizes({1, 1, 2}));
  EXPECT_EQ(sizes_by_nodes({0, 20'000, 30'000}, 10), Sizes({1, 1, 1}));
  EXPECT_EQ(sizes_by_nodes({1, 1, 1, 16383, 1, 1}, 2), Sizes({2, 2, 2}));
}

// Says the same number of everything.
class Constant : public Module {
 public:
  Constant() { value = add_parameter("value", Tensor::zeros({1, 1})); }
  Variable value;
};

class ConstantTask final : public ModelTask<Constant, Examples> {
 public:
  ConstantTask(const Constant& model, const DataSets<Examples>& data, const Recipe& recipe)
      : ModelTask(model, data, recipe, "{\"model\":\"constant\"}", "numbers") {}

  Variable loss(std::span<const std::uint32_t> examples, Rng& /*rng*/) override {
    Tensor target = Tensor::zeros({1, 1});
    for (const Example* example : pointers(data().train, examples)) {
      target.at(0, 0) += example->target / static_cast<float>(examples.size());
    }
    return mean_squared_error(model().value, target);
  }
  training::Metrics evaluate(training::Split split) override {
    return {{"size", static_cast<double>(data().of(split).size())}};
  }
  std::string_view selection_metric() const override { return "size"; }

 private:
  std::size_t num_nodes_of(std::uint32_t i) const override { return data().train[i].num_nodes; }
};

class ModelTaskTest : public testing::Test {
 protected:
  const std::vector<Example> train_ = {{2.0f, 3}, {4.0f, 5}, {-8.0f, 7}};
  const Constant model_;
};

TEST_F(ModelTaskTest, DescribesModelAndData) {
  const ConstantTask task(model_, {train_, {}, {}}, {});
  EXPECT_EQ(task.configuration(), "{\"model\":\"constant\"}");
  EXPECT_EQ(task.parameters().data(), model_.parameters().data());
  EXPECT_EQ(task.parameters().size(), 1u);
  EXPECT_EQ(task.num_examples(), 3u);
  EXPECT_EQ(task.num_nodes(std::vector<std::uint32_t>{0, 2, 2}), 17u);
  EXPECT_EQ(task.num_nodes({}), 0u);
}

// Adagrad's first step is the learning rate whatever the gradient.
TEST_F(ModelTaskTest, LearnsByTheRecipe) {
  ConstantTask task(model_, {train_, {}, {}}, {.learning_rate = 0.25, .l2 = 0.0});
  Rng rng(0);
  const Variable loss = task.loss(std::vector<std::uint32_t>{0, 1}, rng);
  EXPECT_EQ(loss.item(), 9.0f);
  loss.backward();
  task.optimizer().step();
  EXPECT_NEAR(model_.value.item(), 0.25f, 1e-6f);
}

TEST_F(ModelTaskTest, RefusesToTrainOnNothing) {
  EXPECT_EQ(test::error_of<OptionError>([&] {
              ConstantTask(model_, {{}, train_, train_}, {});
            }),
            "no numbers to train on");
}

}  // namespace
}  // namespace espalier::models
