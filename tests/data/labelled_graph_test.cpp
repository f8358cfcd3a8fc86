#include <espalier/data/labelled_graph.h>

#include <gtest/gtest.h>

#include <espalier/base/error.h>

#include "tests/support/errors.h"

namespace espalier {
namespace {

// Three papers by two authors.
LabelledGraph some_graph() {
  return {.graph = HeteroGraph(
              {{"paper", 3}, {"author", 2}},
              {{"by", "paper", "author",
                Adjacency::from_edges(3, 2, std::vector<Edge>{{0, 0}, {1, 0}, {2, 1}})}}),
          .target = "paper",
          .features = {},
          .labels = {0, 1, kNoLabel},
          .classes = {"physics", "biology"},
          .nodes = {{0}, {1}, {}},
          .meta_paths = {"paper>author>paper"}};
}

std::string error_of(void (*damage)(LabelledGraph&)) {
  LabelledGraph data = some_graph();
  damage(data);
  return test::error_of<GraphError>([&] { check(data); });
}

TEST(LabelledGraphTest, IsCheckedAsAWhole) {
  check(some_graph());
  EXPECT_EQ(error_of([](LabelledGraph& d) { d.labels.pop_back(); }),
            "2 labels of 3 nodes of type paper, expected one for each");
  EXPECT_EQ(error_of([](LabelledGraph& d) { d.labels[1] = 2; }),
            "node 1 has label 2, expected a class below 2, or -1 for none");
  EXPECT_EQ(error_of([](LabelledGraph& d) { d.nodes.dev = {3}; }),
            "the dev split has node 3, expected below 3");
  EXPECT_EQ(error_of([](LabelledGraph& d) { d.nodes.dev = {0}; }),
            "node 0 is in the train split and again in the dev split");
  EXPECT_EQ(error_of([](LabelledGraph& d) { d.nodes.test = {2}; }),
            "node 2 of the test split has no label");
  EXPECT_EQ(error_of([](LabelledGraph& d) {
              d.features.dense = Tensor::zeros({2, 5});
            }),
            "features of 2 nodes, expected 3, those of type paper");
  EXPECT_EQ(error_of([](LabelledGraph& d) {
              d.features.sparse = Adjacency(4, {0, 0}, {});
            }),
            "features of 1 nodes, expected 3, those of type paper");
  EXPECT_EQ(error_of([](LabelledGraph& d) { d.meta_paths = {"paper>author"}; }),
            "meta-path \"paper>author\" is from paper to author, expected from paper to paper");
  EXPECT_EQ(error_of([](LabelledGraph& d) { d.target = "venue"; }),
            "there is no node type \"venue\"; there are: paper author");
}

}  // namespace
}  // namespace espalier
