#include <espalier/datasets/polarity.h>

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "tests/datasets/published_data.h"

namespace espalier::datasets {
namespace {

class PolarityDataTest : public testing::Test {
 protected:
  void SetUp() override { ESPALIER_SKIP_WITHOUT(folder_); }

  const std::filesystem::path folder_ = test::published_data() / "reviews_polarity";
};

TEST_F(PolarityDataTest, HasThePublishedCounts) {
  const PolarityReviews reviews = load_polarity_reviews(folder_);
  ASSERT_EQ(reviews.documents.size(), 2000u);
  std::size_t num_sentences = 0;
  std::size_t num_words = 0;
  std::size_t longest = 0;
  std::vector<int> in_fold(kNumPolarityFolds + 1);  // Positive ones count as 1000.
  for (std::size_t i = 0; i < 2000; ++i) {
    const LabelledDocument& document = reviews.documents[i];
    num_sentences += document.num_sentences();
    num_words += document.words.size();
    for (std::size_t s = 0; s < document.num_sentences(); ++s) {
      longest = std::max(longest, document.sentence(s).size());
    }
    in_fold[static_cast<std::size_t>(reviews.folds[i])] += document.label == 1 ? 1000 : 1;
  }
  EXPECT_EQ(num_sentences, 64720u);
  EXPECT_EQ(num_words, 1492681u);
  EXPECT_EQ(longest, 179u);
  EXPECT_EQ(reviews.vocabulary.size(), 50920u + 1u);
  for (std::size_t fold = 1; fold <= kNumPolarityFolds; ++fold) EXPECT_EQ(in_fold[fold], 100'100);
}

TEST_F(PolarityDataTest, CutsFoldsAndKeepsNearlyEverything) {
  const Dataset<LabelledDocument> splits = polarity_fold(load_polarity_reviews(folder_), 10);
  EXPECT_EQ(splits.train.size(), 1600u);
  EXPECT_EQ(splits.dev.size(), 200u);
  EXPECT_EQ(splits.test.size(), 200u);
  std::size_t num_words = 0;
  for (const auto* documents : {&splits.train, &splits.dev, &splits.test}) {
    for (const LabelledDocument& document : *documents) num_words += document.words.size();
  }
  EXPECT_GT(static_cast<double>(num_words), 0.981 * 1492681);
}

TEST_F(PolarityDataTest, LoadsInATrice) {
  const double seconds = test::processor_time_s([&] { load_polarity_reviews(folder_); });
  RecordProperty("seconds", std::to_string(seconds));
  if (test::kIsFastBuild) {
    EXPECT_LT(seconds, 1);
  }
}

}  // namespace
}  // namespace espalier::datasets
