#include <espalier/apps/systems/sentence_pair.h>

#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include <espalier/base/error.h>

#include "tests/support/errors.h"

namespace espalier::apps {
namespace {

std::optional<SentencePair> read(
    const std::string& line, models::SentenceReader reader = models::SentenceReader::kSequence) {
  std::istringstream in(line);
  datasets::LineReader lines(in, "<in>");
  Vocabulary vocabulary;
  vocabulary.add("x");
  return read_pair(lines, vocabulary, reader);
}

std::string error_of(const std::string& line) {
  return test::error_of<ParseError>([&] { read(line); });
}

const std::string kB = R"("b":{"words":["x"]}})";

TEST(SentencePairTest, ReadsWordsAndHeads) {
  const auto pair = read(R"({"a":{"words":["x","y"],"heads":[2.0,0]},)" + kB);
  EXPECT_EQ(pair->a.words, (std::vector<std::uint32_t>{1, 0}));
  EXPECT_EQ(pair->a.tree.root(), 1u);
  EXPECT_EQ(read(R"({"a":{"words":["x","y"]},)" + kB)->a.tree.parent(0), 1u);
  EXPECT_EQ(read(""), std::nullopt);
}

TEST(SentencePairTest, AReaderOfTreesNeedsHeads) {
  EXPECT_EQ(test::error_of<ParseError>(
                [] { read(R"({"a":{"words":["x","y"]},)" + kB, models::SentenceReader::kTree); }),
            "<in>:1:1: a: no \"heads\" of 2 words, expected one for each: the model reads trees");
}

// Nothing is cut or taken for what it is not; nodes count from 1 as in the line.
TEST(SentencePairTest, RefusesWhatIsNoTreeOfWords) {
  const auto heads = [](const std::string& text) {
    return error_of(R"({"a":{"words":["x","y"],"heads":)" + text + "}," + kB);
  };
  EXPECT_EQ(heads("[1.9,0]"), "<in>:1:1: a: a head is 1.9, expected a whole number of 64 bits");
  EXPECT_EQ(heads("[true,0]"), "<in>:1:1: a: a head is true, expected a whole number of 64 bits");
  EXPECT_EQ(heads("[18446744073709551615,0]"),
            "<in>:1:1: a: a head is 18446744073709551615, expected a whole number of 64 bits");
  EXPECT_EQ(heads("[3,0]"), "<in>:1:1: a: word 1 has head 3, expected 0 to 2");
  EXPECT_EQ(heads("[0]"), "<in>:1:1: a: 1 heads of 2 words, expected one for each");
  EXPECT_EQ(heads("[0,0]"), "<in>:1:1: found a second root, expected node 1 to be the only one");
  EXPECT_TRUE(error_of(R"({"a":{"words":["x","y","z"],"heads":[2,1,0]},)" + kB)
                  .ends_with("node 1 is its own ancestor: 1 -> 2 -> 1"));
  EXPECT_EQ(error_of(R"({"a":{"words":[7]},)" + kB), "<in>:1:1: a: a word is 7, expected a string");
  EXPECT_EQ(error_of(R"({"a":{"words":[]},)" + kB), "<in>:1:1: a has no words, expected some");
  EXPECT_EQ(error_of(R"({"a":{"words":["x"]}})"),
            "<in>:1:1: the pair of sentences has no entry \"b\"");
}

TEST(SentencePairTest, SaysWhereThereIsNoJson) {
  EXPECT_EQ(error_of("{\"a\": x}"),
            "<in>:1:1: no pair of sentences in JSON: this is no JSON from byte 7 on");
  EXPECT_EQ(error_of("[1e999]"),
            "<in>:1:1: no pair of sentences in JSON: it has a number that is too large");
  EXPECT_EQ(error_of(std::string(100'000, '[')),
            "<in>:1:1: no pair of sentences in JSON: it is nested more than 32 deep");
}

}  // namespace
}  // namespace espalier::apps
