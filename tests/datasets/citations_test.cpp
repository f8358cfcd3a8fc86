#include <espalier/datasets/citations.h>

#include <vector>

#include <gtest/gtest.h>

#include <espalier/base/error.h>
#include <espalier/graph/laplacian.h>

#include "tests/datasets/files.h"
#include "tests/support/errors.h"

namespace espalier::datasets {
namespace {

using test::error_of;
using Ids = std::vector<NodeId>;

class CitationsTest : public testing::Test {
 protected:
  CitationsTest() {
    folder_.write("nodes.tsv",
                  "#node\tlabel\tsplit\n0\t1\ttrain\n1\t-1\tnone\n2\t0\tval\n3\t2\ttest\n");
    folder_.write("edges.tsv", "0\t2\n1\t1\n0\t1\n");
    folder_.write("features.tsv.gz", test::gzip("0 4\n\n4\n2\n"));
  }
  // Without the folder's name.
  std::string error_with(std::string_view file, std::string_view text) {
    folder_.write(file, text);
    return error_of<ParseError>([&] { load_citations(folder_.path()); })
        .substr(folder_.path().string().size() + 1);
  }

  test::TemporaryFolder folder_;
};

TEST_F(CitationsTest, HasLinksBothWaysAndSelfLoopsOnce) {
  const LabelledGraph data = load_citations(folder_.path());
  const Adjacency& links = data.graph.edge_type("cites").edges;
  EXPECT_EQ(Ids(links.of(0).begin(), links.of(0).end()), (Ids{1, 2}));
  EXPECT_EQ(Ids(links.of(1).begin(), links.of(1).end()), (Ids{0, 1}));
  EXPECT_EQ(Ids(links.of(2).begin(), links.of(2).end()), (Ids{0}));
  EXPECT_TRUE(links.of(3).empty());
  EXPECT_NO_THROW(normalized_adjacency(links, true));
}

TEST_F(CitationsTest, ReadsLabelsSplitsAndWords) {
  const LabelledGraph data = load_citations(folder_.path());
  EXPECT_EQ(data.labels, (std::vector<std::int32_t>{1, kNoLabel, 0, 2}));
  EXPECT_EQ(data.num_classes(), 3);
  EXPECT_EQ(data.nodes.train, (Ids{0}));
  EXPECT_EQ(data.nodes.dev, (Ids{2}));
  EXPECT_EQ(data.nodes.test, (Ids{3}));
  EXPECT_EQ(data.features.sparse.num_rows(), 4u);
  EXPECT_EQ(data.features.sparse.num_columns(), 5u);
}

TEST_F(CitationsTest, RefusesWhatDoesNotFit) {
  EXPECT_EQ(error_with("edges.tsv", "0\t1\n1\t0\n"),
            "edges.tsv:2:1: papers 1 and 0 are linked already, expected each undirected link once");
  EXPECT_EQ(error_with("edges.tsv", "0\t4\n"),
            "edges.tsv:1:3: paper 4 is out of range, expected 0 .. 3");
  folder_.write("edges.tsv", "");
  EXPECT_EQ(error_with("features.tsv.gz", "0\n"),
            "features.tsv.gz: features of 1 nodes, expected 4 lines, one for each node");
  EXPECT_EQ(error_with("nodes.tsv", "1\t0\ttrain\n"), "nodes.tsv:1:1: found paper 1, expected 0");
  EXPECT_EQ(error_with("nodes.tsv", "0\tx\ttrain\n"),
            "nodes.tsv:1:3: found label \"x\", expected -1 .. 999");
  EXPECT_EQ(error_with("nodes.tsv", "0\t0\tsome\n"),
            "nodes.tsv:1:5: found split \"some\", expected train, val, test or none");
  EXPECT_EQ(error_with("nodes.tsv", "0\t-1\ttrain\n"),
            "nodes.tsv:1:3: paper 0 has no label, expected one, as it is in a split");
  EXPECT_EQ(error_with("nodes.tsv", ""), "nodes.tsv: no papers, expected one on each line");
}

}  // namespace
}  // namespace espalier::datasets
