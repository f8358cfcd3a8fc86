#include <espalier/datasets/document_limits.h>

#include <gtest/gtest.h>

#include <espalier/base/error.h>

#include "tests/support/errors.h"

namespace espalier::datasets {
namespace {

using test::error_of;
using Ends = std::vector<std::uint32_t>;
using Words = std::vector<std::uint32_t>;

const LabelledDocument kDocument = {{1, 2, 3, 4, 5, 6, 7}, {1, 6, 7}, 3};

TEST(LimitedTest, KeepsAShortDocument) {
  const LabelledDocument same = limited(kDocument, {.max_sentences = 3, .max_words = 5});
  EXPECT_EQ(same.words, kDocument.words);
  EXPECT_EQ(same.sentence_ends, kDocument.sentence_ends);
  EXPECT_EQ(same.label, 3);
}

TEST(LimitedTest, GoesOnInOneMoreSentence) {
  const LabelledDocument cut = limited(kDocument, {.max_sentences = 60, .max_words = 2});
  EXPECT_EQ(cut.words, kDocument.words);
  EXPECT_EQ(cut.sentence_ends, (Ends{1, 3, 5, 6, 7}));
}

TEST(LimitedTest, KeepsTheFirstSentences) {
  const LabelledDocument cut = limited(kDocument, {.max_sentences = 3, .max_words = 2});
  EXPECT_EQ(cut.words, (Words{1, 2, 3, 4, 5}));
  EXPECT_EQ(cut.sentence_ends, (Ends{1, 3, 5}));
  EXPECT_EQ(limited(kDocument, {.max_sentences = 2}).words, (Words{1, 2, 3, 4, 5, 6}));
}

TEST(LimitedTest, RefusesLimitsOfZero) {
  EXPECT_EQ(error_of<OptionError>([] { limited(kDocument, {.max_sentences = 0}); }),
            "max_sentences is 0 and max_words 60, expected both to be > 0");
  EXPECT_EQ(error_of<OptionError>([] { limited(kDocument, {.max_words = 0}); }),
            "max_sentences is 60 and max_words 0, expected both to be > 0");
}

class KeepFrequentWordsTest : public testing::Test {
 protected:
  KeepFrequentWordsTest() {
    for (const char* word : {"a", "b", "c", "d"}) splits_.vocabulary.add(word);
    splits_.train = {{{4, 1, 2, 4}, {2, 4}, 0}, {{2, 0}, {2}, 1}};
    splits_.dev = {{{1, 2, 3, 4}, {4}, 0}};
    splits_.test = {{{3, 3, 4}, {3}, 1}};
  }

  Dataset<LabelledDocument> splits_;
};

TEST_F(KeepFrequentWordsTest, RenumbersByTheWordsOfTrainAlone) {
  keep_frequent_words(splits_, 2);
  EXPECT_EQ(splits_.vocabulary.words(), (std::vector<std::string>{"<unk>", "b", "d"}));
  EXPECT_EQ(splits_.train[0].words, (Words{2, 0, 1, 2}));
  EXPECT_EQ(splits_.train[1].words, (Words{1, 0}));
  EXPECT_EQ(splits_.dev[0].words, (Words{0, 1, 0, 2}));
  EXPECT_EQ(splits_.test[0].words, (Words{0, 0, 2}));
  EXPECT_EQ(splits_.train[0].sentence_ends, (Ends{2, 4}));
}

TEST_F(KeepFrequentWordsTest, ForgetsWordsThatTrainHasNot) {
  keep_frequent_words(splits_, 1);
  EXPECT_EQ(splits_.vocabulary.words(), (std::vector<std::string>{"<unk>", "a", "b", "d"}));
  EXPECT_EQ(splits_.test[0].words, (Words{0, 0, 3}));
}

TEST_F(KeepFrequentWordsTest, RefusesAMinimumOfZero) {
  EXPECT_EQ(error_of<OptionError>([&] { keep_frequent_words(splits_, 0); }),
            "minimum_count is 0, expected > 0");
}

}  // namespace
}  // namespace espalier::datasets
