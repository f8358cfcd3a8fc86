#include <espalier/datasets/sick.h>

#include <gtest/gtest.h>

#include <espalier/base/error.h>

#include "tests/datasets/files.h"
#include "tests/support/errors.h"

namespace espalier::datasets {
namespace {

using test::error_of;
using Labels = std::vector<std::int32_t>;
using Parents = std::vector<NodeId>;
using Words = std::vector<std::uint32_t>;

Parents parents_of(const Tree& tree) {
  Parents parents;
  for (NodeId v = 0; v < tree.num_nodes(); ++v) parents.push_back(tree.parent(v));
  return parents;
}

class SickTest : public testing::Test {
 protected:
  SickTest() {
    for (const char* part : {"train", "dev", "test"}) {
      std::filesystem::create_directory(folder_.path() / part);
      write(part, "sim.txt", "3.6\n");
      for (const std::string side : {"a", "b"}) {
        write(part, side + ".toks", std::string(part) + " Kids\n");
        write(part, side + ".parents", "2 0\n");
        write(part, side + ".rels", "det root\n");
        write(part, side + ".cparents", "3 3 0\n");
      }
    }
    write("train", "sim.txt", "4.415\n5\n");
    write("train", "a.toks", "The kids run home\nRun\n");
    write("train", "a.parents", "2 3 0 3\n0\n");
    write("train", "a.rels", "det nsubj root dobj\nroot\n");
    write("train", "a.cparents", "6 6 5 5 7 7 0\n0\n");
    write("train", "b.toks", "kids Run\nhome\n");
    write("train", "b.parents", "2 0\n0\n");
    write("train", "b.rels", "nsubj root\nroot\n");
    write("train", "b.cparents", "3 3 0\n0\n");
  }

  std::string write(const std::string& part, const std::string& name, std::string_view bytes) {
    return folder_.write(part + '/' + name, bytes);
  }

  Sick load(SickParses parses = SickParses::kDependency) {
    return load_sick(folder_.path(), parses);
  }

  // What is wrong with these bytes of a file of train.
  std::string error_in(const std::string& name, std::string_view bytes) {
    const std::string path = write("train", name, bytes);
    const SickParses parses =
        name.ends_with("cparents") ? SickParses::kConstituency : SickParses::kDependency;
    const std::string error = error_of<ParseError>([&] { load(parses); });
    return error.starts_with(path) ? error.substr(path.size()) : error;
  }

  test::TemporaryFolder folder_;
};

TEST_F(SickTest, ReadsDependencyTreesInTheOrderOfTheWords) {
  const Sick sick = load();
  ASSERT_EQ(sick.train.size(), 2u);
  EXPECT_EQ(sick.train[0].score, 4.415f);
  EXPECT_EQ(sick.train[1].score, 5.0f);
  ASSERT_EQ(sick.dev.size(), 1u);
  EXPECT_EQ(sick.dev[0].score, 3.6f);
  EXPECT_EQ(sick.test.size(), 1u);

  const LabelledTree& first = sick.train[0].a;
  EXPECT_EQ(parents_of(first.tree), (Parents{1, 2, kNoNode, 2}));
  EXPECT_EQ(first.words, (Words{1, 2, 3, 4}));
  EXPECT_EQ(first.labels, (Labels{1, 2, 3, 4}));
  EXPECT_EQ(sick.train[0].b.words, (Words{2, 5}));
  EXPECT_EQ(sick.train[1].a.labels, Labels{3});
  EXPECT_EQ(sick.relations.words(),
            (std::vector<std::string>{"<unk>", "det", "nsubj", "root", "dobj"}));
}

TEST_F(SickTest, HasOneVocabularyForAllPartsAndBothParses) {
  const std::vector<std::string> words = {"<unk>", "The", "kids", "run", "home",
                                          "Run",   "dev", "Kids", "test"};
  EXPECT_EQ(load().vocabulary.words(), words);
  EXPECT_EQ(load(SickParses::kConstituency).vocabulary.words(), words);
}

// ((The kids) (run home)): nodes in postorder.
TEST_F(SickTest, ReadsConstituencyTrees) {
  const Sick sick = load(SickParses::kConstituency);
  const LabelledTree& first = sick.train[0].a;
  EXPECT_EQ(parents_of(first.tree), (Parents{2, 2, 6, 5, 5, 6, kNoNode}));
  EXPECT_EQ(first.words, (Words{1, 2, kNoWord, 3, 4, kNoWord, kNoWord}));
  EXPECT_EQ(first.labels, Labels(7, kNoLabel));
  EXPECT_EQ(parents_of(sick.train[1].a.tree), Parents{kNoNode});
  EXPECT_EQ(sick.relations.size(), 1u);
}

// (((The kids) run) home): the left child is an inner node, which has the larger number in the
// file, and a parent has a smaller number than its child.
TEST_F(SickTest, TakesTheLeftChildByItsTokens) {
  write("train", "a.cparents", "6 6 7 5 0 7 5\n0\n");
  const LabelledTree first = load(SickParses::kConstituency).train[0].a;
  EXPECT_EQ(parents_of(first.tree), (Parents{2, 2, 4, 4, 6, 6, kNoNode}));
  EXPECT_EQ(first.words, (Words{1, 2, kNoWord, 3, kNoWord, 4, kNoWord}));
}

TEST_F(SickTest, RefusesHeadsThatAreNoTree) {
  EXPECT_EQ(error_in("a.parents", "2 3 0 5\n0\n"), ":1:7: found head 5, expected 0 .. 4");
  EXPECT_EQ(error_in("a.parents", "2 3 0 x\n0\n"),
            ":1:7: found \"x\", expected the number of a head");
  EXPECT_EQ(error_in("a.parents", "2 3 0 0\n0\n"),
            ":1:7: found a second root, expected node 3 to be the only one");
  EXPECT_EQ(error_in("a.parents", "2 3 0 3\n1\n"),
            ":2:1: found no root, expected one head to be 0");
  EXPECT_EQ(error_in("a.parents", "2 1 0 3\n0\n"), ":1:1: node 1 is its own ancestor: 1 -> 2 -> 1");
}

TEST_F(SickTest, RefusesNumbersThatDifferFromThatOfTheTokens) {
  EXPECT_EQ(error_in("a.parents", "2 3 0\n0\n"), ":1:6: found 3 heads, expected 4 of 4 tokens");
  EXPECT_EQ(error_in("a.parents", "2 3 0 3\n0 1 1\n"),
            ":2:3: found 3 heads, expected 1 of 1 tokens");
  write("train", "a.parents", "2 3 0 3\n0\n");
  EXPECT_EQ(error_in("a.rels", "det nsubj root\nroot\n"),
            ":1:15: found 3 relations, expected 4 of 4 tokens");
  EXPECT_EQ(error_in("a.cparents", "6 6 5 5 7 0\n0\n"),
            ":1:12: found 6 heads, expected 7 of 4 tokens");
}

TEST_F(SickTest, RefusesConstituencyTreesThatAreNotBinaryOverTheTokens) {
  EXPECT_EQ(error_in("a.cparents", "6 1 5 5 7 7 0\n0\n"),
            ":1:1: node 1 has 1 child, expected none of a token");
  EXPECT_EQ(error_in("a.cparents", "6 6 6 5 7 7 0\n0\n"), ":1:9: node 5 has 1 child, expected two");
  EXPECT_EQ(error_in("a.cparents", "6 5 6 5 7 7 0\n0\n"),
            ":1:5: token 3 stands where token 2 is expected: the phrases cross");
}

TEST_F(SickTest, RefusesFilesOfDifferentLengths) {
  const std::string ends = "the file ends here, expected as many lines as sim.txt has";
  const std::string goes_on =
      "found a line beyond the 2 that sim.txt has, expected the end of the file";
  EXPECT_EQ(error_in("b.toks", "kids Run\n"), ":2:1: " + ends);
  EXPECT_EQ(error_in("b.toks", "kids Run\nhome\nRun\n"), ":3:1: " + goes_on);
  write("train", "b.toks", "kids Run\nhome\n");
  EXPECT_EQ(error_in("b.rels", "nsubj root\n"), ":2:1: " + ends);
  EXPECT_EQ(error_in("b.rels", "nsubj root\nroot\n\n"), ":3:1: " + goes_on);
  write("train", "b.rels", "nsubj root\nroot\n");
  EXPECT_EQ(error_in("b.parents", "2 0\n"), ":2:1: " + ends);
  EXPECT_EQ(error_in("b.parents", "2 0\n0\n0\n"), ":3:1: " + goes_on);
  EXPECT_EQ(error_in("sim.txt", ""), ": no scores, expected one on each line");
}

TEST_F(SickTest, RefusesScoresOutOfRange) {
  for (const std::string score : {"0.99", "5.01", "x", "", "3 ", " 3", "nan", "3,5", "1e9"}) {
    EXPECT_EQ(error_in("sim.txt", "3\n" + score + "\n"),
              ":2:1: found \"" + score + "\", expected a score in 1 .. 5");
  }
}

TEST_F(SickTest, RefusesLinesWithoutTokens) {
  EXPECT_EQ(error_in("a.toks", "The kids run home\n\n"), ":2:1: an empty line, expected tokens");
  EXPECT_EQ(error_in("a.toks", "The kids run  home\nRun\n"),
            ":1:14: found no text before or after a space, expected tokens separated by single "
            "spaces");
  EXPECT_EQ(error_in("a.toks", "The kids run home\nRun \n"),
            ":2:5: found no text before or after a space, expected tokens separated by single "
            "spaces");
}

TEST_F(SickTest, RefusesAMissingFile) {
  const std::filesystem::path file = folder_.path() / "test" / "b.rels";
  std::filesystem::remove(file);
  EXPECT_EQ(error_of<FileError>([&] { load(); }),
            file.string() + ": cannot be opened: No such file or directory");
  load(SickParses::kConstituency);  // Which reads no relations.
}

}  // namespace
}  // namespace espalier::datasets
