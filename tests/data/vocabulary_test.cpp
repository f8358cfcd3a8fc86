#include <espalier/data/vocabulary.h>

#include <gtest/gtest.h>

#include <espalier/base/error.h>

#include "tests/support/errors.h"

namespace espalier {
namespace {

using test::error_of;
using Words = std::vector<std::string>;

TEST(VocabularyTest, NumbersWordsInTheOrderInWhichTheyCame) {
  Vocabulary vocabulary;
  EXPECT_EQ(vocabulary.size(), 1u);
  EXPECT_EQ(vocabulary.add("pear"), 1u);
  EXPECT_EQ(vocabulary.add("apple"), 2u);
  EXPECT_EQ(vocabulary.add("pear"), 1u);
  EXPECT_EQ(vocabulary.size(), 3u);
  EXPECT_EQ(vocabulary.find("apple"), 2u);
  EXPECT_EQ(vocabulary.word(1), "pear");
  EXPECT_EQ(vocabulary.words(), (Words{"<unk>", "pear", "apple"}));
}

TEST(VocabularyTest, GivesZeroForWhatItDoesNotKnow) {
  Vocabulary vocabulary;
  vocabulary.add("pear");
  EXPECT_EQ(vocabulary.find("Pear"), Vocabulary::kUnknown);
  EXPECT_EQ(vocabulary.find(""), Vocabulary::kUnknown);
  EXPECT_EQ(vocabulary.add("<unk>"), Vocabulary::kUnknown);
  EXPECT_EQ(vocabulary.size(), 2u);
}

TEST(VocabularyTest, IsTheSameAfterAWayThroughItsWords) {
  Vocabulary vocabulary;
  for (const std::string& word : {std::string("2\xC2\xA0"
                                              "3/4"),
                                  std::string("a b\n"), std::string(), std::string("\0\xFF", 2)}) {
    vocabulary.add(word);
  }
  const Vocabulary copy = Vocabulary::from_words(vocabulary.words());
  EXPECT_EQ(copy.words(), vocabulary.words());
  for (std::uint32_t i = 0; i < vocabulary.size(); ++i) EXPECT_EQ(copy.find(copy.word(i)), i);
}

TEST(VocabularyTest, RefusesWordsThatAreNoVocabulary) {
  const auto error = [](const Words& words) {
    return error_of<OptionError>([&] { Vocabulary::from_words(words); });
  };
  EXPECT_EQ(error({}), "the first word of a vocabulary is missing, expected \"<unk>\"");
  EXPECT_EQ(error({"a"}), "the first word of a vocabulary is \"a\", expected \"<unk>\"");
  EXPECT_EQ(error({"<unk>", "a", "b", "a"}),
            "word \"a\" of a vocabulary stands at 1 and at 3, expected once");
}

TEST(WordCountsTest, KeepsFrequentWordsInTheirOrder) {
  WordCounts counts;
  for (const char* word : {"c", "a", "b", "a", "c", "a"}) counts.add(word);
  EXPECT_EQ(counts.vocabulary(1).words(), (Words{"<unk>", "c", "a", "b"}));
  EXPECT_EQ(counts.vocabulary(2).words(), (Words{"<unk>", "c", "a"}));
  EXPECT_EQ(counts.vocabulary(3).words(), (Words{"<unk>", "a"}));
  EXPECT_EQ(counts.vocabulary(4).words(), Words{"<unk>"});
}

}  // namespace
}  // namespace espalier
