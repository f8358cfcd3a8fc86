#include <espalier/datasets/reviews.h>

#include <algorithm>
#include <limits>
#include <string>

#include <gtest/gtest.h>

#include "tests/datasets/published_data.h"

namespace espalier::datasets {
namespace {

using Counts = std::vector<std::size_t>;

void count_labels(const std::vector<LabelledDocument>& documents, Counts& counts) {
  for (const LabelledDocument& document : documents) {
    ++counts[static_cast<std::size_t>(document.label)];
  }
}

std::size_t num_words(const Dataset<LabelledDocument>& splits) {
  std::size_t count = 0;
  for (const auto* documents : {&splits.train, &splits.dev, &splits.test}) {
    for (const LabelledDocument& document : *documents) count += document.words.size();
  }
  return count;
}

class ReviewsDataTest : public testing::Test {
 protected:
  void SetUp() override { ESPALIER_SKIP_WITHOUT(folder_); }

  const std::filesystem::path folder_ = test::published_data() / "reviews";
};

TEST_F(ReviewsDataTest, HasThePublishedCounts) {
  const Dataset<LabelledDocument> splits = load_reviews(folder_);
  EXPECT_EQ(splits.train.size(), 10800u);
  EXPECT_EQ(splits.dev.size(), 1200u);
  EXPECT_EQ(splits.test.size(), 8000u);
  Counts train(8);
  count_labels(splits.train, train);
  count_labels(splits.dev, train);
  EXPECT_EQ(train, (Counts{2466, 1106, 1131, 1297, 1223, 1449, 1062, 2266}));
  Counts test(8);
  count_labels(splits.test, test);
  EXPECT_EQ(test, (Counts{1566, 742, 841, 851, 738, 868, 763, 1631}));
}

TEST_F(ReviewsDataTest, HasThePublishedPolarities) {
  const Dataset<LabelledDocument> splits =
      load_reviews(folder_, {.labels = ReviewLabels::kPolarity});
  Counts train(2);
  count_labels(splits.train, train);
  count_labels(splits.dev, train);
  EXPECT_EQ(train, (Counts{6000, 6000}));
  Counts test(2);
  count_labels(splits.test, test);
  EXPECT_EQ(test, (Counts{4000, 4000}));
}

TEST_F(ReviewsDataTest, KeepsNearlyEverythingByDefault) {
  constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();
  const std::size_t kept = num_words(load_reviews(folder_));
  const std::size_t all = num_words(
      load_reviews(folder_, {.limits = {.max_sentences = kNoLimit, .max_words = kNoLimit}}));
  EXPECT_GT(static_cast<double>(kept), 0.997 * static_cast<double>(all));
}

TEST_F(ReviewsDataTest, KnowsNearlyAllWordsOfTest) {
  const Dataset<LabelledDocument> splits = load_reviews(folder_);
  std::size_t num_known = 0;
  std::size_t num_words = 0;
  for (const LabelledDocument& document : splits.test) {
    num_words += document.words.size();
    num_known += document.words.size() -
                 static_cast<std::size_t>(std::ranges::count(document.words, Vocabulary::kUnknown));
  }
  EXPECT_GT(static_cast<double>(num_known), 0.96 * static_cast<double>(num_words));
  EXPECT_NE(splits.vocabulary.find("n't"), Vocabulary::kUnknown);
  EXPECT_NE(splits.vocabulary.find("mr."), Vocabulary::kUnknown);
  EXPECT_EQ(splits.vocabulary.find("br"), Vocabulary::kUnknown);
}

TEST_F(ReviewsDataTest, LoadsInATrice) {
  const double seconds = test::processor_time_s([&] { load_reviews(folder_); });
  RecordProperty("seconds", std::to_string(seconds));
  if (test::kIsFastBuild) {
    EXPECT_LT(seconds, 5);
  }
}

}  // namespace
}  // namespace espalier::datasets
