#include <espalier/models/document_han.h>

#include <cmath>

#include <gtest/gtest.h>

#include <espalier/base/error.h>
#include <espalier/ops/gradient_check.h>
#include <espalier/ops/training_mode.h>
#include <espalier/training/gradients.h>

#include "tests/models/documents.h"
#include "tests/support/document_han_reference.h"
#include "tests/support/errors.h"

namespace espalier::models {
namespace {

DocumentHANOptions small_options() {
  return {.num_words = 9, .word_size = 3, .hidden_size = 2, .attention_size = 4, .num_classes = 3};
}

// Word vectors begin so small that all words look alike; here they shall not.
DocumentHAN small_model(std::uint64_t seed) {
  Rng rng(seed);
  DocumentHAN model(small_options(), rng);
  for (const NamedParameter& p : model.parameters()) {
    p.variable.mutable_value() = uniform_tensor(p.variable.shape(), -1.0f, 1.0f, rng);
  }
  return model;
}

// One-word sentences, an empty document, one of empty sentences, and some of any kind.
std::vector<LabelledDocument> some_documents() {
  std::vector<LabelledDocument> documents = test::random_documents(4, 9, 3, 4, 1);
  documents.push_back(test::document({{3}, {5}}, 0));
  documents.push_back(test::document({}, 1));
  documents.push_back(test::document({{1, 2}, {}, {4, 4, 4}}, 2));
  documents.push_back(test::document({{}, {}}, 1));
  documents.push_back(test::document({{7}}, 2));
  return documents;
}

double reference_loss(const test::Values& values, const std::vector<LabelledDocument>& documents) {
  double loss = 0.0;
  for (const LabelledDocument& document : documents) {
    const std::vector<double> logits = test::document_han(values, document).logits;
    double sum = 0.0;
    for (const double logit : logits) sum += std::exp(logit);
    loss += std::log(sum) - logits[static_cast<std::size_t>(document.label)];
  }
  return loss / static_cast<double>(documents.size());
}

TEST(DocumentHANTest, AgreesWithTheEquations) {
  const std::vector<LabelledDocument> documents = some_documents();
  const DocumentBatch batch(test::pointers(documents));
  for (const std::uint64_t seed : {1u, 2u, 3u}) {
    const DocumentHAN model = small_model(seed);
    const test::Values values = test::values_of(model, {});
    Rng rng(0);
    const DocumentHANOutput actual = model.forward(batch, rng);
    std::size_t word = 0, sentence = 0;
    for (std::size_t d = 0; d < documents.size(); ++d) {
      SCOPED_TRACE(d);
      const test::ReferenceDocument expected = test::document_han(values, documents[d]);
      for (std::size_t c = 0; c < 3; ++c) {
        EXPECT_NEAR(actual.logits.value().at(d, c), expected.logits[c], 2e-6);
      }
      for (const double weight : expected.word_weights) {
        EXPECT_NEAR(actual.word_weights.value().at(word++, 0), weight, 1e-6);
      }
      for (const double weight : expected.sentence_weights) {
        EXPECT_NEAR(actual.sentence_weights.value().at(sentence++, 0), weight, 1e-6);
      }
    }
    EXPECT_EQ(word, actual.word_weights.rows());
    EXPECT_EQ(sentence, actual.sentence_weights.rows());
    EXPECT_NEAR(model.loss(batch, rng).item(), reference_loss(values, documents), 2e-6);
  }
}

TEST(DocumentHANTest, GradientsAreThoseOfTheEquations) {
  const std::vector<LabelledDocument> documents = some_documents();
  const DocumentHAN model = small_model(4);
  const test::Values expected = test::gradients_by_differences(
      [&](const test::Values& values) { return reference_loss(values, documents); },
      test::values_of(model, {}));
  Rng rng(0);
  model.loss(DocumentBatch(test::pointers(documents)), rng).backward();
  for (const NamedParameter& p : model.parameters()) {
    p.variable.mutable_gradient();  // That of the table is made of rows: they go into this one.
    training::merge_row_gradient(p.variable);
    EXPECT_TRUE(test::close(p.variable.gradient(), expected.at(p.name), 2e-6)) << p.name;
  }
}

TEST(DocumentHANTest, GradientsMatchFiniteDifferences) {
  const DocumentHAN model = small_model(5);
  const std::vector<LabelledDocument> documents = some_documents();
  const DocumentBatch batch(test::pointers(documents));
  Rng rng(0);
  const GradientCheck check =
      check_gradients([&] { return model.loss(batch, rng); }, model.parameters());
  EXPECT_TRUE(check.ok) << check.to_string();
  EXPECT_EQ(check.num_checked, model.num_parameters());
}

// (d + h + 2) * 3h for each direction of each encoder, (2h + 2) * a for each attention.
TEST(DocumentHANTest, HasThePapersSizes) {
  Rng rng(1);
  const DocumentHAN model({.num_words = 10, .num_classes = 5}, rng);
  EXPECT_EQ(model.num_parameters(), 10u * 200u                           // Word vectors,
                                        + 2u * (200u + 50u + 2u) * 150u  // words,
                                        + (100u + 2u) * 100u             //
                                        + 2u * (100u + 50u + 2u) * 150u  // sentences,
                                        + (100u + 2u) * 100u             //
                                        + 5u * 100u + 5u);               // classes.
}

TEST(DocumentHANTest, NamesItsParameters) {
  const DocumentHAN model = small_model(1);
  std::vector<std::string> names;
  for (const NamedParameter& p : model.parameters()) names.push_back(p.name);
  EXPECT_EQ(names.size(), 1u + 2u * (8u + 3u) + 2u);
  for (const char* name :
       {"embedding.weight", "word_encoder.weight_ih_l0", "word_encoder.bias_hh_l0_reverse",
        "word_attention.projection.weight", "word_attention.context",
        "sentence_encoder.weight_hh_l0_reverse", "sentence_attention.projection.bias",
        "classifier.weight", "classifier.bias"}) {
    EXPECT_NO_THROW(model.parameter(name)) << name;
  }
}

TEST(DocumentHANTest, WeightsSumToOneInEverySentenceAndDocument) {
  const DocumentHAN model = small_model(6);
  const std::vector<LabelledDocument> documents = test::random_documents(50, 9, 3, 6, 6);
  const DocumentBatch batch(test::pointers(documents));
  const DocumentAttention attention = model.predict(batch);
  EXPECT_TRUE(bitwise_equal(attention.probabilities, model.probabilities(batch)));
  const auto expect_sums = [](const SequenceBatch& segments, const Tensor& weights) {
    ASSERT_EQ(weights.shape(), (Shape{segments.num_nodes(), 1}));
    for (NodeId s = 0; s < segments.num_sequences(); ++s) {
      double sum = 0.0;
      for (NodeId v = segments.first(s); v < segments.first(s + 1); ++v) {
        EXPECT_GT(weights.at(v, 0), 0.0f);
        sum += static_cast<double>(weights.at(v, 0));
      }
      if (segments.length(s) == 1) {
        EXPECT_EQ(sum, 1.0);
      }
      if (segments.length(s) > 0) {
        EXPECT_NEAR(sum, 1.0, 1e-6);
      }
    }
  };
  expect_sums(batch.sentences, attention.word_weights);
  expect_sums(batch.documents, attention.sentence_weights);
}

TEST(DocumentHANTest, AnEmptyDocumentHasTheScoresOfTheBiasAlone) {
  const DocumentHAN model = small_model(7);
  Rng rng(0);
  const std::vector<LabelledDocument> empty = {test::document({}, 1), test::document({{}}, 0)};
  const DocumentBatch batch(test::pointers(empty));
  const Variable logits = model.logits(batch, rng);
  for (std::size_t d = 0; d < 2; ++d) {
    for (std::size_t c = 0; c < 3; ++c) {
      EXPECT_EQ(logits.value().at(d, c), model.parameter("classifier.bias").value().data()[c]);
    }
  }
  model.loss(batch, rng).backward();
  EXPECT_FALSE(model.parameter("classifier.bias").gradient().empty());
  EXPECT_TRUE(model.parameter("embedding.weight").row_gradient().rows().empty());
}

TEST(DocumentHANTest, OfNoDocumentsHasNoScores) {
  const DocumentHAN model = small_model(8);
  const DocumentAttention attention = model.predict(DocumentBatch({}));
  EXPECT_EQ(attention.probabilities.shape(), (Shape{0, 3}));
  EXPECT_EQ(attention.word_weights.rows(), 0u);
}

TEST(DocumentHANTest, SaysOfADocumentWhatItSaysOfItAlone) {
  Rng rng(9);
  DocumentHANOptions options = small_options();
  options.hidden_size = 19;
  options.attention_size = 21;
  const DocumentHAN model(options, rng);
  test::expect_each_document_by_itself(model, test::random_documents(40, 9, 3, 9, 9));
}

TEST(DocumentHANTest, AnEmptySentenceChangesNothing) {
  const DocumentHAN model = small_model(10);
  const std::vector<LabelledDocument> with = {test::document({{}, {1, 2}, {}, {3}, {}}, 0)};
  const std::vector<LabelledDocument> without = {test::document({{1, 2}, {3}}, 0)};
  EXPECT_TRUE(bitwise_equal(model.probabilities(DocumentBatch(test::pointers(with))),
                            model.probabilities(DocumentBatch(test::pointers(without)))));
}

TEST(DocumentHANTest, HasTheSameBitsAtAnyNumberOfThreads) {
  const auto make = [] {
    Rng rng(11);
    DocumentHANOptions options = small_options();
    options.word_size = 24;
    options.hidden_size = 20;
    options.attention_size = 30;
    options.dropout = 0.3f;
    return DocumentHAN(options, rng);
  };
  test::expect_same_bits_at_any_number_of_threads(make, test::random_documents(60, 9, 3, 14, 11));
}

TEST(DocumentHANTest, DropsInTrainingAlone) {
  Rng rng(12);
  DocumentHANOptions options = small_options();
  options.dropout = 0.5f;
  const DocumentHAN model(options, rng);
  const std::vector<LabelledDocument> documents = some_documents();
  const DocumentBatch batch(test::pointers(documents));
  {
    const Training training;
    EXPECT_FALSE(bitwise_equal(model.logits(batch, rng).value(), model.logits(batch, rng).value()));
  }
  EXPECT_TRUE(bitwise_equal(model.logits(batch, rng).value(), model.logits(batch, rng).value()));
}

TEST(DocumentHANTest, OptionsComeBackFromJson) {
  DocumentHANOptions options = small_options();
  options.dropout = 0.25f;
  const DocumentHANOptions back = from_json<DocumentHANOptions>(to_json(options), "test");
  EXPECT_EQ(back.num_words, 9);
  EXPECT_EQ(back.word_size, 3);
  EXPECT_EQ(back.hidden_size, 2);
  EXPECT_EQ(back.attention_size, 4);
  EXPECT_EQ(back.num_classes, 3);
  EXPECT_EQ(back.dropout, 0.25f);
  for (const char* text : {"{\"num_words\": 3}", "{", "[]", "{\"num_words\": \"many\"}"}) {
    const std::string error = test::error_of<ParseError>(
        [&] { from_json<DocumentHANOptions>(text, "model.safetensors"); });
    EXPECT_NE(error.find("model.safetensors: "), std::string::npos) << error;
  }
}

TEST(DocumentHANTest, RefusesOptionsOutOfRange) {
  const auto error_of = [](const auto& change) {
    DocumentHANOptions options = small_options();
    change(options);
    Rng rng(13);
    return test::error_of<OptionError>([&] { DocumentHAN(options, rng); });
  };
  using Options = DocumentHANOptions;
  EXPECT_EQ(error_of([](Options& o) { o.num_classes = 1; }),
            "num_classes is 1, expected 2 or more");
  for (const auto& [name, member] : std::vector<std::pair<std::string, int Options::*>>{
           {"num_words", &Options::num_words},
           {"word_size", &Options::word_size},
           {"hidden_size", &Options::hidden_size},
           {"attention_size", &Options::attention_size}}) {
    EXPECT_EQ(error_of([m = member](Options& o) { o.*m = 0; }).find(name + " is 0, expected"), 0u);
  }
  EXPECT_EQ(error_of([](Options& o) { o.dropout = 1.0f; }),
            "dropout is 1, expected at least 0 and less than 1");
}

TEST(DocumentHANTest, RefusesAWordOutOfRange) {
  const DocumentHAN model = small_model(14);
  const std::vector<LabelledDocument> documents = {test::document({{1, 9}}, 0)};
  EXPECT_EQ(
      test::error_of<ShapeError>([&] { model.predict(DocumentBatch(test::pointers(documents))); }),
      "embedding: id 9 at position 1, expected less than 9");
}

}  // namespace
}  // namespace espalier::models
