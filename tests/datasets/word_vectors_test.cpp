#include <espalier/datasets/word_vectors.h>

#include <algorithm>
#include <initializer_list>
#include <vector>

#include <gtest/gtest.h>

#include <espalier/base/error.h>

#include "tests/datasets/files.h"
#include "tests/support/errors.h"

namespace espalier::datasets {
namespace {

using test::error_of;

class WordVectorsTest : public testing::Test {
 protected:
  WordVectors load(std::string_view bytes, std::initializer_list<const char*> words,
                   const WordVectorOptions& options = {}) const {
    Vocabulary vocabulary;
    for (const char* word : words) vocabulary.add(word);
    return load_word_vectors(folder_.write("vectors", bytes), vocabulary, options);
  }

  std::string error_in(std::string_view bytes) const {
    return error_of<ParseError>([&] { load(bytes, {"a", "b"}); });
  }

  static std::vector<float> row(const WordVectors& vectors, std::size_t i) {
    const auto values = vectors.table.row(i);
    return {values.begin(), values.end()};
  }

  test::TemporaryFolder folder_;
  const std::string file_ = (folder_.path() / "vectors").string();
};

using Row = std::vector<float>;

TEST_F(WordVectorsTest, FillsTheRowsOfTheWordsItFinds) {
  for (const bool compressed : {false, true}) {
    const std::string text = "a 1 -2.5\nother 7 7\nb 3e-2 4\n";
    const WordVectors vectors = load(compressed ? test::gzip(text) : text, {"b", "c", "a"});
    EXPECT_EQ(vectors.table.shape(), (Shape{4, 2}));
    EXPECT_EQ(vectors.num_found, 2u);
    EXPECT_EQ(row(vectors, 1), (Row{3e-2f, 4}));
    EXPECT_EQ(row(vectors, 3), (Row{1, -2.5f}));
  }
}

TEST_F(WordVectorsTest, DrawsTheOtherRowsAtRandomFromTheSeed) {
  const WordVectors vectors = load("a 1 2 3\n", {"a", "b"}, {.range = 0.05f, .seed = 3});
  EXPECT_EQ(row(vectors, 1), (Row{1, 2, 3}));
  for (const std::size_t i : {0u, 2u}) {
    for (const float x : vectors.table.row(i)) EXPECT_TRUE(x >= -0.05f && x < 0.05f && x != 0);
  }
  EXPECT_NE(row(vectors, 0), row(vectors, 2));

  const WordVectors again = load("b 1 2 3\n", {"a", "b"}, {.range = 0.05f, .seed = 3});
  EXPECT_EQ(row(vectors, 0), row(again, 0));  // Whichever other words are found.
  const WordVectors other = load("a 1 2 3\n", {"a", "b"}, {.range = 0.05f, .seed = 4});
  EXPECT_NE(row(vectors, 0), row(other, 0));
}

TEST_F(WordVectorsTest, TriesTheWordThenWithoutEscapesThenInLowerCase) {
  const WordVectors vectors =
      load("the 1\n( 2\n) 3\n3/4 4\nUSA 5\nusa 6\ncaf\xC3\xA9 7\n",
           {"The", "-LRB-", "-RRB-", "3\\/4", "USA", "usa", "Caf\xC3\xA9", "UsA", "CAF\xC3\x89"});
  for (std::size_t i = 1; i <= 7; ++i) EXPECT_EQ(row(vectors, i), Row{static_cast<float>(i)}) << i;
  EXPECT_EQ(row(vectors, 8), Row{6});
  EXPECT_EQ(vectors.num_found, 8u);  // Not the last one: beyond ASCII, case stays.
}

TEST_F(WordVectorsTest, PrefersTheWordItselfWhereverItStands) {
  EXPECT_EQ(row(load("It 1\nit 2\n", {"It"}), 1), Row{1});
  EXPECT_EQ(row(load("it 2\nIt 1\n", {"It"}), 1), Row{1});
}

TEST_F(WordVectorsTest, TakesTheUnknownWordsVectorFromTheFile) {
  EXPECT_EQ(row(load("<unk> 9\n", {}), 0), Row{9});
}

TEST_F(WordVectorsTest, AcceptsWordsWithSpacesOrNoBreakSpaces) {
  const WordVectors vectors = load(
      "a 1 2\n. . . 3 4\nat home 5 6\n2\xC2\xA0"
      "3/4 7 8\n",
      {". . .", "at home",
       "2\xC2\xA0"
       "3\\/4"});
  EXPECT_EQ(vectors.num_found, 3u);
  EXPECT_EQ(row(vectors, 1), (Row{3, 4}));
  EXPECT_EQ(row(vectors, 2), (Row{5, 6}));
  EXPECT_EQ(row(vectors, 3), (Row{7, 8}));
}

TEST_F(WordVectorsTest, DoesNotCountTheUnknownWordAsFound) {
  EXPECT_EQ(load("<unk> 9\na 1\n", {"a"}).num_found, 1u);
}

// As word2vec and fastText write them.
TEST_F(WordVectorsTest, ReadsAHeaderAndBlanksAtTheEndOfLines) {
  for (const char* const end : {"\n", " \n", " \t\n", "\r\n"}) {
    const std::string text = message("2 3", end, "a 1 2 3", end, "b 4 5 6", end);
    const WordVectors vectors = load(text, {"b"});
    EXPECT_EQ(row(vectors, 1), (Row{4, 5, 6})) << text;
    EXPECT_EQ(vectors.num_announced, 2u);
    EXPECT_EQ(vectors.num_vectors, 2u);
  }
  EXPECT_EQ(load("7 1\na 5\n", {"a"}).num_announced, 7u);  // Told, not refused.
  // The word "7", whose vector is of one number, before another of one.
  EXPECT_EQ(row(load("7 3\na 5\n", {"7"}), 1), Row{3});
}

// The vector is the last columns; how many is said by most of the first lines.
TEST_F(WordVectorsTest, TakesNumbersInAWordForAPartOfIt) {
  const std::string rest = "a 1 2\nb 3 4\n";
  for (const std::string& text : {rest + "1 000 5 6\n", "1 000 5 6\n" + rest}) {
    const WordVectors vectors = load(text, {"1 000", "b"});
    EXPECT_EQ(row(vectors, 1), (Row{5, 6})) << text;
    EXPECT_EQ(row(vectors, 2), (Row{3, 4})) << text;
  }
}

TEST_F(WordVectorsTest, ReadsFiniteNumbersInAnySpelling) {
  const WordVectors vectors = load(
      "a 1e-46 -1e-46 1E+2 +0.5 .5 5. 1e-500 1e-40 "
      "0.0000000000000000000000000000000000000000000000000001\n",
      {"a"});
  EXPECT_EQ(row(vectors, 1), (Row{0, 0, 100, 0.5f, 0.5f, 5, 0, 1e-40f, 0}));
}

// What is wrong with a word that nobody wants is counted.
TEST_F(WordVectorsTest, PassesOverRepeatedAndIllFormedWordsThatAreNotWanted) {
  const WordVectors vectors = load("a 1\nz 2\nz 3\nz 4\n\xFF 2\n\xFF\xC3 2\n", {"a"});
  EXPECT_EQ(vectors.num_repeated, 2u);
  EXPECT_EQ(vectors.num_ill_formed, 2u);
  EXPECT_EQ(vectors.num_found, 1u);
  EXPECT_EQ(load("a 1\nz 2\n", {"a"}).num_repeated, 0u);
}

TEST_F(WordVectorsTest, RefusesAWrongNumberOfColumns) {
  EXPECT_EQ(error_in("a 1 2\nb 3\n"),
            file_ + ":2:1: found 2 columns, expected 3: a word and 2 numbers");
  EXPECT_EQ(error_in("2 6\na 1 2\n"),
            file_ + ":2:1: found 3 columns, expected 7: a word and 6 numbers");
  EXPECT_EQ(error_in("a 1 2\n\nb 3 4\n"),
            file_ + ":2:1: found 0 columns, expected 3: a word and 2 numbers");
  EXPECT_EQ(error_in("a\n"), file_ + ":1:1: found 1 column, expected a word and its numbers");
  EXPECT_EQ(error_in(" 1 2\n"), file_ + ":1:1: found a space, expected a word");
}

TEST_F(WordVectorsTest, RefusesWhatIsNoFiniteNumber) {
  EXPECT_EQ(error_in("a 1 x\n"), file_ + ":1:5: found \"x\", expected a finite number");
  EXPECT_EQ(error_in("a 1\nb 2,5\n"), file_ + ":2:3: found \"2,5\", expected a finite number");
  EXPECT_EQ(error_in("a nan\n"), file_ + ":1:3: found \"nan\", expected a finite number");
  EXPECT_EQ(error_in("a -inf\n"), file_ + ":1:3: found \"-inf\", expected a finite number");
  EXPECT_EQ(error_in("a 1e99\n"), file_ + ":1:3: found \"1e99\", expected a finite number");
  EXPECT_EQ(error_in("a 1e999\n"), file_ + ":1:3: found \"1e999\", expected a finite number");
  EXPECT_EQ(error_in("unwanted x\na 1\n"), file_ + ":1:10: found \"x\", expected a finite number");
}

TEST_F(WordVectorsTest, RefusesASecondVectorOfAWord) {
  EXPECT_EQ(error_in("a 1\nb 2\na 1\n"),
            file_ + ":3:1: a second vector for \"a\", expected only the one in line 1");
}

TEST_F(WordVectorsTest, RefusesFilesThatAreEmptyMissingOrNotText) {
  EXPECT_EQ(error_in(""), file_ + ": no word vectors, expected one on each line");
  EXPECT_EQ(error_in("7 300\n"),
            file_ + ": no word vectors after the header \"7 300\", expected one on each line");
  EXPECT_EQ(error_of<FileError>([] { load_word_vectors("/no/file", Vocabulary()); }),
            "/no/file: cannot be opened: No such file or directory");
}

// A table has so many numbers for each word of the vocabulary, which few bytes of a file must not
// decide.
TEST_F(WordVectorsTest, RefusesDimensionsThatNobodyUses) {
  std::string line = "a";
  for (int i = 0; i < 79'000; ++i) line += " 1";
  EXPECT_EQ(error_in(test::gzip(line + '\n')),
            file_ + ":1:1: vectors of 79000 numbers, expected 4096 at most");
  EXPECT_EQ(error_in("3 99999999999\na 1 2\n"),
            file_ + ":1:1: vectors of 99999999999 numbers, expected 4096 at most");
  EXPECT_TRUE(error_in("a " + std::string(2'000'000, '1')).ends_with("expected shorter ones"));
}

TEST_F(WordVectorsTest, RefusesANegativeRange) {
  EXPECT_EQ(error_of<OptionError>([&] { load("a 1\n", {}, {.range = -1}); }),
            "the range of random vectors is -1, expected >= 0");
}

}  // namespace
}  // namespace espalier::datasets
