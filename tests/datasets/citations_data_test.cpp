#include <espalier/datasets/citations.h>

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "tests/datasets/published_data.h"

namespace espalier::datasets {
namespace {

using Counts = std::vector<std::int64_t>;

Counts class_sizes(const LabelledGraph& data) {
  Counts counts;
  for (int c = 0; c < data.num_classes(); ++c) counts.push_back(std::ranges::count(data.labels, c));
  return counts;
}

TEST(CitationsDataTest, CoraHasThePublishedCounts) {
  ESPALIER_SKIP_WITHOUT(test::published_data() / "cora");
  const LabelledGraph data = load_citations(test::published_data() / "cora");
  EXPECT_EQ(data.num_targets(), 2708u);
  EXPECT_EQ(data.graph.edge_type("cites").edges.num_edges(), 2u * 5278);
  EXPECT_EQ(data.features.sparse.num_columns(), 1433u);
  EXPECT_EQ(class_sizes(data), (Counts{351, 217, 418, 818, 426, 298, 180}));
  EXPECT_EQ(data.nodes.train.size(), 140u);
  EXPECT_EQ(data.nodes.dev.size(), 500u);
  EXPECT_EQ(data.nodes.test.size(), 1000u);
}

TEST(CitationsDataTest, CiteseerHasThePublishedCounts) {
  ESPALIER_SKIP_WITHOUT(test::published_data() / "citeseer");
  const LabelledGraph data = load_citations(test::published_data() / "citeseer");
  EXPECT_EQ(data.num_targets(), 3327u);
  EXPECT_EQ(data.graph.edge_type("cites").edges.num_edges(), 2u * 4552 + 124);
  EXPECT_EQ(data.features.sparse.num_columns(), 3703u);
  EXPECT_EQ(class_sizes(data), (Counts{249, 590, 668, 701, 596, 508}));
  EXPECT_EQ(std::ranges::count(data.labels, kNoLabel), 15);
  EXPECT_EQ(data.nodes.train.size(), 120u);
  EXPECT_EQ(data.nodes.test.size(), 1000u);
}

}  // namespace
}  // namespace espalier::datasets
