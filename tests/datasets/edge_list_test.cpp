#include <espalier/datasets/edge_list.h>

#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include <espalier/base/error.h>

#include "tests/datasets/files.h"
#include "tests/support/errors.h"

namespace espalier::datasets {
namespace {

using test::error_of;
using Ids = std::vector<NodeId>;

class EdgeListTest : public testing::Test {
 protected:
  Adjacency load(std::string_view text, const EdgeListOptions& options = {}) {
    return load_edge_list(folder_.write("e.tsv", text), options);
  }
  // Without the name of the file.
  std::string error_in(std::string_view text, const EdgeListOptions& options = {}) {
    return error_of<ParseError>([&] { load(text, options); })
        .substr((folder_.path() / "e.tsv").string().size());
  }

  test::TemporaryFolder folder_;
};

template <class T>
std::vector<T> list(std::span<const T> items) {
  return {items.begin(), items.end()};
}

TEST_F(EdgeListTest, CountsNodesByTheGreatestNumber) {
  const Adjacency edges = load(test::gzip("# who\twhom\n2\t7\r\n0\t1\n2\t0\n2\t7"));
  EXPECT_EQ(edges.num_rows(), 3u);
  EXPECT_EQ(edges.num_columns(), 8u);
  EXPECT_EQ(list(edges.columns()), (Ids{1, 7, 0, 7}));
  EXPECT_FALSE(edges.has_weights());
  EXPECT_EQ(load("").num_rows(), 0u);
}

TEST_F(EdgeListTest, TakesTheNumbersGiven) {
  const Adjacency edges = load("0\t1\t-0.5\n", {.num_rows = 4, .num_columns = 5});
  EXPECT_EQ(edges.num_rows(), 4u);
  EXPECT_EQ(edges.num_columns(), 5u);
  EXPECT_EQ(list(edges.weights()), (std::vector<float>{-0.5f}));
}

TEST_F(EdgeListTest, WritesWhatItReadsBackBitForBit) {
  const std::vector<Edge> given = {{3, 0}, {0, 2}, {3, 0}};
  const std::vector<float> weights = {0.1f, std::numeric_limits<float>::denorm_min(), 1e30f};
  const Adjacency saved = Adjacency::from_edges(4, 3, given, weights);
  const std::filesystem::path path = folder_.path() / "saved.tsv";
  save_edge_list(saved, path);
  const Adjacency loaded = load_edge_list(path);
  EXPECT_EQ(list(loaded.offsets()), list(saved.offsets()));
  EXPECT_EQ(list(loaded.columns()), list(saved.columns()));
  EXPECT_EQ(list(loaded.weights()), list(saved.weights()));
}

TEST_F(EdgeListTest, RefusesWhatIsNoEdge) {
  EXPECT_EQ(error_in("0\t1\n\n"),
            ":2:1: found 1 fields, expected source<TAB>target or source<TAB>target<TAB>weight");
  EXPECT_EQ(error_in("0\t1\n0\t-1\n"), ":2:3: found \"-1\", expected the number of a target");
  EXPECT_EQ(error_in("0\t1\n4\t1\n", {.num_rows = 4}),
            ":2:1: source 4 is out of range, expected 0 .. 3");
  EXPECT_EQ(error_in("0\t0\n", {.num_columns = 0}),
            ":1:3: target 0 is out of range, expected none, for there are none");
  EXPECT_EQ(error_in("0\t4000000000\n"),
            ":1:3: target 4000000000 is out of range, expected 0 .. 1048575");
  EXPECT_EQ(error_in("0\t1\t2\n0\t1\n"),
            ":2:3: found no weight, expected one as on the lines before");
  EXPECT_EQ(error_in("0\t1\n0\t1\t2\n"),
            ":2:5: found a weight, expected none as on the lines before");
  EXPECT_EQ(error_in("0\t1\tnan\n"), ":1:5: found weight \"nan\", expected a finite number");
}

}  // namespace
}  // namespace espalier::datasets
