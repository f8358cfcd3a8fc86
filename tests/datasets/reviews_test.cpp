#include <espalier/datasets/reviews.h>

#include <string>

#include <gtest/gtest.h>

#include <espalier/base/error.h>

#include "tests/datasets/files.h"
#include "tests/support/errors.h"

namespace espalier::datasets {
namespace {

using test::error_of;
using Texts = std::vector<std::string>;

constexpr const char* kGood = "train/pos/1\t1\t8\ttt1\tA good film. See it!\n";

class ReviewsTest : public testing::Test {
 protected:
  Dataset<LabelledDocument> load(std::string_view train, const ReviewOptions& options = {}) {
    folder_.write("train.tsv.gz", train);
    folder_.write("test.tsv.gz", test_);
    return load_reviews(folder_.path(), options);
  }

  // Without the name of the file.
  std::string error_in(std::string_view train) {
    const std::string error = error_of<ParseError>([&] { load(train); });
    const std::string path = (folder_.path() / "train.tsv.gz").string();
    return error.starts_with(path) ? error.substr(path.size()) : error;
  }

  test::TemporaryFolder folder_;
  std::string test_ = test::gzip("test/neg/1\t0\t3\ttt2\tA bad film.<br />Leave it!\n");
};

std::string text_of(const LabelledDocument& document, const Vocabulary& vocabulary) {
  std::string text;
  for (std::size_t i = 0; i < document.num_sentences(); ++i) {
    for (const auto word : document.sentence(i)) text += vocabulary.word(word) + ' ';
    text += "| ";
  }
  return text;
}

TEST_F(ReviewsTest, ReadsSentencesAndRatings) {
  const Dataset<LabelledDocument> splits = load(kGood, {.minimum_count = 1});
  EXPECT_EQ(splits.classes, (Texts{"1", "2", "3", "4", "7", "8", "9", "10"}));
  ASSERT_EQ(splits.train.size(), 1u);
  ASSERT_EQ(splits.test.size(), 1u);
  EXPECT_EQ(text_of(splits.train[0], splits.vocabulary), "a good film . | see it ! | ");
  EXPECT_EQ(splits.train[0].label, 5);
  EXPECT_EQ(text_of(splits.test[0], splits.vocabulary), "a <unk> film . | <unk> it ! | ");
  EXPECT_EQ(splits.test[0].label, 2);
  EXPECT_EQ(splits.vocabulary.size(), 8u);
}

TEST_F(ReviewsTest, ReadsPolarities) {
  const Dataset<LabelledDocument> splits = load(kGood, {.labels = ReviewLabels::kPolarity});
  EXPECT_EQ(splits.classes, (Texts{"negative", "positive"}));
  EXPECT_EQ(splits.train[0].label, 1);
  EXPECT_EQ(splits.test[0].label, 0);
}

TEST_F(ReviewsTest, KnowsEveryRating) {
  std::string train;
  for (const char* rating : {"1", "2", "3", "4", "7", "8", "9", "10"}) {
    train += std::string("id\t") +
             (rating < std::string("5") && rating != std::string("10") ? "0" : "1") + '\t' +
             rating + "\ttt\tText.\n";
  }
  const Dataset<LabelledDocument> splits = load(train);
  for (std::size_t i = 0; i < 8; ++i) EXPECT_EQ(splits.train[i].label, static_cast<int>(i));
}

TEST_F(ReviewsTest, TakesEveryTenthReviewForDev) {
  std::string train;
  for (int i = 1; i <= 25; ++i) train += "id\t1\t9\ttt\tword" + std::to_string(i) + "\n";
  const Dataset<LabelledDocument> splits = load(train, {.minimum_count = 1});
  EXPECT_EQ(splits.train.size(), 23u);
  ASSERT_EQ(splits.dev.size(), 2u);
  EXPECT_EQ(splits.vocabulary.find("word10"), Vocabulary::kUnknown);
  EXPECT_EQ(splits.vocabulary.find("word20"), Vocabulary::kUnknown);
  EXPECT_NE(splits.vocabulary.find("word9"), Vocabulary::kUnknown);
  EXPECT_EQ(splits.dev[0].words, std::vector<std::uint32_t>{Vocabulary::kUnknown});
}

TEST_F(ReviewsTest, CountsWordsWithinTheLimits) {
  const Dataset<LabelledDocument> splits = load(
      "id\t1\t9\ttt\tone. two. three.\n", {.minimum_count = 1, .limits = {.max_sentences = 2}});
  EXPECT_EQ(splits.vocabulary.words(), (Texts{"<unk>", "one", ".", "two"}));
}

TEST_F(ReviewsTest, RefusesLinesThatAreNoReviews) {
  EXPECT_EQ(error_in(""), ": no reviews, expected one on each line");
  EXPECT_EQ(error_in(std::string(kGood) + "\n"),
            ":2:1: found 1 fields, expected 5, separated by tabs");
  EXPECT_EQ(error_in("id\t1\t8\ttt\ta\tb\n"),
            ":1:1: found 6 fields, expected 5, separated by tabs");
  EXPECT_EQ(error_in("id\t1\t8\t\ta\n"), ":1:8: found an empty field, expected text");
  EXPECT_EQ(error_in("id\t1\t5\ttt\ta\n"),
            ":1:6: found rating \"5\", expected 1, 2, 3, 4, 7, 8, 9 or 10");
  EXPECT_EQ(error_in("id\t0\t8\ttt\ta\n"), ":1:4: found label \"0\", expected 1 for rating 8");
  EXPECT_EQ(error_in("id\tx\t4\ttt\ta\n"), ":1:4: found label \"x\", expected 0 for rating 4");
  EXPECT_EQ(error_in("id\t1\t8\ttt\t <br />\n"), ":1:11: found no words, expected some text");
}

TEST_F(ReviewsTest, RefusesOptionsOutOfRange) {
  EXPECT_EQ(error_of<OptionError>([&] { load(kGood, {.minimum_count = 0}); }),
            "minimum_count is 0, expected > 0");
  EXPECT_EQ(error_of<OptionError>([&] { load(kGood, {.limits = {.max_words = 0}}); }),
            "max_sentences is 60 and max_words 0, expected both to be > 0");
}

}  // namespace
}  // namespace espalier::datasets
