#include <espalier/datasets/word_vectors.h>

#include <string>

#include <gtest/gtest.h>

#include <espalier/datasets/sentiment_treebank.h>

#include "tests/datasets/published_data.h"

namespace espalier::datasets {
namespace {

class WordVectorsDataTest : public testing::Test {
 protected:
  void SetUp() override {
    ESPALIER_SKIP_WITHOUT(vectors_);
    ESPALIER_SKIP_WITHOUT(treebank_);
    vocabulary_ = load_sentiment_treebank(treebank_).vocabulary;
  }

  const std::filesystem::path vectors_ =
      test::published_data() / "embeddings" / "glove.6B.50d.subset.txt.gz";
  const std::filesystem::path treebank_ = test::published_data() / "sst";
  Vocabulary vocabulary_;
};

TEST_F(WordVectorsDataTest, FindsTheWordsOfTheTreebank) {
  const WordVectors vectors = load_word_vectors(vectors_, vocabulary_);
  EXPECT_EQ(vectors.table.shape(), (Shape{21702, 50}));
  EXPECT_EQ(vectors.num_found, 7989u);

  for (const char* word : {"the", "The", "-LRB-", "."}) {
    EXPECT_NE(vocabulary_.find(word), Vocabulary::kUnknown) << word;
  }
  const auto first_of = [&](const char* word) {
    return vectors.table.at(vocabulary_.find(word), 0);
  };
  EXPECT_EQ(first_of("The"), first_of("the"));
}

TEST_F(WordVectorsDataTest, LoadsInATrice) {
  const double seconds = test::processor_time_s([&] { load_word_vectors(vectors_, vocabulary_); });
  RecordProperty("seconds", std::to_string(seconds));
  if (test::kIsFastBuild) {
    EXPECT_LT(seconds, 0.5);
  }
}

}  // namespace
}  // namespace espalier::datasets
