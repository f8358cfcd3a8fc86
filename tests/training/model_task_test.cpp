#include <espalier/training/model_task.h>

#include <filesystem>

#include <gtest/gtest.h>

#include <espalier/data/dataset.h>
#include <espalier/ops/loss.h>
#include <espalier/training/adam.h>
#include <espalier/training/checkpoint.h>
#include <espalier/training/evaluation.h>
#include <espalier/training/trainer.h>

#include "tests/training/training_test_support.h"

namespace espalier::training {
namespace {

struct Example {
  float target;
  std::size_t num_nodes = 1;
};

// Predicts the same number for everything.
class Constant : public Module {
 public:
  using Examples = std::span<const Example>;
  using Batch = Tensor;
  using Evaluation = RegressionEvaluation;

  Constant() { value = add_parameter("value", Tensor::zeros({1, 1})); }

  Tensor make_batch(Examples examples, std::span<const std::uint32_t> numbers, Rng&) const {
    Tensor targets = Tensor::uninitialized({numbers.size(), 1});
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      targets.data()[i] = examples[numbers[i]].target;
    }
    return targets;
  }
  Variable loss(const Tensor& targets, Rng&) const {
    Tensor mean = Tensor::zeros({1, 1});
    for (const float target : targets.flat()) {
      mean.data()[0] += target / static_cast<float>(targets.size());
    }
    return mean_squared_error(value, mean);
  }
  void evaluate(const Tensor& targets, RegressionEvaluation& evaluation) const {
    evaluation.add(std::vector<float>(targets.size(), value.item()), targets.flat());
  }
  std::size_t num_nodes(Examples examples, std::uint32_t i) const { return examples[i].num_nodes; }

  Variable value;
};

// The nodes of one graph are examples too: each is to be told apart by its number of neighbours.
struct NodesOfAGraph {
  std::size_t size() const { return nodes.size(); }

  const std::vector<std::vector<std::uint32_t>>* neighbours = nullptr;
  std::vector<std::uint32_t> nodes;
};

class Degree : public Module {
 public:
  using Examples = NodesOfAGraph;
  using Batch = Tensor;  // [examples, 2]: of a node, how many of its neighbours were drawn, of all.
  using Evaluation = ClassEvaluation;
  static constexpr const char* kName = "Degree";
  static constexpr Recipe kRecipe = {.learning_rate = 0.25, .l2 = 0.0};

  Degree() { weight_ = add_parameter("weight", Tensor::filled({1, 2}, 0.5f)); }

  Tensor make_batch(const NodesOfAGraph& graph, std::span<const std::uint32_t> numbers,
                    Rng& rng) const {
    Tensor counts = Tensor::zeros({numbers.size(), 2});
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      const auto& neighbours = (*graph.neighbours)[graph.nodes[numbers[i]]];
      for (std::size_t k = 0; k < neighbours.size(); ++k) {
        counts.at(i, 0) += rng.chance(0.5f) ? 1.0f : 0.0f;
        counts.at(i, 1) += 1.0f;
      }
    }
    return counts;
  }
  Variable loss(const Tensor& counts, Rng&) const {
    Tensor sum = Tensor::zeros({1, 2});
    for (std::size_t i = 0; i < counts.rows(); ++i) {
      for (std::size_t c = 0; c < 2; ++c) sum.at(0, c) += counts.at(i, c);
    }
    return mean_squared_error(weight_, sum);
  }
  void evaluate(const Tensor& counts, ClassEvaluation& evaluation) const {
    std::vector<std::int32_t> degrees;
    for (std::size_t i = 0; i < counts.rows(); ++i) {
      degrees.push_back(static_cast<std::int32_t>(counts.at(i, 1)));
    }
    evaluation.add(degrees, degrees);
  }

 private:
  Variable weight_;
};

static_assert(TrainableModel<Constant> && TrainableModel<Degree>);
static_assert(!TrainableModel<Module>);

std::vector<std::size_t> sizes_of_batches(const std::vector<std::size_t>& nodes,
                                          std::size_t max_examples) {
  std::vector<Example> examples;
  for (const std::size_t n : nodes) examples.push_back({0.0f, n});
  std::vector<std::size_t> sizes;
  for (const auto& batch : batches(Constant(), examples, max_examples)) {
    sizes.push_back(batch.size());
  }
  return sizes;
}

TEST(BatchesTest, HoldEveryExampleOnceInOrder) {
  for (std::size_t count = 0; count <= 9; ++count) {
    for (std::size_t max_examples = 1; max_examples <= 10; ++max_examples) {
      SCOPED_TRACE(message(count, " examples by ", max_examples));
      const std::vector<Example> all(count);
      const auto result = batches(Constant(), all, max_examples);
      EXPECT_EQ(result.size(), (count + max_examples - 1) / max_examples);
      std::uint32_t next = 0;
      for (const auto& batch : result) {
        EXPECT_LE(batch.size(), max_examples);
        for (const std::uint32_t i : batch) EXPECT_EQ(i, next++);
      }
      EXPECT_EQ(next, count);
    }
  }
}

TEST(BatchesTest, EndBeforeTheyHaveTooManyNodes) {
  using Sizes = std::vector<std::size_t>;
  EXPECT_EQ(sizes_of_batches({16384, 0, 1}, 10), Sizes({2, 1}));
  EXPECT_EQ(sizes_of_batches({8000, 8000, 384, 8000, 8384, 1}, 10), Sizes({3, 2, 1}));
  EXPECT_EQ(sizes_of_batches({1, 20'000, 1, 1}, 10), Sizes({1, 1, 2}));
  EXPECT_EQ(sizes_of_batches({0, 20'000, 30'000}, 10), Sizes({1, 1, 1}));
  EXPECT_EQ(sizes_of_batches({1, 1, 1, 16383, 1, 1}, 2), Sizes({2, 2, 2}));
}

class ModelTaskTest : public testing::Test {
 protected:
  const std::vector<Example> train_ = {{2.0f, 3}, {4.0f, 5}, {-8.0f, 7}};
  const Constant model_;
};

TEST_F(ModelTaskTest, DescribesModelAndData) {
  const ModelTask<Constant> task(model_, {train_, {}, {}}, {}, "{\"model\":\"constant\"}");
  EXPECT_EQ(task.configuration(), "{\"model\":\"constant\"}");
  EXPECT_EQ(task.parameters().data(), model_.parameters().data());
  EXPECT_EQ(task.parameters().size(), 1u);
  EXPECT_EQ(task.num_examples(), 3u);
  EXPECT_EQ(task.num_nodes(std::vector<std::uint32_t>{0, 2, 2}), 17u);
  EXPECT_EQ(task.num_nodes({}), 0u);
  EXPECT_EQ(task.selection_metric(), "mse");
  EXPECT_FALSE(task.higher_is_better());
}

// Adagrad's first step is the learning rate whatever the gradient.
TEST_F(ModelTaskTest, LearnsByTheRecipe) {
  ModelTask<Constant> task(model_, {train_, {}, {}}, {.learning_rate = 0.25, .l2 = 0.0}, "{}");
  Rng rng(0);
  const Variable loss = task.loss(std::vector<std::uint32_t>{0, 1}, rng);
  EXPECT_EQ(loss.item(), 9.0f);
  loss.backward();
  task.optimizer().step();
  EXPECT_NEAR(model_.value.item(), 0.25f, 1e-6f);
}

TEST_F(ModelTaskTest, EvaluatesEverySplitFromNothing) {
  const std::vector<Example> dev = {{3.0f}};
  ModelTask<Constant> task(model_, {train_, dev, {}}, {}, "{}");
  for (int twice = 0; twice < 2; ++twice) {
    EXPECT_EQ(task.evaluate(Split::kTrain).at("mse"), (4.0 + 16.0 + 64.0) / 3.0);
    EXPECT_EQ(task.evaluate(Split::kDev).at("mse"), 9.0);
  }
  EXPECT_TRUE(task.evaluate(Split::kTest).empty());
}

TEST_F(ModelTaskTest, RefusesToTrainOnNothing) {
  EXPECT_EQ(test::error_of<OptionError>([&] {
              ModelTask<Constant>(model_, {{}, train_, train_}, {}, "{}");
            }),
            "no examples to train on");
  ModelTask<Constant> task(model_, {train_, {}, {}}, {}, "{}");
  EXPECT_EQ(test::error_of<OptionError>([&] { Trainer({.batch_size = 1}).fit(task); }),
            "no examples in the dev split, by which the best epoch is chosen");
}

Dataset<Example> small_data() {
  Dataset<Example> data;
  data.train = {{2.0f}, {4.0f}, {-8.0f}};
  data.dev = data.test = {{1.0f}};
  return data;
}

// A model and its data are all it takes, and the second run goes on from the first one's end.
TEST(FitTest, GoesOnFromItsOwnCheckpoint) {
  const test::TemporaryFolder folder;
  const Trainer trainer({.batch_size = 2, .epochs = 2, .checkpoint = folder / "model.safetensors"});
  const Constant model;
  Dataset<Example> data = small_data();
  data.vocabulary.add("one");
  data.classes = {"no", "yes"};
  const TrainingResult first = trainer.fit(model, data);
  EXPECT_EQ(first.epochs.size(), 2u);
  EXPECT_EQ(load_checkpoint(folder / "model.safetensors").configuration,
            R"({"model":"unnamed","options":{"parameters":{"value":[1,1]}},)"
            R"("words":["<unk>","one"],"classes":["no","yes"]})");

  const Constant again;
  const TrainingResult second = trainer.fit(again, data);
  EXPECT_EQ(second.test, first.test);
  EXPECT_EQ(again.value.item(), model.value.item());
}

TEST(FitTest, RefusesTheCheckpointOfAnotherModel) {
  const test::TemporaryFolder folder;
  const std::filesystem::path path = folder / "model.safetensors";
  const Trainer trainer({.epochs = 1, .checkpoint = path});
  trainer.fit(Constant(), small_data());
  const std::vector<std::vector<std::uint32_t>> neighbours = {{1}, {0, 2}, {1}};
  const Splits<NodesOfAGraph> graph = {
      {&neighbours, {0, 1}}, {&neighbours, {2}}, {&neighbours, {1}}};
  EXPECT_EQ(test::error_of<Error>([&] { trainer.fit(Degree(), graph); }),
            path.string() + ": a checkpoint of the model \"unnamed\", expected one of \"Degree\"");
}

// By the model's own recipe: Adagrad's first step is 0.25 up, whatever was drawn.
TEST(FitTest, TheNodesOfOneGraphAreExamplesToo) {
  const std::vector<std::vector<std::uint32_t>> neighbours = {{1}, {0, 2}, {1}};
  const Splits<NodesOfAGraph> graph = {
      {&neighbours, {0, 1}}, {&neighbours, {2}}, {&neighbours, {1}}};
  const Degree model;
  const TrainingResult result = Trainer({.batch_size = 2, .epochs = 1}).fit(model, graph);
  EXPECT_EQ(result.test.at("accuracy"), 1.0);
  EXPECT_NEAR(model.parameters()[0].variable.value().at(0, 1), 0.75f, 1e-6f);
}

TEST(FitTest, TakesAnOptimizerOfOnesOwn) {
  const Constant model, other;
  Adam optimizer(model, {.learning_rate = 0.5});
  Trainer({.batch_size = 3, .epochs = 1}).fit(model, small_data(), optimizer);
  EXPECT_NEAR(model.value.item(), -0.5f, 1e-6f);
  Trainer({.batch_size = 3, .epochs = 1, .recipe = Recipe{.learning_rate = 0.125, .adam = true}})
      .fit(other, small_data());
  EXPECT_NEAR(other.value.item(), -0.125f, 1e-6f);
}

}  // namespace
}  // namespace espalier::training
