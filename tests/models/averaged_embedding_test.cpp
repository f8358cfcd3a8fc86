#include <espalier/models/averaged_embedding.h>

#include <cmath>

#include <gtest/gtest.h>

#include <espalier/base/error.h>
#include <espalier/ops/gradient_check.h>
#include <espalier/ops/training_mode.h>

#include "tests/models/documents.h"
#include "tests/support/errors.h"
#include "tests/support/tree_lstm_reference.h"

namespace espalier::models {
namespace {

AveragedEmbeddingOptions small_options(int hidden_size) {
  return {.num_words = 8, .word_size = 4, .hidden_size = hidden_size, .num_classes = 3};
}

AveragedEmbedding small_model(int hidden_size, std::uint64_t seed) {
  Rng rng(seed);
  AveragedEmbedding model(small_options(hidden_size), rng);
  for (const NamedParameter& p : model.parameters()) {
    p.variable.mutable_value() = uniform_tensor(p.variable.shape(), -1.0f, 1.0f, rng);
  }
  return model;
}

std::vector<double> affine(const test::Matrix& w, const test::Matrix& b,
                           const std::vector<double>& x) {
  std::vector<double> y = b.values;
  for (std::size_t r = 0; r < w.rows; ++r) {
    for (std::size_t c = 0; c < w.cols; ++c) y[r] += w.at(r, c) * x[c];
  }
  return y;
}

std::vector<double> reference_logits(const AveragedEmbedding& model,
                                     const LabelledDocument& document) {
  const test::Values values = test::values_of(model, {});
  const test::Matrix& table = values.at("embedding.weight");
  std::vector<double> v(table.cols);
  for (const std::uint32_t word : document.words) {
    for (std::size_t c = 0; c < v.size(); ++c) {
      v[c] += table.at(word, c) / static_cast<double>(document.words.size());
    }
  }
  if (model.options().hidden_size > 0) {
    v = affine(values.at("hidden.weight"), values.at("hidden.bias"), v);
    for (double& z : v) z = std::tanh(z);
  }
  return affine(values.at("classifier.weight"), values.at("classifier.bias"), v);
}

// Without and with a hidden layer.
class AveragedEmbeddingTest : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(HiddenSizes, AveragedEmbeddingTest, testing::Values(0, 5));

TEST_P(AveragedEmbeddingTest, AgreesWithTheEquations) {
  const AveragedEmbedding model = small_model(GetParam(), 1);
  EXPECT_EQ(model.parameters().size(), GetParam() == 0 ? 3u : 5u);
  std::vector<LabelledDocument> documents = test::random_documents(30, 8, 3, 4, 1);
  documents.push_back(test::document({}, 0));
  Rng rng(0);
  const Variable logits = model.logits(DocumentBatch(test::pointers(documents)), rng);
  for (std::size_t d = 0; d < documents.size(); ++d) {
    const std::vector<double> expected = reference_logits(model, documents[d]);
    for (std::size_t c = 0; c < 3; ++c) {
      EXPECT_NEAR(logits.value().at(d, c), expected[c], 2e-6) << "document " << d;
    }
  }
}

TEST_P(AveragedEmbeddingTest, GradientsMatchFiniteDifferences) {
  const AveragedEmbedding model = small_model(GetParam(), 2);
  const std::vector<LabelledDocument> documents = test::random_documents(10, 8, 3, 3, 2);
  const DocumentBatch batch(test::pointers(documents));
  Rng rng(0);
  const GradientCheck check =
      check_gradients([&] { return model.loss(batch, rng); }, model.parameters());
  EXPECT_TRUE(check.ok) << check.to_string();
  EXPECT_EQ(check.num_checked, model.num_parameters());
}

TEST_P(AveragedEmbeddingTest, SaysOfADocumentWhatItSaysOfItAlone) {
  test::expect_each_document_by_itself(small_model(GetParam(), 3),
                                       test::random_documents(60, 8, 3, 6, 3));
}

TEST_P(AveragedEmbeddingTest, HasTheSameBitsAtAnyNumberOfThreads) {
  const auto make = [] {
    Rng rng(4);
    return AveragedEmbedding({.num_words = 100,
                              .word_size = 40,
                              .hidden_size = 6 * GetParam(),
                              .num_classes = 4,
                              .dropout = 0.4f},
                             rng);
  };
  test::expect_same_bits_at_any_number_of_threads(make, test::random_documents(200, 100, 4, 10, 4));
}

TEST_P(AveragedEmbeddingTest, DropsInTrainingAlone) {
  AveragedEmbeddingOptions options = small_options(GetParam());
  options.dropout = 0.5f;
  Rng rng(5);
  const AveragedEmbedding model(options, rng);
  const std::vector<LabelledDocument> documents = test::random_documents(10, 8, 3, 4, 5);
  const DocumentBatch batch(test::pointers(documents));
  {
    const Training training;
    EXPECT_FALSE(bitwise_equal(model.logits(batch, rng).value(), model.logits(batch, rng).value()));
  }
  EXPECT_TRUE(bitwise_equal(model.logits(batch, rng).value(), model.logits(batch, rng).value()));
}

TEST(AveragedEmbeddingOptionsTest, ComeBackFromJson) {
  AveragedEmbeddingOptions options = small_options(6);
  options.dropout = 0.25f;
  const AveragedEmbeddingOptions back =
      from_json<AveragedEmbeddingOptions>(to_json(options), "test");
  EXPECT_EQ(back.num_words, 8);
  EXPECT_EQ(back.word_size, 4);
  EXPECT_EQ(back.hidden_size, 6);
  EXPECT_EQ(back.num_classes, 3);
  EXPECT_EQ(back.dropout, 0.25f);
  const std::string error = test::error_of<ParseError>(
      [] { from_json<AveragedEmbeddingOptions>("{\"num_words\": 3}", "model.safetensors"); });
  EXPECT_NE(error.find("model.safetensors: "), std::string::npos);
}

TEST(AveragedEmbeddingOptionsTest, AreRefusedOutOfRange) {
  const auto error_of = [](AveragedEmbeddingOptions options) {
    Rng rng(6);
    return test::error_of<OptionError>([&] { AveragedEmbedding(options, rng); });
  };
  EXPECT_EQ(error_of(small_options(-1)), "hidden_size is -1, expected 0 or more");
  AveragedEmbeddingOptions options = small_options(0);
  options.num_classes = 0;
  EXPECT_EQ(error_of(options), "num_classes is 0, expected 2 or more");
  options = small_options(0);
  options.num_words = 0;
  EXPECT_EQ(error_of(options).find("num_words is 0, expected"), 0u);
  options = small_options(0);
  options.word_size = 0;
  EXPECT_EQ(error_of(options).find("word_size is 0, expected"), 0u);
  options = small_options(0);
  options.dropout = -0.5f;
  EXPECT_EQ(error_of(options), "dropout is -0.5, expected at least 0 and less than 1");
}

}  // namespace
}  // namespace espalier::models
