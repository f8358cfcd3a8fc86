#include <espalier/datasets/relational_graphs.h>

#include <gtest/gtest.h>

#include <espalier/graph/meta_path.h>

#include "tests/datasets/published_data.h"

namespace espalier::datasets {
namespace {

std::vector<EdgeId> sizes_of_meta_paths(const LabelledGraph& data) {
  std::vector<EdgeId> sizes;
  for (const std::string& path : data.meta_paths) {
    sizes.push_back(compose(data.graph, MetaPath(path, data.graph)).num_edges());
  }
  return sizes;
}

void expect_split(const LabelledGraph& data, int labels_per_class) {
  EXPECT_EQ(data.nodes.train.size(),
            static_cast<std::size_t>(labels_per_class * data.num_classes()));
  EXPECT_EQ(data.nodes.dev.size(), 1000u);
  EXPECT_EQ(data.nodes.test.size(), 1000u);
}

TEST(RelationalGraphsDataTest, ComposesToThePublishedSizes) {
  ESPALIER_SKIP_WITHOUT(test::published_data() / "acm-rel");
  using Sizes = std::vector<EdgeId>;
  for (const int n : {20, 40, 60}) {
    const LabelledGraph acm =
        load_acm_relations(test::published_data() / "acm-rel", {.labels_per_class = n});
    expect_split(acm, n);
    EXPECT_EQ(sizes_of_meta_paths(acm), (Sizes{57853, 4338213}));
    EXPECT_EQ(acm.features.sparse.num_edges(), 340377u);
    EXPECT_EQ(acm.features.sparse.num_columns(), 1902u);
    const LabelledGraph aminer =
        load_aminer(test::published_data() / "aminer", {.labels_per_class = n});
    expect_split(aminer, n);
    EXPECT_EQ(sizes_of_meta_paths(aminer), (Sizes{21976, 129824}));
    const LabelledGraph freebase =
        load_freebase(test::published_data() / "freebase", {.labels_per_class = n});
    expect_split(freebase, n);
    EXPECT_EQ(sizes_of_meta_paths(freebase), (Sizes{254702, 8404, 10706}));
  }
}

}  // namespace
}  // namespace espalier::datasets
