#include <espalier/models/document_classifier.h>

#include <algorithm>
#include <memory>

#include <gtest/gtest.h>

#include <espalier/base/error.h>
#include <espalier/models/averaged_embedding.h>
#include <espalier/models/bag_of_words.h>
#include <espalier/models/document_han.h>
#include <espalier/training/trainer.h>

#include "tests/models/documents.h"
#include "tests/support/errors.h"

namespace espalier::models {
namespace {

using Task = training::ModelTask<DocumentClassifier>;

constexpr int kNumWords = 30, kNumClasses = 3;

std::unique_ptr<DocumentClassifier> make_model(const std::string& name) {
  Rng rng(1);
  if (name == "HAN") {
    return std::make_unique<DocumentHAN>(DocumentHANOptions{.num_words = kNumWords,
                                                            .word_size = 8,
                                                            .hidden_size = 6,
                                                            .attention_size = 6,
                                                            .num_classes = kNumClasses,
                                                            .dropout = 0.1f},
                                         rng);
  }
  if (name == "AveragedEmbedding") {
    return std::make_unique<AveragedEmbedding>(AveragedEmbeddingOptions{.num_words = kNumWords,
                                                                        .word_size = 8,
                                                                        .hidden_size = 8,
                                                                        .num_classes = kNumClasses,
                                                                        .dropout = 0.1f},
                                               rng);
  }
  return std::make_unique<BagOfWords>(
      BagOfWordsOptions{.num_words = kNumWords, .num_classes = kNumClasses});
}

// All three models.
class DocumentTrainingTest : public testing::TestWithParam<const char*> {
 protected:
  const std::vector<LabelledDocument> train_ =
      test::key_word_documents(60, kNumWords, kNumClasses, 1);
  const std::vector<LabelledDocument> dev_ =
      test::key_word_documents(150, kNumWords, kNumClasses, 2);
  const training::Recipe recipe_ = {.learning_rate = 0.03, .l2 = 1e-6, .adam = true};
  const std::unique_ptr<DocumentClassifier> model_ = make_model(GetParam());
};
INSTANTIATE_TEST_SUITE_P(Models, DocumentTrainingTest,
                         testing::Values("HAN", "AveragedEmbedding", "BagOfWords"),
                         [](const auto& test) { return std::string(test.param); });

TEST_P(DocumentTrainingTest, LearnsWhatIsPlanted) {
  EXPECT_LT(training::evaluate(*model_, train_).at("accuracy"), 0.6);
  Task task(*model_, {train_, dev_, dev_}, recipe_, "{}");
  const training::TrainingResult result =
      training::Trainer({.batch_size = 10, .epochs = 30}).fit(task);
  EXPECT_GT(result.epochs.front().train_loss, result.epochs.back().train_loss);
  EXPECT_EQ(task.evaluate(Split::kTrain).at("accuracy"), 1.0);
  EXPECT_EQ(task.evaluate(Split::kTrain).at("macro_f1"), 1.0);
  EXPECT_GT(task.evaluate(Split::kDev).at("accuracy"), 0.9);
  EXPECT_EQ(result.test, training::evaluate(*model_, dev_));
}

TEST_P(DocumentTrainingTest, LearnsTheSameBitsTwice) {
  const std::unique_ptr<DocumentClassifier> other = make_model(GetParam());
  for (const DocumentClassifier* model : {model_.get(), other.get()}) {
    Task task(*model, {train_, dev_, {}}, recipe_, "{}");
    training::Trainer({.batch_size = 10, .epochs = 2}).fit(task);
  }
  for (std::size_t p = 0; p < model_->parameters().size(); ++p) {
    EXPECT_TRUE(bitwise_equal(model_->parameters()[p].variable.value(),
                              other->parameters()[p].variable.value()))
        << model_->parameters()[p].name;
  }
}

// By hand, one document after the other: batches cut by words and by documents make no difference.
TEST_P(DocumentTrainingTest, EvaluatesEveryDocument) {
  std::vector<LabelledDocument> documents =
      test::random_documents(300, kNumWords, kNumClasses, 5, 3);
  LabelledDocument longest;  // More words than a batch may have.
  longest.words.assign(20'000, 7);
  for (std::uint32_t end = 10; end <= longest.words.size(); end += 10) {
    longest.sentence_ends.push_back(end);
  }
  longest.label = 1;
  documents.insert(documents.begin() + 5, longest);
  documents[8].label = kNoLabel;
  std::size_t num_right = 0;
  for (const LabelledDocument& document : documents) {
    const LabelledDocument* const one = &document;
    const Tensor p = model_->probabilities(DocumentBatch(std::span(&one, 1)));
    const auto best = std::max_element(p.flat().begin(), p.flat().end()) - p.flat().begin();
    if (best == document.label) ++num_right;
  }
  const training::Metrics metrics = training::evaluate(*model_, documents);
  EXPECT_EQ(metrics.size(), 2u);
  EXPECT_EQ(metrics.at("accuracy"), static_cast<double>(num_right) / 300.0);
  EXPECT_TRUE(training::evaluate(*model_, {}).empty());
}

TEST_P(DocumentTrainingTest, LossIsTheMeanOverLabelledDocuments) {
  std::vector<LabelledDocument> documents = {train_[0], train_[1], train_[2]};
  documents[1].label = kNoLabel;
  Task task(*model_, {documents, {}, {}}, recipe_, "{}");
  Rng rng(0);
  const std::vector<std::uint32_t> all = {0, 1, 2}, first = {0}, last = {2};
  EXPECT_NEAR(task.loss(all, rng).item(),
              (task.loss(first, rng).item() + task.loss(last, rng).item()) / 2.0f, 1e-6);
  EXPECT_EQ(task.num_nodes(all),
            documents[0].words.size() + documents[1].words.size() + documents[2].words.size());
}

TEST_P(DocumentTrainingTest, RefusesWhatCannotBe) {
  EXPECT_EQ(test::error_of<OptionError>([&] { Task(*model_, {}, {}, "{}"); }),
            "no examples to train on");
  std::vector<LabelledDocument> documents = dev_;
  documents[4].label = 3;
  const std::string expected = "document 4 has label 3, expected a class below 3, or -1 for none";
  EXPECT_EQ(test::error_of<ShapeError>([&] {
              Task(*model_, {train_, dev_, documents}, {}, "{}");
            }),
            expected);
  EXPECT_EQ(test::error_of<ShapeError>([&] { training::evaluate(*model_, documents); }), expected);
}

}  // namespace
}  // namespace espalier::models
