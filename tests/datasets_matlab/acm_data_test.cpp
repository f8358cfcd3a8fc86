#include <espalier/datasets_matlab/acm.h>

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "tests/datasets/published_data.h"

namespace espalier::datasets {
namespace {

TEST(AcmDataTest, HasThePublishedCounts) {
  ESPALIER_SKIP_WITHOUT(test::published_data() / "acm");
  const LabelledGraph data = load_acm(test::published_data() / "acm");
  EXPECT_EQ(data.num_targets(), 3025u);
  EXPECT_EQ(data.graph.edge_type("pap").edges.num_edges(), 29281u);
  EXPECT_EQ(data.graph.edge_type("psp").edges.num_edges(), 2210761u);
  EXPECT_EQ(data.features.sparse.num_columns(), 1870u);
  EXPECT_EQ(data.features.sparse.num_edges(), 253300u);
  EXPECT_FALSE(data.features.sparse.has_weights());
  EXPECT_EQ(std::ranges::count(data.labels, 0), 1061);
  EXPECT_EQ(std::ranges::count(data.labels, 1), 965);
  EXPECT_EQ(data.nodes.train.size(), 600u);
  EXPECT_EQ(data.nodes.dev.size(), 300u);
  EXPECT_EQ(data.nodes.test.size(), 2125u);
  // The example of the paper's figure 4.
  const auto row = data.graph.edge_type("pap").edges.of(831);
  EXPECT_EQ(std::vector<NodeId>(row.begin(), row.end()),
            (std::vector<NodeId>{133, 699, 831, 1973, 2328, 2384}));
}

}  // namespace
}  // namespace espalier::datasets
