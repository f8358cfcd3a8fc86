#include <espalier/datasets/typed_blocks.h>

#include <algorithm>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include <espalier/base/error.h>
#include <espalier/graph/meta_path.h>

#include "tests/support/errors.h"

namespace espalier::datasets {
namespace {

using test::error_of;

template <class T>
std::vector<T> list(std::span<const T> items) {
  return {items.begin(), items.end()};
}

// How many neighbours along a path are of a paper's own class.
double share_of_own_class(const LabelledGraph& data, const std::string& path) {
  const Adjacency neighbours =
      compose(data.graph, MetaPath(path, data.graph), {.self_loops = SelfLoops::kRemoved});
  std::size_t num_own = 0;
  for (NodeId v = 0; v < neighbours.num_rows(); ++v) {
    for (const NodeId u : neighbours.of(v)) num_own += data.labels[u] == data.labels[v] ? 1 : 0;
  }
  return static_cast<double>(num_own) / static_cast<double>(neighbours.num_edges());
}

TEST(TypedBlocksTest, OneMetaPathInformsAndTheOtherDoesNot) {
  const LabelledGraph data = generate_typed_blocks();
  // Both ends draw the author by its class: with p = .8 + .2 / 4, p^2 + (1 - p)^2 / 3.
  EXPECT_NEAR(share_of_own_class(data, data.meta_paths[0]), 0.73, 0.03);
  EXPECT_NEAR(share_of_own_class(data, data.meta_paths[1]), 0.25, 0.02);
}

TEST(TypedBlocksTest, WordsOfAPapersClassAreMoreLikely) {
  const LabelledGraph data = generate_typed_blocks();
  std::size_t num_own = 0;
  for (NodeId v = 0; v < data.num_targets(); ++v) {
    for (const NodeId word : data.features.sparse.of(v)) {
      num_own += static_cast<std::int32_t>(word % 4) == data.labels[v] ? 1 : 0;
    }
  }
  EXPECT_NEAR(static_cast<double>(num_own) / static_cast<double>(data.features.sparse.num_edges()),
              0.3 + 0.7 / 4, 0.02);
}

TEST(TypedBlocksTest, SplitsAndClassesAreAsAskedFor) {
  const LabelledGraph data = generate_typed_blocks({.num_papers = 401,
                                                    .num_classes = 3,
                                                    .features = TypedBlockFeatures::kDense,
                                                    .num_features = 7,
                                                    .train_per_class = 100,
                                                    .num_dev = 50,
                                                    .num_test = 51});
  EXPECT_EQ(data.features.dense.shape(), Shape({401, 7}));
  for (std::int32_t c = 0; c < 3; ++c) {
    const auto is_c = [&](NodeId v) { return data.labels[v] == c; };
    EXPECT_EQ(std::ranges::count_if(data.nodes.train, is_c), 100);
    EXPECT_NEAR(static_cast<double>(std::ranges::count(data.labels, c)), 401.0 / 3, 1);
  }
  EXPECT_EQ(data.nodes.dev.size(), 50u);
  EXPECT_EQ(data.nodes.test.size(), 51u);
}

TEST(TypedBlocksTest, ASeedSaysAll) {
  const auto columns = [](std::uint64_t seed) {
    const LabelledGraph data = generate_typed_blocks({.seed = seed});
    return list(data.graph.edge_type("written_by").edges.columns());
  };
  EXPECT_EQ(columns(3), columns(3));
  EXPECT_NE(columns(3), columns(4));
  EXPECT_TRUE(generate_typed_blocks({.features = TypedBlockFeatures::kNone}).features.is_one_hot());
}

TEST(TypedBlocksTest, APapersNodesAreDifferentEvenWhenAllAreTaken) {
  const LabelledGraph data = generate_typed_blocks(
      {.num_authors = 12, .num_tags = 3, .max_authors = 3, .max_tags = 3, .loyalty = 1.0f});
  for (const EdgeType& type : data.graph.edge_types()) {
    for (NodeId v = 0; v < data.num_targets(); ++v) {
      const auto row = type.edges.of(v);
      ASSERT_EQ(std::set<NodeId>(row.begin(), row.end()).size(), row.size());
    }
  }
}

TEST(TypedBlocksTest, RefusesOptionsOutOfRange) {
  EXPECT_EQ(error_of<OptionError>([] { generate_typed_blocks({.num_papers = 600}); }),
            "num_papers, for train_per_class, num_dev and num_test, is 600, expected 680 or more");
  EXPECT_EQ(error_of<OptionError>([] { generate_typed_blocks({.num_authors = 15}); }),
            "num_authors, for num_classes and max_authors, is 15, expected 16 or more");
  EXPECT_EQ(error_of<OptionError>([] { generate_typed_blocks({.num_tags = 3}); }),
            "num_tags, for max_tags, is 3, expected 4 or more");
  EXPECT_EQ(error_of<OptionError>([] { generate_typed_blocks({.num_features = 3}); }),
            "num_features, for num_classes, is 3, expected 4 or more");
  EXPECT_NE(error_of<OptionError>([] { generate_typed_blocks({.loyalty = 1.5f}); }).find("loyalty"),
            std::string::npos);
}

}  // namespace
}  // namespace espalier::datasets
