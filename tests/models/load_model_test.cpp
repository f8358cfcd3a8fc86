#include <espalier/models/load_model.h>

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <string>
#include <type_traits>

#include <gtest/gtest.h>

#include <espalier/base/error.h>
#include <espalier/base/memory.h>
#include <espalier/data/dataset.h>
#include <espalier/models/agc_network.h>
#include <espalier/models/graph_attention_network.h>
#include <espalier/models/graph_convolution_network.h>
#include <espalier/models/han.h>
#include <espalier/models/part_lstm_classifier.h>
#include <espalier/training/trainer.h>

#include "tests/models/trees.h"
#include "tests/support/errors.h"

namespace espalier::models {
namespace {

using test::error_of;

class LoadModelTest : public testing::Test {
 protected:
  void SetUp() override {
    path_ = std::filesystem::temp_directory_path() /
            ("espalier_load_model_" +
             std::string(testing::UnitTest::GetInstance()->current_test_info()->name()) +
             ".safetensors");
    std::filesystem::remove(path_);
    for (int w = 1; w < 10; ++w) data_.vocabulary.add(std::to_string(w));
    data_.classes = {"odd", "even"};
    data_.train = test::odd_or_even_trees(30, 10, 1);
    data_.dev = data_.test = test::odd_or_even_trees(10, 10, 2);
  }
  void TearDown() override { std::filesystem::remove(path_); }

  TreeClassifier tree_classifier() {
    return {{.num_words = 10, .input_size = 3, .hidden_size = 4, .num_classes = 2}, rng_};
  }
  // The same tensors and the same options come back.
  template <class Model>
  void expect_round_trip(const Model& model) {
    SCOPED_TRACE(Model::kName);
    training::save(model, path_);
    const LoadedModel<Model> loaded = load_model<Model>(path_);
    EXPECT_EQ(to_json(loaded.network.options()), to_json(model.options()));
    ASSERT_EQ(loaded.network.parameters().size(), model.parameters().size());
    for (std::size_t p = 0; p < model.parameters().size(); ++p) {
      EXPECT_EQ(loaded.network.parameters()[p].name, model.parameters()[p].name);
      EXPECT_TRUE(bitwise_equal(loaded.network.parameters()[p].variable.value(),
                                model.parameters()[p].variable.value()));
    }
    EXPECT_EQ(loaded.vocabulary.size(), 1u);
    EXPECT_TRUE(loaded.classes.empty());
  }

  Rng rng_{5};
  std::filesystem::path path_;
  Dataset<LabelledTree> data_;
};

TEST_F(LoadModelTest, EveryModelComesBack) {
  expect_round_trip(tree_classifier());
  expect_round_trip(SequenceClassifier({.num_words = 9, .input_size = 3, .num_classes = 3}, rng_));
  expect_round_trip(SequenceRegressor({.input_size = 3}, rng_));
  expect_round_trip(EncoderDecoder(
      {.num_source_words = 5, .num_target_words = 6, .begin_word = 1, .end_word = 2}, rng_));
  expect_round_trip(LanguageModel({.num_words = 7}, rng_));
  expect_round_trip(DocumentHAN({.num_words = 7, .num_classes = 3}, rng_));
  expect_round_trip(AveragedEmbedding({.num_words = 7, .num_classes = 3}, rng_));
  expect_round_trip(BagOfWords({.num_words = 7, .num_classes = 3}));
  expect_round_trip(Similarity({.num_words = 7}, rng_));
  expect_round_trip(ThreadClassifier({.num_words = 7, .num_classes = 3}, rng_));
  expect_round_trip(HAN({.num_features = 7, .num_classes = 3, .num_paths = 2}, rng_));
  expect_round_trip(GraphAttentionNetwork({.num_features = 7, .num_classes = 3}, rng_));
  for (const GraphFilter filter : {GraphFilter::kFirstOrder, GraphFilter::kChebyshev}) {
    expect_round_trip(
        GraphConvolutionNetwork({.num_features = 7, .num_classes = 3, .filter = filter}, rng_));
  }
}

// From a checkpoint of training: the best epoch, its words and its classes.
TEST_F(LoadModelTest, ATrainedModelIsReadyToAnswer) {
  const TreeClassifier model = tree_classifier();
  training::Trainer({.epochs = 3, .checkpoint = path_}).fit(model, data_);
  const LoadedModel<TreeClassifier> loaded = load_model<TreeClassifier>(path_);
  EXPECT_EQ(loaded.vocabulary.words(), data_.vocabulary.words());
  EXPECT_EQ(loaded.classes, data_.classes);
  const TreeBatch batch(test::pointers(data_.test));
  EXPECT_TRUE(bitwise_equal(loaded.network.probabilities(batch), model.probabilities(batch)));

  training::save(model, data_, path_);
  EXPECT_EQ(load_model<TreeClassifier>(path_).vocabulary.words(), data_.vocabulary.words());
}

// What the command wrote before models had names of their own.
TEST_F(LoadModelTest, CheckpointsOfTheCommandAreRead) {
  const TreeClassifier model = tree_classifier();
  training::save_checkpoint(
      path_,
      {.configuration =
           R"({"model":"tree-lstm","dataset":"listops","data":{"train_size":100},"options":)" +
           to_json(model.options()) +
           R"(,"words":["<unk>","a","b","c","d","e","f","g","h","i"],"classes":["no","yes"]})",
       .parameters = training::clone_values(model.parameters()),
       .best_parameters = {},
       .optimizer = {},
       .run = {}});
  const LoadedModel<TreeClassifier> loaded = load_model<TreeClassifier>(path_);
  EXPECT_EQ(loaded.vocabulary.find("b"), 2u);
  EXPECT_EQ(loaded.classes[1], "yes");
  const std::string error = error_of<Error>([&] { load_model<DocumentHAN>(path_); });
  EXPECT_TRUE(error.ends_with(
      "; it is a checkpoint of the model \"tree-lstm\", expected one of DocumentHAN"))
      << error;
}

TEST_F(LoadModelTest, RefusesAnotherModel) {
  training::save(tree_classifier(), path_);
  EXPECT_EQ(error_of<Error>([&] { load_model<DocumentHAN>(path_); }),
            path_.string() +
                ": a checkpoint of the model \"TreeClassifier\", expected one of "
                "\"DocumentHAN\"; load_model<models::TreeClassifier> reads it");
}

TEST_F(LoadModelTest, RefusesPartsThatDoNotFitEachOther) {
  const auto error = [&](const auto& change) {
    const TreeClassifier model = tree_classifier();
    training::ModelDescription description = training::describe(model, data_);
    change(description);
    training::save_described(model, description, path_);
    const std::string text = error_of<Error>([&] { load_model<TreeClassifier>(path_); });
    return text.substr(text.starts_with(path_.string()) ? path_.string().size() : 0);
  };
  using Description = training::ModelDescription;
  EXPECT_EQ(error([](Description& d) { d.words.pop_back(); }), ": 9 words, expected 10");
  EXPECT_EQ(error([](Description& d) { d.words[3] = d.words[2]; }),
            ": word \"2\" of a vocabulary stands at 2 and at 3, expected once");
  EXPECT_EQ(error([](Description& d) { d.classes.push_back("both"); }), ": 3 classes, expected 2");
  EXPECT_TRUE(error([](Description& d) {
                d.options = R"({"num_words":10})";
              }).starts_with(": the option "));
  TreeClassifierOptions larger = tree_classifier().options();
  larger.hidden_size = 5;
  EXPECT_TRUE(error([&](Description& d) {
                d.options = to_json(larger);
              }).starts_with(" does not fit; of another shape: \"classifier.weight\" has [2, 4]"));
}

// One number of its options at a time is far too large: no model of that size is built.
TEST_F(LoadModelTest, AFileCostsNoMoreThanItsOwnSize) {
  const auto expect_refused = [&](const auto& model) {
    using Model = std::remove_cvref_t<decltype(model)>;
    SCOPED_TRACE(Model::kName);
    training::ModelDescription description = training::describe(model, data_);
    typename Model::Options options = model.options();
    const std::size_t most = (std::size_t{4} << 20) + 16 * sizeof(float) * model.num_parameters();
    int num_refused = 0;
    for (const Option& option : Model::Options::fields(options)) {
      if (option.kind() != Option::Kind::kInteger || !option.applies()) continue;
      SCOPED_TRACE(option.name());
      const Option::Value before = option.get();
      const double most_allowed = std::min(option.range().high, 2'147'483'647.0);
      for (const double number : {1e6, most_allowed}) {
        const auto huge = static_cast<std::int64_t>(number);
        if (!option.in_range(number)) continue;
        option.set(Option::Value(huge));
        description.options = to_json(options);
        training::save_described(model, description, path_);
        release_kept_memory();
        try {
          load_model<Model>(path_);  // Of a number that is no size, it may be what it likes.
        } catch (const Error&) {
          ++num_refused;
        }
        EXPECT_LT(memory_use().kept, most);
      }
      option.set(before);
    }
    EXPECT_GE(num_refused, 1);
  };
  expect_refused(tree_classifier());
  expect_refused(SequenceClassifier({.num_words = 9, .input_size = 3, .num_classes = 3}, rng_));
  expect_refused(SequenceRegressor({.input_size = 3}, rng_));
  expect_refused(EncoderDecoder(
      {.num_source_words = 5, .num_target_words = 6, .begin_word = 1, .end_word = 2}, rng_));
  expect_refused(LanguageModel({.num_words = 7}, rng_));
  expect_refused(DocumentHAN({.num_words = 7, .num_classes = 3}, rng_));
  expect_refused(AveragedEmbedding({.num_words = 7, .num_classes = 3}, rng_));
  expect_refused(BagOfWords({.num_words = 7, .num_classes = 3}));
  expect_refused(Similarity({.num_words = 7}, rng_));
  expect_refused(ThreadClassifier({.num_words = 7, .num_classes = 3}, rng_));
  expect_refused(HAN({.num_features = 3, .num_classes = 2, .num_paths = 2}, rng_));
  expect_refused(GraphAttentionNetwork({.num_features = 3, .num_classes = 2}, rng_));
  expect_refused(GraphConvolutionNetwork({.num_features = 3, .num_classes = 2}, rng_));
  const BodyOptions body = describe(skeleton_named("coco"));
  expect_refused(PartLSTMClassifier({.num_classes = 2, .body = body, .part_size = 2}, rng_));
  expect_refused(AGCNetwork(
      {.num_classes = 2, .body = body, .position_size = 2, .feature_size = 2, .hidden_size = 2},
      rng_));
}

TEST_F(LoadModelTest, RefusesWeightsThatAreNotFinite) {
  const TreeClassifier model = tree_classifier();
  model.parameter("classifier.weight").mutable_value().at(1, 2) = INFINITY;
  training::save(model, path_);
  EXPECT_EQ(error_of<ParseError>([&] { load_model<TreeClassifier>(path_); }),
            path_.string() +
                ": tensor \"classifier.weight\": number 7 of 8 is inf, expected finite weights");
}

TEST_F(LoadModelTest, SaysWhichFolderIsMissing) {
  const std::string text = error_of<FileError>(
      [&] { training::save(tree_classifier(), "/no/such/folder/m.safetensors"); });
  EXPECT_TRUE(text.ends_with("the folder /no/such/folder is not there, create it first")) << text;
  EXPECT_THROW(load_model<TreeClassifier>("/no/such/folder/m.safetensors"), FileError);
}

}  // namespace
}  // namespace espalier::models
