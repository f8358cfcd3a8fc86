#include <espalier/datasets/planted_documents.h>

#include <algorithm>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include <espalier/base/error.h>

#include "tests/support/errors.h"

namespace espalier::datasets {
namespace {

using test::error_of;

bool holds(std::span<const std::uint32_t> words, std::uint32_t word) {
  return std::ranges::find(words, word) != words.end();
}

TEST(PlantedDocumentsTest, PlantsTheKeyNextToTheMarker) {
  const PlantedDocuments data = generate_planted_documents({.num_train = 500});
  const Vocabulary& vocabulary = data.vocabulary;
  const std::uint32_t marker = vocabulary.find("marker");
  ASSERT_EQ(data.train.size(), 500u);
  std::set<std::int32_t> labels;
  for (std::size_t i = 0; i < 500; ++i) {
    const LabelledDocument& document = data.train[i];
    const auto [sentence, marker_at, word_at] = data.keys.train[i];
    const auto planted = document.sentence(sentence);
    EXPECT_EQ(planted[marker_at], marker);
    EXPECT_EQ(vocabulary.word(planted[word_at]), "key" + std::to_string(document.label));
    labels.insert(document.label);
    EXPECT_EQ(std::ranges::count(document.words, marker), 1);
  }
  EXPECT_EQ(labels, (std::set<std::int32_t>{0, 1, 2, 3}));
}

// So that a bag of words is the same in every class.
TEST(PlantedDocumentsTest, HoldsTheKeyOfEveryClassOnceInASentenceOfItsOwn) {
  const PlantedDocuments data = generate_planted_documents({.num_train = 500});
  for (const LabelledDocument& document : data.train) {
    std::set<std::size_t> sentences;
    for (std::size_t c = 0; c < 4; ++c) {
      const std::uint32_t key = data.vocabulary.find("key" + std::to_string(c));
      EXPECT_EQ(std::ranges::count(document.words, key), 1);
      for (std::size_t s = 0; s < document.num_sentences(); ++s) {
        if (holds(document.sentence(s), key)) sentences.insert(s);
      }
    }
    EXPECT_EQ(sentences.size(), 4u);
  }
}

// How often each filler occurs, how long documents are and where keys lie tell nothing.
TEST(PlantedDocumentsTest, DrawsAllElseWithoutRegardToTheClass) {
  const PlantedDocuments data =
      generate_planted_documents({.num_train = 20'000, .num_dev = 0, .num_test = 0});
  struct Means {
    double documents = 0, words = 0, sentences = 0, filler = 0, first_key = 0;
  };
  std::vector<Means> means(4);
  const std::uint32_t filler = data.vocabulary.find("filler7");
  const std::uint32_t key = data.vocabulary.find("key0");
  for (const LabelledDocument& document : data.train) {
    Means& own = means[static_cast<std::size_t>(document.label)];
    const auto n = static_cast<double>(document.words.size());
    own.documents += 1;
    own.words += n;
    own.sentences += static_cast<double>(document.num_sentences());
    own.filler += static_cast<double>(std::ranges::count(document.words, filler));
    own.first_key +=
        static_cast<double>(std::ranges::find(document.words, key) - document.words.begin()) / n;
  }
  for (const Means& own : means) {
    EXPECT_NEAR(own.documents / 20'000, 0.25, 0.01);
    EXPECT_NEAR(own.words / own.documents, 100, 1.5);
    EXPECT_NEAR(own.sentences / own.documents, 10, 0.15);
    EXPECT_NEAR(own.filler / own.documents, 95.0 / 50, 0.1);
    EXPECT_NEAR(own.first_key / own.documents, 0.5, 0.02);
  }
}

TEST(PlantedDocumentsTest, KeepsToItsSizes) {
  const PlantedDocuments data = generate_planted_documents({.num_train = 400,
                                                            .num_dev = 3,
                                                            .num_test = 5,
                                                            .num_classes = 2,
                                                            .num_fillers = 3,
                                                            .min_sentences = 2,
                                                            .max_sentences = 4,
                                                            .min_words = 2,
                                                            .max_words = 3});
  EXPECT_EQ(data.vocabulary.size(), 1u + 1u + 2u + 3u);
  EXPECT_EQ(data.classes, (std::vector<std::string>{"class0", "class1"}));
  EXPECT_EQ(data.dev.size(), 3u);
  EXPECT_EQ(data.keys.dev.size(), 3u);
  EXPECT_EQ(data.keys.test.size(), 5u);
  std::set<std::size_t> num_sentences;
  std::set<std::size_t> num_words;
  for (const LabelledDocument& document : data.train) {
    num_sentences.insert(document.num_sentences());
    for (std::size_t s = 0; s < document.num_sentences(); ++s)
      num_words.insert(document.sentence(s).size());
    for (const auto word : document.words) EXPECT_TRUE(word > 0 && word < 7);
  }
  EXPECT_EQ(num_sentences, (std::set<std::size_t>{2, 3, 4}));
  EXPECT_EQ(num_words, (std::set<std::size_t>{2, 3}));
}

TEST(PlantedDocumentsTest, DrawsDocumentsIndependently) {
  const PlantedDocuments few =
      generate_planted_documents({.num_train = 2, .num_dev = 2, .num_test = 2, .seed = 4});
  const PlantedDocuments many =
      generate_planted_documents({.num_train = 9, .num_dev = 4, .num_test = 2, .seed = 4});
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(few.train[i].words, many.train[i].words);
    EXPECT_EQ(few.dev[i].words, many.dev[i].words);
    EXPECT_EQ(few.test[i].words, many.test[i].words);
  }
  EXPECT_NE(few.train[0].words, few.train[1].words);
  EXPECT_NE(few.train[0].words, few.dev[0].words);
  EXPECT_NE(few.train[0].words,
            generate_planted_documents({.num_train = 1, .seed = 5}).train[0].words);
}

TEST(PlantedDocumentsTest, RefusesSizesOutOfRange) {
  const auto error = [](const PlantedDocumentsOptions& options) {
    return error_of<OptionError>([&] { generate_planted_documents(options); });
  };
  EXPECT_EQ(error({.num_classes = 1}), "num_classes is 1, expected 2 .. 1000");
  EXPECT_EQ(error({.num_fillers = 0}), "num_fillers is 0, expected 1 .. 1000000");
  EXPECT_EQ(error({.min_sentences = 3}), "min_sentences is 3, expected 4 .. 14");
  EXPECT_EQ(error({.max_sentences = 5}), "min_sentences is 6, expected 4 .. 5");
  EXPECT_EQ(error({.max_sentences = 3}), "max_sentences is 3, expected 4 .. 1000000");
  EXPECT_EQ(error({.min_words = 1}), "min_words is 1, expected 2 .. 15");
  EXPECT_EQ(error({.max_words = 4}), "min_words is 5, expected 2 .. 4");
}

}  // namespace
}  // namespace espalier::datasets
