#include <espalier/datasets/dblp.h>

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <espalier/base/error.h>

#include "tests/datasets/files.h"
#include "tests/support/errors.h"

namespace espalier::datasets {
namespace {

using test::error_of;
using Ids = std::vector<NodeId>;

constexpr DblpOptions kSmall = {.word_count = 1, .train_per_class = 1, .dev_per_class = 0};

class DblpTest : public testing::Test {
 protected:
  DblpTest() {
    // Author 50 has no label, and so paper 300 no place, nor term 9 or conference 70.
    folder_.write("author.txt", "50\tNobody\n10\tJos\xE9 A\n20\tB\n30\tC\n40\tD\n");
    folder_.write("author_label.txt", "40\t3\tD\n20\t1\tB\n10\t0\tA\n30\t2\tC\n");
    folder_.write("paper.txt", "300\tx\n100\ty\n200\tz\n");
    folder_.write("conf.txt", "70\tVLDB\n80\tKDD\n");
    folder_.write("term.txt.gz", test::gzip("9\tnine\n7\tseven\n8\teight\n"));
    folder_.write("paper_author.txt", "100\t10\n100\t20\n200\t10\n200\t50\n300\t50\n");
    folder_.write("paper_conf.txt", "100\t80\n200\t80\n300\t70\n");
    folder_.write("paper_term.txt", "100\t7\n200\t7\n200\t8\n300\t9\n");
  }
  // Without the folder's name.
  std::string error_with(std::string_view file, std::string_view text) {
    folder_.write(file, text);
    return error_of<ParseError>([&] { load_dblp(folder_.path(), kSmall); })
        .substr(folder_.path().string().size() + 1);
  }

  test::TemporaryFolder folder_;
};

TEST_F(DblpTest, KeepsWhatLabelledAuthorsReach) {
  const LabelledGraph data = load_dblp(folder_.path(), kSmall);
  EXPECT_EQ(data.labels, (std::vector<std::int32_t>{3, 1, 0, 2}));
  EXPECT_EQ(data.graph.node_type("paper").count, 2u);
  EXPECT_EQ(data.graph.node_type("conf").count, 1u);
  EXPECT_EQ(data.graph.node_type("term").count, 2u);
  const Adjacency& written = data.graph.edge_type("paper_author").edges;
  EXPECT_EQ(Ids(written.columns().begin(), written.columns().end()), (Ids{2, 1, 2}));
  EXPECT_EQ(data.nodes.train.size(), 4u);
  EXPECT_EQ(data.meta_paths.size(), 3u);
}

TEST_F(DblpTest, CountsTheFrequentWordsOfAnAuthorsPapers) {
  const Adjacency words = load_dblp(folder_.path(), kSmall).features.sparse;
  EXPECT_EQ(words.num_columns(), 1u);  // Term 7, of two papers.
  EXPECT_TRUE(words.of(0).empty());
  EXPECT_EQ(words.weights()[words.offsets()[1]], 1.0f);
  EXPECT_EQ(words.weights()[words.offsets()[2]], 2.0f);
}

TEST_F(DblpTest, TakesTheFirstOfEachClassForTrainAndTheNextForDev) {
  folder_.write("author.txt", "50\tE\n10\tA\n20\tB\n30\tC\n40\tD\n60\tF\n61\tG\n62\tH\n63\tI\n");
  folder_.write("author_label.txt",
                "40\t0\n20\t1\n10\t0\n30\t0\n50\t2\n60\t1\n61\t2\n62\t3\n63\t3\n");
  const LabelledGraph data =
      load_dblp(folder_.path(), {.word_count = 0, .train_per_class = 1, .dev_per_class = 1});
  EXPECT_EQ(data.nodes.train, (Ids{0, 1, 4, 7}));
  EXPECT_EQ(data.nodes.dev, (Ids{2, 5, 6, 8}));
  EXPECT_EQ(data.nodes.test, (Ids{3}));
}

TEST_F(DblpTest, RefusesWhatDoesNotFit) {
  EXPECT_EQ(error_with("paper_conf.txt", "100\t80\n100\t81\n"),
            "paper_conf.txt:2:5: conf 81 is not in conf.txt");
  EXPECT_EQ(error_with("paper_author.txt", "101\t10\n"),
            "paper_author.txt:1:1: paper 101 is not in paper.txt");
  EXPECT_EQ(error_with("author_label.txt", "10\t4\tA\n"),
            "author_label.txt:1:4: label 4 is out of range, expected 0 .. 3");
  EXPECT_EQ(error_with("author_label.txt", "10\t0\tA\n10\t0\tA\n"),
            "author_label.txt:2:1: author 10 has a label already, expected one each");
  EXPECT_EQ(error_with("conf.txt", "7\ta\n7\tb\n"),
            "conf.txt:2:1: conf 7 is there already, expected each once");
  EXPECT_EQ(error_with("conf.txt", "a\tb\n"),
            "conf.txt:1:1: found \"a\", expected the number of a conf");
  EXPECT_EQ(error_of<OptionError>([&] { load_dblp(folder_.path(), {.word_count = -1}); }),
            "word_count is -1, expected 0 or more");
}

TEST_F(DblpTest, RefusesAClassTooSmallForItsSplits) {
  EXPECT_EQ(error_of<ParseError>([&] {
              load_dblp(folder_.path(), {.word_count = 1});
            }).substr(folder_.path().string().size() + 1),
            "author_label.txt: class 0 (database) has 1 authors, expected 300 or more, for train "
            "and dev");
}

}  // namespace
}  // namespace espalier::datasets
