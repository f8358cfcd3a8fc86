#include <espalier/datasets/conllu.h>

#include <string>

#include <gtest/gtest.h>

#include <espalier/base/error.h>

#include "tests/datasets/files.h"
#include "tests/support/errors.h"

namespace espalier::datasets {
namespace {

using test::error_of;
using Labels = std::vector<std::int32_t>;
using Texts = std::vector<std::string>;
using Words = std::vector<std::uint32_t>;

// A line of ten columns of which those that are read are given.
std::string line(const std::string& id, const std::string& form, const std::string& tag,
                 const std::string& head, const std::string& relation) {
  return id + '\t' + form + "\t_\t" + tag + "\t_\t_\t" + head + '\t' + relation + "\t_\t_\n";
}

const std::string kHe = line("1", "He", "PRON", "2", "nsubj");
const std::string kRuns = line("2", "runs", "VERB", "0", "root");

class ConlluTest : public testing::Test {
 protected:
  std::vector<ConlluSentence> load(std::string_view text) {
    return load_conllu(folder_.write("c", text), vocabularies_);
  }

  // Without the name of the file.
  std::string error_in(std::string_view text) {
    const std::string error = error_of<ParseError>([&] { load(text); });
    const std::string path = (folder_.path() / "c").string();
    return error.starts_with(path) ? error.substr(path.size()) : error;
  }

  test::TemporaryFolder folder_;
  ConlluVocabularies vocabularies_;
};

TEST_F(ConlluTest, ReadsTreesTagsAndRelations) {
  const auto sentences = load("# text = He runs\n# newpar\n" + kHe + kRuns + "\n" +
                              line("1", "\"#1\"", "_", "0", "root") + "\n");
  ASSERT_EQ(sentences.size(), 2u);
  const LabelledTree& tree = sentences[0].tree;
  EXPECT_EQ(tree.tree.parent(0), 1u);
  EXPECT_EQ(tree.tree.root(), 1u);
  EXPECT_EQ(tree.words, (Words{1, 2}));
  EXPECT_EQ(tree.labels, (Labels{1, 2}));
  EXPECT_EQ(sentences[0].relations, (Words{1, 2}));
  EXPECT_EQ(sentences[1].tree.words, Words{3});
  EXPECT_EQ(sentences[1].tree.labels, Labels{kNoLabel});
  EXPECT_EQ(sentences[1].relations, Words{2});
  EXPECT_EQ(vocabularies_.forms.words(), (Texts{"<unk>", "He", "runs", "\"#1\""}));
  EXPECT_EQ(vocabularies_.tags.words(), (Texts{"<unk>", "PRON", "VERB"}));
  EXPECT_EQ(vocabularies_.relations.words(), (Texts{"<unk>", "nsubj", "root"}));
}

TEST_F(ConlluTest, ExtendsTheVocabulariesOfAnEarlierFile) {
  load(kHe + kRuns + "\n");
  const auto sentences =
      load(line("1", "runs", "NOUN", "2", "nsubj") + line("2", "He", "VERB", "0", "root") + "\n");
  EXPECT_EQ(sentences[0].tree.words, (Words{2, 1}));
  EXPECT_EQ(sentences[0].tree.labels, (Labels{3, 2}));
}

TEST_F(ConlluTest, SkipsTokensOfSeveralWordsAndEmptyNodes) {
  const auto sentences =
      load(line("0.1", "It", "PRON", "_", "_") + line("1-2", "He'll", "_", "_", "_") + kHe +
           line("1.1", "x", "_", "_", "_") + line("1.2", "y", "_", "_", "_") + kRuns +
           line("2.1", "z", "_", "_", "_") + line("3-3", "it", "_", "_", "_") +
           line("3", "it", "PRON", "2", "obj") + "\n");
  ASSERT_EQ(sentences.size(), 1u);
  EXPECT_EQ(sentences[0].tree.words, (Words{1, 2, 3}));
  EXPECT_EQ(vocabularies_.forms.words(), (Texts{"<unk>", "He", "runs", "it"}));
}

TEST_F(ConlluTest, ReadsGzip) { EXPECT_EQ(load(test::gzip(kHe + kRuns + "\n")).size(), 1u); }

TEST_F(ConlluTest, RefusesIdsOutOfTheirOrder) {
  EXPECT_EQ(error_in(kRuns), ":1:1: found \"2\", expected 1, the next word");
  EXPECT_EQ(error_in(kHe + kHe), ":2:1: found \"1\", expected 2, the next word");
  EXPECT_EQ(error_in(line("x", "He", "PRON", "0", "root")),
            ":1:1: found \"x\", expected 1, the next word");
  EXPECT_EQ(error_in(kHe + line("1.2", "x", "_", "_", "_")),
            ":2:1: found \"1.2\", expected 1.1, an empty node");
  EXPECT_EQ(error_in(line("1.1", "x", "_", "_", "_")),
            ":1:1: found \"1.1\", expected 0.1, an empty node");
}

TEST_F(ConlluTest, RefusesTokensOfOtherWords) {
  const auto token = [](const std::string& id) { return line(id, "x", "_", "_", "_"); };
  const std::string kNextWord = "expected a token of words that begins at word ";
  EXPECT_EQ(error_in(token("2-3")), ":1:1: found \"2-3\", " + kNextWord + "1 and ends no earlier");
  EXPECT_EQ(error_in(token("1-0")), ":1:1: found \"1-0\", " + kNextWord + "1 and ends no earlier");
  EXPECT_EQ(error_in(token("1-x")), ":1:1: found \"1-x\", " + kNextWord + "1 and ends no earlier");
  EXPECT_EQ(error_in(token("1-2") + kHe + token("2-3")),
            ":3:1: found \"2-3\", " + kNextWord + "3 and ends no earlier");
  EXPECT_EQ(error_in(token("1-3") + kHe + kRuns + "\n"),
            ":4:1: the sentence ends after word 2, expected word 3, the last of a token");
}

TEST_F(ConlluTest, RefusesHeadsThatAreNoTree) {
  EXPECT_EQ(error_in(kHe + line("2", "runs", "VERB", "3", "x") + "\n"),
            ":2:19: found head 3, expected 0 .. 2");
  EXPECT_EQ(error_in(line("1", "He", "PRON", "x", "x")),
            ":1:17: found \"x\", expected the number of a head");
  EXPECT_EQ(error_in(line("1", "He", "PRON", "0", "root") + kRuns + "\n"),
            ":2:19: found a second root, expected node 1 to be the only one");
  EXPECT_EQ(error_in(kHe + line("2", "runs", "VERB", "1", "x") + "\n"),
            ":1:17: found no root, expected one head to be 0");
  EXPECT_EQ(
      error_in(kHe + line("2", "runs", "VERB", "1", "x") + line("3", "!", "X", "0", "x") + "\n"),
      ":1:17: node 1 is its own ancestor: 1 -> 2 -> 1");
  EXPECT_EQ(error_in(line("1", "He", "PRON", "0", "_")),
            ":1:19: found \"_\", expected the relation to the head");
  EXPECT_EQ(error_in(line("0.1", "x", "_", "1", "_")),
            ":1:15: found \"1\", expected \"_\": only words have a head in the basic tree");
}

TEST_F(ConlluTest, RefusesLinesWithoutTenColumns) {
  EXPECT_EQ(error_in("1\tHe\tPRON\n"), ":1:1: found 3 columns, expected 10, separated by tabs");
  EXPECT_EQ(error_in(line("1", "", "PRON", "0", "root")),
            ":1:3: found an empty column, expected \"_\" or text");
}

TEST_F(ConlluTest, RefusesTextThatIsNotCutIntoSentences) {
  EXPECT_EQ(error_in(""), ": no sentences, expected at least one");
  EXPECT_EQ(error_in("\n"), ":1:1: found the end of a sentence, expected a word");
  EXPECT_EQ(error_in("# text\n\n"), ":2:1: found the end of a sentence, expected a word");
  EXPECT_EQ(error_in(kHe + kRuns),
            ":3:1: the file ends within a sentence, expected an empty line after it");
  EXPECT_EQ(error_in(kHe + "# late\n" + kRuns + "\n"),
            ":2:1: found a comment, expected it before the first word");
}

}  // namespace
}  // namespace espalier::datasets
