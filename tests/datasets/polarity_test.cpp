#include <espalier/datasets/polarity.h>

#include <string>

#include <gtest/gtest.h>

#include <espalier/base/error.h>

#include "tests/datasets/files.h"
#include "tests/support/errors.h"

namespace espalier::datasets {
namespace {

using test::error_of;
using Words = std::vector<std::uint32_t>;

constexpr const char* kGood =
    "# id=neg/cv0 fold=1 label=0 sentences=2\n"
    "a bad film .\n"
    "leave it !\n"
    "\n"
    "# id=pos/cv1 fold=2 label=1 sentences=1\n"
    "a good\x13 film .\n"
    "\n";

class PolarityTest : public testing::Test {
 protected:
  PolarityReviews load(std::string_view text) {
    folder_.write("polarity.txt.gz", text);
    return load_polarity_reviews(folder_.path());
  }

  // Without the name of the file.
  std::string error_in(std::string_view text) {
    const std::string error = error_of<ParseError>([&] { load(text); });
    const std::string path = (folder_.path() / "polarity.txt.gz").string();
    return error.starts_with(path) ? error.substr(path.size()) : error;
  }

  test::TemporaryFolder folder_;
};

TEST_F(PolarityTest, ReadsDocumentsAndFolds) {
  const PolarityReviews reviews = load(test::gzip(kGood));
  ASSERT_EQ(reviews.documents.size(), 2u);
  EXPECT_EQ(reviews.folds, (std::vector<int>{1, 2}));
  EXPECT_EQ(reviews.documents[0].words, (Words{1, 2, 3, 4, 5, 6, 7}));
  EXPECT_EQ(reviews.documents[0].sentence_ends, (Words{4, 7}));
  EXPECT_EQ(reviews.documents[0].label, 0);
  EXPECT_EQ(reviews.documents[1].words, (Words{1, 8, 3, 4}));
  EXPECT_EQ(reviews.documents[1].label, 1);
  EXPECT_EQ(reviews.vocabulary.word(8), "good\x13");
}

// One document in each fold, with a word of its own and one that all have.
PolarityReviews ten_reviews() {
  PolarityReviews reviews;
  const std::uint32_t all = reviews.vocabulary.add("all");
  for (int fold = 1; fold <= 10; ++fold) {
    const std::uint32_t own = reviews.vocabulary.add("own" + std::to_string(fold));
    reviews.documents.push_back({{all, own}, {2}, fold % 2});
    reviews.folds.push_back(fold);
  }
  return reviews;
}

TEST_F(PolarityTest, MakesEveryFoldTestAndTheNextOneDev) {
  const PolarityReviews reviews = ten_reviews();
  for (int fold = 1; fold <= 10; ++fold) {
    const Dataset<LabelledDocument> splits = polarity_fold(reviews, fold, {.minimum_count = 1});
    EXPECT_EQ(splits.train.size(), 8u);
    ASSERT_EQ(splits.dev.size(), 1u);
    ASSERT_EQ(splits.test.size(), 1u);
    EXPECT_EQ(splits.test[0].label, fold % 2);
    EXPECT_EQ(splits.dev[0].label, (fold + 1) % 2);
    for (int other = 1; other <= 10; ++other) {
      const bool is_train = other != fold && other != fold % 10 + 1;
      EXPECT_EQ(splits.vocabulary.find("own" + std::to_string(other)) != Vocabulary::kUnknown,
                is_train);
    }
    EXPECT_EQ(splits.test[0].words, (Words{splits.vocabulary.find("all"), Vocabulary::kUnknown}));
  }
}

TEST_F(PolarityTest, KeepsWordsThatAreFrequentInTrain) {
  const Dataset<LabelledDocument> splits = polarity_fold(ten_reviews(), 3, {.minimum_count = 8});
  EXPECT_EQ(splits.vocabulary.words(), (std::vector<std::string>{"<unk>", "all"}));
  EXPECT_EQ(polarity_fold(ten_reviews(), 3, {.minimum_count = 9}).vocabulary.size(), 1u);
}

TEST_F(PolarityTest, LimitsDocuments) {
  const Dataset<LabelledDocument> splits =
      polarity_fold(ten_reviews(), 3, {.limits = {.max_sentences = 1, .max_words = 1}});
  EXPECT_EQ(splits.train[0].words.size(), 1u);
}

TEST_F(PolarityTest, RefusesFoldsAndOptionsOutOfRange) {
  const PolarityReviews reviews = ten_reviews();
  EXPECT_EQ(error_of<OptionError>([&] { polarity_fold(reviews, 0); }),
            "fold is 0, expected 1 .. 10");
  EXPECT_EQ(error_of<OptionError>([&] { polarity_fold(reviews, 11); }),
            "fold is 11, expected 1 .. 10");
  EXPECT_EQ(error_of<OptionError>([&] { polarity_fold(reviews, 1, {.minimum_count = 0}); }),
            "minimum_count is 0, expected > 0");
}

TEST_F(PolarityTest, RefusesHeadersThatAreNone) {
  const std::string begin = "# id=neg/cv0 ";
  EXPECT_EQ(error_in(""), ": no reviews, expected some");
  EXPECT_EQ(error_in("a bad film .\n"),
            ":1:1: expected \"# id=... fold=... label=... sentences=...\"");
  EXPECT_EQ(error_in("# is=neg/cv0 fold=1 label=0 sentences=1\n"),
            ":1:3: found \"is=neg/cv0\", expected \"id=\"");
  EXPECT_EQ(error_in(begin + "fold=11 label=0 sentences=1\n"),
            ":1:19: found \"11\", expected a number in 1 .. 10");
  EXPECT_EQ(error_in(begin + "fold=1 label=2 sentences=1\n"),
            ":1:27: found \"2\", expected a number in 0 .. 1");
  EXPECT_EQ(error_in(begin + "fold=1 label=0 sentences=0\n"),
            ":1:39: found \"0\", expected a number in 1 .. 1000000000");
  EXPECT_EQ(error_in(begin + "fold=1 label=1 sentences=1\n"),
            ":1:3: found id \"neg/cv0\", expected it to begin with \"pos/\" for label 1");
}

TEST_F(PolarityTest, RefusesOtherNumbersOfSentences) {
  const std::string header = "# id=neg/cv0 fold=1 label=0 sentences=2\n";
  EXPECT_EQ(error_in(header + "a\n\n"), ":3:1: expected sentence 2 of 2 sentences");
  EXPECT_EQ(error_in(header + "a\n"), ":3:1: expected sentence 2 of 2 sentences");
  EXPECT_EQ(error_in(header + "a\nb\nc\n"), ":4:1: expected an empty line after 2 sentences");
  EXPECT_EQ(error_in(header + "a\nb\n"), ":4:1: expected an empty line after 2 sentences");
  EXPECT_EQ(error_in(header + "a\nb  c\n\n"),
            ":3:3: found no word, expected words separated by single spaces");
}

}  // namespace
}  // namespace espalier::datasets
