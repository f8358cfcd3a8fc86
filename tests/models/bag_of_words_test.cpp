#include <espalier/models/bag_of_words.h>

#include <cmath>
#include <set>

#include <gtest/gtest.h>

#include <espalier/base/error.h>
#include <espalier/ops/gradient_check.h>

#include "tests/models/documents.h"
#include "tests/support/errors.h"

namespace espalier::models {
namespace {

// Weights begin as zeros; here they shall not be.
BagOfWords random_model(int num_words, int num_classes, std::uint64_t seed) {
  BagOfWords model({.num_words = num_words, .num_classes = num_classes});
  Rng rng(seed);
  for (const NamedParameter& p : model.parameters()) {
    p.variable.mutable_value() = uniform_tensor(p.variable.shape(), -1.0f, 1.0f, rng);
  }
  return model;
}

TEST(BagOfWordsTest, AddsTheWeightsOfTheDifferentWords) {
  const BagOfWords model = random_model(8, 3, 1);
  const Tensor& w = model.parameter("embedding.weight").value();
  const Tensor& b = model.parameter("bias").value();
  const std::vector<LabelledDocument> documents = test::random_documents(40, 8, 3, 4, 1);
  Rng rng(0);
  const Variable logits = model.logits(DocumentBatch(test::pointers(documents)), rng);
  for (std::size_t d = 0; d < documents.size(); ++d) {
    const std::set<std::uint32_t> words(documents[d].words.begin(), documents[d].words.end());
    for (std::size_t c = 0; c < 3; ++c) {
      double expected = 0.0;
      for (const std::uint32_t word : words) expected += static_cast<double>(w.at(word, c));
      if (!words.empty()) expected /= std::sqrt(static_cast<double>(words.size()));
      expected += static_cast<double>(b.data()[c]);
      EXPECT_NEAR(logits.value().at(d, c), expected, 1e-6) << "document " << d;
    }
  }
}

TEST(BagOfWordsTest, DoesNotSeeOrderRepetitionOrSentences) {
  const BagOfWords model = random_model(9, 2, 2);
  const std::vector<LabelledDocument> documents = {test::document({{1, 2, 3, 8}}, 0),
                                                   test::document({{8}, {3, 1, 1}, {}, {2, 8}}, 0)};
  const Tensor p = model.probabilities(DocumentBatch(test::pointers(documents)));
  EXPECT_EQ(p.at(0, 0), p.at(1, 0));
  EXPECT_EQ(p.at(0, 1), p.at(1, 1));
}

TEST(BagOfWordsTest, BeginsUndecided) {
  const BagOfWords model({.num_words = 5, .num_classes = 4});
  const std::vector<LabelledDocument> documents = {test::document({{1, 2}}, 3)};
  Rng rng(0);
  EXPECT_NEAR(model.loss(DocumentBatch(test::pointers(documents)), rng).item(), std::log(4.0),
              1e-6);
}

TEST(BagOfWordsTest, GradientsMatchFiniteDifferences) {
  const BagOfWords model = random_model(8, 3, 3);
  const std::vector<LabelledDocument> documents = test::random_documents(12, 8, 3, 4, 3);
  const DocumentBatch batch(test::pointers(documents));
  Rng rng(0);
  const GradientCheck check =
      check_gradients([&] { return model.loss(batch, rng); }, model.parameters());
  EXPECT_TRUE(check.ok) << check.to_string();
  EXPECT_EQ(check.num_checked, 8u * 3u + 3u);
}

TEST(BagOfWordsTest, OnlyWordsOfTheBatchHaveAGradient) {
  const BagOfWords model = random_model(1000, 2, 4);
  const std::vector<LabelledDocument> documents = {test::document({{700, 3, 700}}, 0),
                                                   test::document({{41}, {3}}, 1)};
  Rng rng(0);
  model.loss(DocumentBatch(test::pointers(documents)), rng).backward();
  const Variable& w = model.parameter("embedding.weight");
  const std::span<const std::uint32_t> rows = w.row_gradient().rows();
  EXPECT_EQ(std::vector(rows.begin(), rows.end()), (std::vector<std::uint32_t>{3, 41, 700}));
  EXPECT_TRUE(w.gradient().empty());
}

TEST(BagOfWordsTest, SaysOfADocumentWhatItSaysOfItAlone) {
  test::expect_each_document_by_itself(random_model(50, 5, 5),
                                       test::random_documents(60, 50, 5, 8, 5));
}

TEST(BagOfWordsTest, HasTheSameBitsAtAnyNumberOfThreads) {
  test::expect_same_bits_at_any_number_of_threads([] { return random_model(500, 7, 6); },
                                                  test::random_documents(400, 500, 7, 12, 6));
}

TEST(BagOfWordsTest, OptionsComeBackFromJson) {
  const BagOfWordsOptions back = from_json<BagOfWordsOptions>(
      to_json(BagOfWordsOptions{.num_words = 12, .num_classes = 4}), "test");
  EXPECT_EQ(back.num_words, 12);
  EXPECT_EQ(back.num_classes, 4);
  const std::string error = test::error_of<ParseError>(
      [] { from_json<BagOfWordsOptions>("{\"num_words\": 3}", "model.safetensors"); });
  EXPECT_NE(error.find("model.safetensors: "), std::string::npos);
}

TEST(BagOfWordsTest, RefusesOptionsOutOfRange) {
  EXPECT_EQ(test::error_of<OptionError>([] { BagOfWords({.num_words = 3, .num_classes = 1}); }),
            "num_classes is 1, expected 2 or more");
  EXPECT_EQ(test::error_of<OptionError>([] {
              BagOfWords({.num_words = 0, .num_classes = 2});
            }).find("num_words is 0, expected"),
            0u);
}

}  // namespace
}  // namespace espalier::models
