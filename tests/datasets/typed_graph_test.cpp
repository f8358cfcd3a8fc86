#include <espalier/datasets/typed_graph.h>

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <espalier/base/error.h>
#include <espalier/datasets/edge_index.h>

#include "tests/datasets/files.h"
#include "tests/support/errors.h"

namespace espalier::datasets {
namespace {

using test::error_of;
using Ids = std::vector<NodeId>;

template <class T>
std::vector<T> list(std::span<const T> items) {
  return {items.begin(), items.end()};
}

// Damage at one place: `what` is in `text` once.
std::string with(std::string text, std::string_view what, std::string_view instead) {
  return text.replace(text.find(what), what.size(), instead);
}

constexpr const char* kGraph = R"({
  "format": "espalier typed graph 1",
  "node_types": [{"name": "paper", "count": 3},
                 {"name": "author", "count": 2}],
  "edge_types": [
    {"name": "by", "source": "paper", "target": "author", "file": "by.tsv"},
    {"name": "cites", "source": "paper", "target": "paper", "file": "cites.tsv"}
  ],
  "target": "paper",
  "classes": ["data base", "wireless"],
  "features": {"file": "words.tsv", "form": "sparse", "count": 4},
  "labels": "labels.tsv",
  "split": "split.tsv",
  "meta_paths": ["paper>author>paper",
                 "paper>paper"]
}
)";

class TypedGraphTest : public testing::Test {
 protected:
  TypedGraphTest() {
    folder_.write("graph.json", kGraph);
    folder_.write("by.tsv", "0\t1\n2\t0\n1\t1\n");
    folder_.write("cites.tsv", "0\t2\t0.5\n");
    folder_.write("words.tsv", test::gzip("0 3\n\n2\n"));
    folder_.write("labels.tsv", "# of papers\n2\twireless\n0\tdata base\n");
    folder_.write("split.tsv", "2\ttrain\n0\tval\n");
  }

  // Without the folder's name.
  std::string error_with(std::string_view file, std::string_view text) {
    folder_.write(file, text);
    return error_of<ParseError>([&] { load_typed_graph(folder_.path()); })
        .substr(folder_.path().string().size() + 1);
  }
  std::string error_with_graph(std::string_view what, std::string_view instead) {
    return error_with("graph.json", with(kGraph, what, instead));
  }

  test::TemporaryFolder folder_;
};

TEST_F(TypedGraphTest, ReadsAllThereIs) {
  const LabelledGraph data = load_typed_graph(folder_.path());
  EXPECT_EQ(data.num_targets(), 3u);
  EXPECT_EQ(data.graph.node_type("author").count, 2u);
  EXPECT_EQ(list(data.graph.edge_type("by").edges.columns()), (Ids{1, 1, 0}));
  EXPECT_EQ(list(data.graph.edge_type("cites").edges.weights()), (std::vector<float>{0.5f}));
  EXPECT_EQ(data.classes, (std::vector<std::string>{"data base", "wireless"}));
  EXPECT_EQ(data.labels, (std::vector<std::int32_t>{0, kNoLabel, 1}));
  EXPECT_EQ(data.nodes.train, (Ids{2}));
  EXPECT_EQ(data.nodes.dev, (Ids{0}));
  EXPECT_TRUE(data.nodes.test.empty());
  EXPECT_EQ(data.features.sparse.num_columns(), 4u);
  EXPECT_EQ(list(data.features.sparse.columns()), (Ids{0, 3, 2}));
  EXPECT_EQ(data.meta_paths, (std::vector<std::string>{"paper>author>paper", "paper>paper"}));
}

TEST_F(TypedGraphTest, ReadsDenseFeaturesOrNone) {
  folder_.write("graph.json",
                with(with(kGraph, "sparse", "dense"), "\"count\": 4", "\"count\": 2"));
  folder_.write("words.tsv", "1 2.5\n-3\t4e1\n0 0\n");
  EXPECT_EQ(load_typed_graph(folder_.path()).features.dense.at(1, 1), 40.0f);
  folder_.write(
      "graph.json",
      with(kGraph, R"(  "features": {"file": "words.tsv", "form": "sparse", "count": 4},)", ""));
  EXPECT_TRUE(load_typed_graph(folder_.path()).features.is_one_hot());
}

void expect_same(const LabelledGraph& a, const LabelledGraph& b) {
  ASSERT_EQ(a.graph.edge_types().size(), b.graph.edge_types().size());
  for (std::size_t i = 0; i < a.graph.edge_types().size(); ++i) {
    const EdgeType &x = a.graph.edge_types()[i], &y = b.graph.edge_types()[i];
    EXPECT_EQ(x.name + x.source + x.target, y.name + y.source + y.target);
    EXPECT_EQ(list(x.edges.offsets()), list(y.edges.offsets()));
    EXPECT_EQ(list(x.edges.columns()), list(y.edges.columns()));
    EXPECT_EQ(list(x.edges.weights()), list(y.edges.weights()));
  }
  EXPECT_EQ(a.target, b.target);
  EXPECT_EQ(a.classes, b.classes);
  EXPECT_EQ(a.labels, b.labels);
  EXPECT_EQ(a.nodes.train, b.nodes.train);
  EXPECT_EQ(a.nodes.dev, b.nodes.dev);
  EXPECT_EQ(a.nodes.test, b.nodes.test);
  EXPECT_EQ(a.meta_paths, b.meta_paths);
  EXPECT_EQ(list(a.features.dense.flat()), list(b.features.dense.flat()));
  EXPECT_EQ(list(a.features.sparse.columns()), list(b.features.sparse.columns()));
  EXPECT_EQ(list(a.features.sparse.weights()), list(b.features.sparse.weights()));
}

TEST_F(TypedGraphTest, SavesWhatItLoadsAgain) {
  LabelledGraph data = load_typed_graph(folder_.path());
  const std::filesystem::path copy = folder_.path() / "a" / "copy";
  save_typed_graph(data, copy);
  expect_same(load_typed_graph(copy), data);
  data.features = {.dense = Tensor::from_values({3, 2}, {0.1f, 2, 3e-40f, 4, -5, 6}), .sparse = {}};
  save_typed_graph(data, copy);
  expect_same(load_typed_graph(copy), data);
  data.features = {.dense = Tensor(), .sparse = Adjacency(9, {0, 1, 1, 2}, {8, 0}, {0.1f, -7})};
  save_typed_graph(data, copy);
  expect_same(load_typed_graph(copy), data);
  data.features = {};
  save_typed_graph(data, copy);
  EXPECT_TRUE(load_typed_graph(copy).features.is_one_hot());
}

TEST_F(TypedGraphTest, DoesNotSaveWhatTextCannotHold) {
  const auto error_of_classes = [&](std::vector<std::string> classes) {
    LabelledGraph data = load_typed_graph(folder_.path());
    data.classes = std::move(classes);
    return error_of<GraphError>([&] { save_typed_graph(data, folder_.path() / "copy"); });
  };
  EXPECT_EQ(error_of_classes({"a", "a"}), "two classes have the name \"a\"");
  EXPECT_NE(error_of_classes({"a", "b\tc"}).find("has a tab or line break"), std::string::npos);
  EXPECT_NE(error_of_classes({"a", "\xff"}).find("is no UTF-8"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "copy"));
}

TEST_F(TypedGraphTest, RefusesTypesThatAreNotThere) {
  EXPECT_EQ(error_with_graph("\"target\": \"author\"", "\"target\": \"venue\""),
            "graph.json:6:49: there is no node type \"venue\"; there are: paper author");
  EXPECT_EQ(error_with_graph("\"target\": \"paper\",\n  \"cl", "\"target\": \"x\",\n  \"cl"),
            "graph.json:9:13: there is no node type \"x\"; there are: paper author");
  EXPECT_EQ(error_with_graph("\"name\": \"author\"", "\"name\": \"paper\""),
            "graph.json:4:27: two node types have the name \"paper\"");
}

TEST_F(TypedGraphTest, RefusesMetaPathsThatDoNotFit) {
  EXPECT_EQ(error_with_graph("paper>author>paper", "paper>venue>paper"),
            "graph.json:14:18: meta-path \"paper>venue>paper\": there is no node type \"venue\"; "
            "there are: paper author");
  EXPECT_EQ(error_with_graph("\"paper>paper\"", "\"paper>author\""),
            "graph.json:15:18: meta-path \"paper>author\" is from paper to author, expected from "
            "paper to paper");
}

TEST_F(TypedGraphTest, RefusesWhatIsNoDescription) {
  EXPECT_EQ(error_with_graph("\"split\"", "\"spilt\""),
            "graph.json:13:12: found an entry \"spilt\", expected \"format\", \"node_types\", "
            "\"edge_types\", \"target\", \"classes\", \"features\", \"labels\", \"split\", "
            "\"meta_paths\"");
  EXPECT_EQ(
      error_with_graph("graph 1", "graph 2"),
      "graph.json:2:13: found \"espalier typed graph 2\", expected \"espalier typed graph 1\"");
  EXPECT_EQ(error_with_graph("\"count\": 2", "\"count\": -2"),
            "graph.json:4:46: found -2, expected a whole number, 0 .. 1048575");
  EXPECT_EQ(error_with_graph("\"wireless\"", "\"data base\""),
            "graph.json:10:28: two classes have the name \"data base\"");
  EXPECT_EQ(error_with_graph("\"target\": \"paper\",\n  \"cl", "\"cl"),
            "graph.json:1:1: an object has no entry \"target\"");
  EXPECT_EQ(error_with_graph("\"count\": 2}]", "\"count\": 2}").substr(0, 24),
            "graph.json:5:15: no JSON");
}

// A few bytes must not cost gigabytes, nor more stack than there is.
TEST_F(TypedGraphTest, BelievesNoSizesThatItsFilesDoNotBear) {
  EXPECT_EQ(error_with_graph("\"count\": 2}", "\"count\": 200000000}"),
            "graph.json:4:46: found 200000000, expected a whole number, 0 .. 1048575");
  EXPECT_EQ(error_with_graph("\"count\": 4", "\"count\": 4000000000").substr(0, 35),
            "graph.json:11:64: found 4000000000,");
  EXPECT_EQ(error_with("graph.json", std::string(100000, '[')),
            "graph.json:1:33: nested more than 32 deep");
  EXPECT_EQ(error_with("graph.json", "[" + std::string(2u << 20, ' ') + "]"),
            "graph.json:1:1: more than 1048576 bytes of JSON");
  std::string types;
  for (int i = 0; i < 1000; ++i)
    types += "{\"name\": \"t" + std::to_string(i) + "\", \"count\": 1}, ";
  EXPECT_EQ(error_with_graph("{\"name\": \"paper\"", types + "{\"name\": \"paper\""),
            "graph.json:3:17: found 1002 types, expected at most 1000");
}

TEST_F(TypedGraphTest, ReadsManyNodesOfLargeTables) {
  std::string lines;
  for (int i = 0; i < 20000; ++i) lines += "0\t1500000\n";
  folder_.write("by.tsv", lines);
  folder_.write("graph.json", with(kGraph, "\"count\": 2}", "\"count\": 1500001}"));
  EXPECT_EQ(load_typed_graph(folder_.path()).graph.node_type("author").count, 1500001u);
}

TEST_F(TypedGraphTest, RefusesTablesThatDoNotFit) {
  EXPECT_EQ(error_with("by.tsv", "0\t1\n0\t2\n"),
            "by.tsv:2:3: target 2 is out of range, expected 0 .. 1");
  folder_.write("by.tsv", "");
  EXPECT_EQ(error_with("words.tsv", "0\n1\n"),
            "words.tsv: features of 2 nodes, expected 3 lines, one for each node");
  EXPECT_EQ(error_with("words.tsv", "0\n1\n2\n3\n"),
            "words.tsv:4:1: found features of another node, expected 3 lines, one for each node");
  EXPECT_EQ(error_with("words.tsv", "0\n1 4\n2\n"),
            "words.tsv:2:3: found column \"4\", expected a number below 4");
  EXPECT_EQ(error_with("words.tsv", "0\n1 1\n2\n"),
            "words.tsv:2:1: column 1 stands twice, expected each once in a line");
  EXPECT_EQ(error_with("words.tsv", "0:1\n1\n2\n"),
            "words.tsv:2:1: found \"1\", expected column:value as before");
  EXPECT_EQ(error_with("words.tsv", "0:1\n1:x\n2\n"),
            "words.tsv:2:3: found value \"x\", expected a finite number");
  folder_.write("words.tsv", "\n\n\n");
  EXPECT_EQ(error_with("labels.tsv", "0\twireles\n"),
            "labels.tsv:1:3: found class \"wireles\", expected one of \"data base\", \"wireless\"");
  EXPECT_EQ(error_with("labels.tsv", "0\twireless\n0\twireless\n"),
            "labels.tsv:2:1: node 0 has a label already, expected one for each node");
  folder_.write("labels.tsv", "0\twireless\n2\twireless\n");
  EXPECT_EQ(error_with("split.tsv", "0\ttrain\n0\ttest\n"),
            "split.tsv:2:1: node 0 is in a split already, expected each in one at most");
  EXPECT_EQ(error_with("split.tsv", "1\ttrain\n"),
            "split.tsv:1:1: node 1 has no label, expected one, as it is in a split");
  EXPECT_EQ(error_with("split.tsv", "3\ttrain\n"),
            "split.tsv:1:1: node 3 is out of range, expected 0 .. 2");
  EXPECT_EQ(error_with("split.tsv", "0\ttrian\n"),
            "split.tsv:1:3: found split \"trian\", expected train, dev (val) or test");
}

TEST_F(TypedGraphTest, NamesAFileThatIsNotThere) {
  folder_.write("graph.json", with(kGraph, "by.tsv", "none.tsv"));
  EXPECT_NE(error_of<FileError>([&] { load_typed_graph(folder_.path()); }).find("none.tsv"),
            std::string::npos);
}

TEST_F(TypedGraphTest, EdgesMayBeAnEdgeIndex) {
  const Ids expected = list(load_typed_graph(folder_.path()).graph.edge_type("by").edges.columns());
  const std::vector<Edge> edges = {{0, 1}, {2, 0}, {1, 1}};
  const Adjacency by = Adjacency::from_edges(3, 2, edges);
  for (const std::string file : {"by.npy", "by.npz", "by.safetensors"}) {
    save_edge_index(by, folder_.path() / file);
    folder_.write("graph.json", with(kGraph, "by.tsv", file));
    const LabelledGraph data = load_typed_graph(folder_.path());
    EXPECT_EQ(list(data.graph.edge_type("by").edges.columns()), expected);
  }
  const auto named = [&](const char* file, const char* array) {
    return error_with("graph.json", with(kGraph, "\"by.tsv\"",
                                         message('"', file, "\", \"array\": \"", array, '"')));
  };
  EXPECT_EQ(named("by.npz", "x"), "by.npz: there is no array \"x\"; there are: \"edge_index\"");
  EXPECT_EQ(named("by.tsv", "x").substr(0, 59),
            "graph.json:6:86: found an array's name, expected none, for ");
  save_edge_index(Adjacency::from_edges(9, 9, std::vector<Edge>{{8, 8}}),
                  folder_.path() / "by.npy");
  EXPECT_EQ(error_with("graph.json", with(kGraph, "by.tsv", "by.npy")),
            "by.npy: edge 0 has source 8, expected 0 .. 2");
}

}  // namespace
}  // namespace espalier::datasets
