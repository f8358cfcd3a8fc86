#include <espalier/datasets/relational_graphs.h>

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

class RelationalGraphsTest : public testing::Test {
 protected:
  RelationalGraphsTest() {
    folder_.write("labels.tsv", "1\t2\n0\t0\n2\t1\n");
    folder_.write("pa.tsv", "0\t3\n2\t0\n");
    folder_.write("ps.tsv", "0\t0\n1\t1\n");
    folder_.write("pr.tsv.gz", test::gzip("1\t6\n"));
    for (const char* const name : {"ma.tsv", "md.tsv", "mw.tsv"}) folder_.write(name, "0\t1\n");
    folder_.write("split_20.tsv", "2\ttrain\n0\tval\n");
    folder_.write("split_40.tsv", "1\ttest\n");
    folder_.write("split_60.tsv", "1\ttrain\n");
    folder_.write("features.tsv.gz", "1\n\n0 2\n");
  }
  std::string error_with(std::string_view file, std::string_view text) {
    folder_.write(file, text);
    return error_of<ParseError>([&] { load_acm_relations(folder_.path()); })
        .substr(folder_.path().string().size() + 1);
  }

  test::TemporaryFolder folder_;
};

TEST_F(RelationalGraphsTest, ReadsAcm) {
  const LabelledGraph data = load_acm_relations(folder_.path());
  EXPECT_EQ(data.num_targets(), 3u);
  EXPECT_EQ(data.graph.node_type("author").count, 4u);
  EXPECT_EQ(data.graph.node_type("subject").count, 2u);
  EXPECT_EQ(data.graph.edge_type("paper_author").edges.of(0)[0], 3u);
  EXPECT_EQ(data.labels, (std::vector<std::int32_t>{0, 2, 1}));
  EXPECT_EQ(data.classes[2], "data mining");
  EXPECT_EQ(data.nodes.train, (Ids{2}));
  EXPECT_EQ(data.nodes.dev, (Ids{0}));
  EXPECT_EQ(data.features.sparse.num_columns(), 3u);
  EXPECT_EQ(data.meta_paths,
            (std::vector<std::string>{"paper>author>paper", "paper>subject>paper"}));
}

TEST_F(RelationalGraphsTest, ReadsAminerAndFreebaseWithoutFeatures) {
  const LabelledGraph aminer = load_aminer(folder_.path(), {.labels_per_class = 40});
  EXPECT_EQ(aminer.graph.node_type("reference").count, 7u);
  EXPECT_TRUE(aminer.features.is_one_hot());
  EXPECT_EQ(aminer.num_classes(), 4);
  EXPECT_EQ(aminer.nodes.test, (Ids{1}));
  const LabelledGraph freebase = load_freebase(folder_.path(), {.labels_per_class = 60});
  EXPECT_EQ(freebase.target, "movie");
  EXPECT_EQ(freebase.graph.edge_types().size(), 3u);
  EXPECT_EQ(freebase.meta_paths.back(), "movie>writer>movie");
  EXPECT_EQ(freebase.nodes.train, (Ids{1}));
}

TEST_F(RelationalGraphsTest, RefusesWhatDoesNotFit) {
  EXPECT_EQ(error_of<OptionError>([&] { load_aminer(folder_.path(), {.labels_per_class = 30}); }),
            "labels_per_class is 30, expected 20, 40 or 60");
  EXPECT_EQ(error_with("pa.tsv", "0\t3\n3\t0\n"),
            "pa.tsv:2:1: source 3 is out of range, expected 0 .. 2");
  folder_.write("pa.tsv", "0\t3\n");
  EXPECT_EQ(error_with("features.tsv.gz", "0\n"),
            "features.tsv.gz: features of 1 nodes, expected 3 lines, one for each node");
  EXPECT_EQ(error_with("split_20.tsv", "2\ttrain\n2\ttest\n"),
            "split_20.tsv:2:1: node 2 is in a split already, expected each in one at most");
  EXPECT_EQ(error_with("labels.tsv", "0\t3\n"),
            "labels.tsv:1:3: found class \"3\", expected one of \"0\", \"1\", \"2\"");
  std::filesystem::remove(folder_.path() / "ps.tsv");
  folder_.write("labels.tsv", "0\t0\n");
  EXPECT_NE(error_of<FileError>([&] { load_acm_relations(folder_.path()); }).find("ps.tsv"),
            std::string::npos);
}

}  // namespace
}  // namespace espalier::datasets
