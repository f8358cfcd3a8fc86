#include <espalier/models/node_graph.h>

#include <algorithm>
#include <numeric>

#include <gtest/gtest.h>

#include <espalier/base/error.h>
#include <espalier/models/han.h>
#include <espalier/ops/training_mode.h>
#include <espalier/training/trainer.h>

#include "tests/models/labelled_graphs.h"
#include "tests/support/errors.h"
#include "tests/support/threads.h"

namespace espalier::models {
namespace {

using test::error_of;
using Nodes = std::vector<NodeId>;
using Graph = std::shared_ptr<const NodeGraph>;

enum class Known { kNumbers, kWords, kNothing };

// Papers 0 and 1 lose their edges; paper 2 has each of its own twice.
LabelledGraph some_papers(NodeId num_papers, Known known = Known::kNumbers) {
  LabelledGraph data = test::random_papers(num_papers, 3, 1);
  std::vector<EdgeType> types;
  for (const EdgeType& type : data.graph.edge_types()) {
    std::vector<Edge> edges;
    for (NodeId v = 2; v < num_papers; ++v) {
      for (const NodeId u : type.edges.of(v)) {
        edges.push_back({v, u});
        if (v == 2) edges.push_back({v, u});
      }
    }
    types.push_back({type.name, type.source, type.target,
                     Adjacency::from_edges(num_papers, type.edges.num_columns(), edges)});
  }
  const auto nodes = data.graph.node_types();
  data.graph = HeteroGraph({nodes.begin(), nodes.end()}, types);
  if (known != Known::kNumbers) data.features = {};
  if (known == Known::kWords) {
    std::vector<Edge> words;
    for (NodeId v = 1; v < num_papers; ++v) {
      words.push_back({v, v % 5});
      words.push_back({v, 5 + v % 3});
    }
    data.features.sparse = Adjacency::from_edges(num_papers, 8, words);
  }
  return data;
}

Graph prepared(const LabelledGraph& data, int sampled_neighbours, bool self_loops = true) {
  return std::make_shared<const NodeGraph>(
      prepare(data, {.self_loops = self_loops, .sampled_neighbours = sampled_neighbours}));
}

HANOptions han_options(const NodeGraph& graph, float dropout = 0.0f) {
  return {.num_features = static_cast<int>(graph.features.num_features()),
          .num_classes = 3,
          .num_paths = static_cast<int>(graph.names.size()),
          .heads = 2,
          .head_size = 4,
          .attention_size = 6,
          .dropout = dropout};
}

NodeBatch training_batch(const HAN& model, const Graph& graph, const Nodes& nodes, Rng& rng) {
  const Training training;
  std::vector<std::uint32_t> numbers(nodes.size());
  std::iota(numbers.begin(), numbers.end(), 0u);
  return model.make_batch({graph, nodes}, numbers, rng);
}

// The loss, and what is kept of it: logits and every gradient.
std::vector<Tensor> answers(const HAN& model, const NodeBatch& batch) {
  Rng rng(9);
  std::vector<Tensor> result;
  result.push_back(model.logits(batch, rng).value().clone());
  for (const NamedParameter& p : model.parameters()) p.variable.clear_gradient();
  model.loss(batch, rng).backward();
  for (const NamedParameter& p : model.parameters()) {
    result.push_back(p.variable.gradient().clone());
  }
  return result;
}

void expect_close(const std::vector<Tensor>& actual, const std::vector<Tensor>& expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) {
    EXPECT_TRUE(all_close(actual[i], expected[i], 1e-5f, 1e-6f)) << i;
  }
}

TEST(NodeGraphTest, WithEnoughNeighboursABatchOfAllIsTheWholeGraph) {
  Nodes nodes(40);
  std::iota(nodes.rbegin(), nodes.rend(), 0u);  // In another order.
  nodes.push_back(7);                           // One twice.
  for (const bool self_loops : {true, false}) {
    for (const Known known : {Known::kNumbers, Known::kWords, Known::kNothing}) {
      const LabelledGraph data = some_papers(40, known);
      const Graph whole = prepared(data, 0, self_loops), parts = prepared(data, 40, self_loops);
      for (const bool node : {true, false}) {
        for (const bool semantic : {true, false}) {
          HANOptions options = han_options(*whole);
          options.node_attention = node;
          options.semantic_attention = semantic;
          Rng rng(2);
          const HAN model(options, rng);
          expect_close(answers(model, training_batch(model, parts, nodes, rng)),
                       answers(model, training_batch(model, whole, nodes, rng)));
        }
      }
    }
  }
}

// Each node has its own weights of paths, so that the other nodes of a batch do not count.
TEST(NodeGraphTest, WithEnoughNeighboursABatchOfSomeIsAPartOfTheWholeGraph) {
  const LabelledGraph data = some_papers(40);
  const Graph whole = prepared(data, 0), parts = prepared(data, 40);
  HANOptions options = han_options(*whole);
  options.semantic_weights = SemanticWeights::kPerNode;
  Rng rng(3);
  const HAN model(options, rng);
  for (const Nodes& nodes : {Nodes{0}, Nodes{1, 0}, Nodes{17, 2, 39}}) {
    expect_close(answers(model, training_batch(model, parts, nodes, rng)),
                 answers(model, training_batch(model, whole, nodes, rng)));
  }
}

// Of a type without nodes nothing is read; nobody is a neighbour but, if they are added, oneself.
TEST(NodeGraphTest, ATypeWithoutNodesLeadsNowhere) {
  LabelledGraph data = test::random_papers(9, 3, 2);
  data.graph = HeteroGraph({{"paper", 9}, {"author", 0}, {"venue", 0}},
                           {{"by", "paper", "author", Adjacency::from_edges(9, 0, {})},
                            {"in", "paper", "venue", Adjacency::from_edges(9, 0, {})}});
  Rng rng(8);
  for (const bool self_loops : {true, false}) {
    const Graph whole = prepared(data, 0, self_loops), parts = prepared(data, 2, self_loops);
    const HAN model(han_options(*whole), rng);
    const NodeBatch batch = training_batch(model, parts, {4, 0, 1, 2, 3, 5, 6, 7, 8}, rng);
    EXPECT_EQ(batch.graph->num_nodes(), 9u);
    EXPECT_EQ(batch.graph->neighbours[1].num_edges(), self_loops ? 9u : 0u);
    expect_close(answers(model, batch),
                 answers(model, training_batch(model, whole, {4, 0, 1, 2, 3, 5, 6, 7, 8}, rng)));
  }
}

TEST(NodeGraphTest, ANeighbourhoodHasItsNodesAndSomeOfTheirNeighboursAlone) {
  const LabelledGraph data = some_papers(60);
  const Graph whole = prepared(data, 0), parts = prepared(data, 3);
  const Nodes nodes = {50, 0, 2, 33};
  Rng rng(4);
  for (const bool training : {true, false}) {
    const NodeGraph some = [&] {
      if (!training) return neighbourhood(*parts, nodes, rng);
      const Training mode;
      return neighbourhood(*parts, nodes, rng);
    }();
    // Which node each is, by its features.
    const auto node_of = [&](NodeId place) {
      const auto row = some.features.dense().value().row(place);
      NodeId v = 0;
      while (!std::ranges::equal(data.features.dense.row(v), row)) ++v;
      return v;
    };
    ASSERT_EQ(some.labels.size(), some.num_nodes());
    Nodes all(some.num_nodes());
    for (NodeId i = 0; i < all.size(); ++i) {
      all[i] = node_of(i);
      EXPECT_EQ(some.labels[i], data.labels[all[i]]);
    }
    EXPECT_TRUE(std::ranges::equal(std::span(all).first(nodes.size()), nodes));
    Nodes read(nodes);
    for (std::size_t p = 0; p < 2; ++p) {
      const Adjacency& rows = some.neighbours[p];
      ASSERT_EQ(rows.num_rows(), nodes.size());
      ASSERT_EQ(rows.num_columns(), all.size());
      for (NodeId i = 0; i < nodes.size(); ++i) {
        Nodes row;
        for (const NodeId place : rows.of(i)) row.push_back(all[place]);
        const auto expected = whole->neighbours[p].of(nodes[i]);
        EXPECT_TRUE(std::ranges::includes(expected, row));
        EXPECT_EQ(row.size(),
                  training ? std::min<std::size_t>(4, expected.size()) : expected.size());
        read.insert(read.end(), row.begin(), row.end());
      }
    }
    std::ranges::sort(read);
    read.erase(std::unique(read.begin(), read.end()), read.end());
    EXPECT_EQ(read.size(), all.size());  // None that nobody reads.
  }
}

TEST(NodeGraphTest, SampledStepsHaveTheSameBitsAtAnyNumberOfThreads) {
  const LabelledGraph data = some_papers(600);
  const Graph graph = prepared(data, 5);
  Rng weights(5);
  const HAN model(han_options(*graph, 0.5f), weights);
  std::vector<Tensor> expected;
  test::for_each_number_of_threads([&](int threads) {
    Rng rng(6);
    const NodeBatch batch = training_batch(model, graph, data.nodes.train, rng);
    const Training training;
    const std::vector<Tensor> actual = answers(model, batch);
    if (threads == 1) {
      for (const Tensor& t : actual) expected.push_back(t.clone());
    }
    for (std::size_t i = 0; i < actual.size(); ++i) {
      EXPECT_TRUE(bitwise_equal(actual[i], expected[i])) << i;
    }
  });
}

TEST(NodeGraphTest, LearnsFromSampledNeighbours) {
  const LabelledGraph data = test::random_papers(600, 3, 4);
  const Graph graph = prepared(data, 4);
  Rng rng(7);
  const HAN model(han_options(*graph), rng);
  const training::Trainer trainer({.batch_size = 50, .epochs = 60});
  training::ModelTask task(model, node_examples(graph, data), HAN::kRecipe, "{}");
  EXPECT_GT(trainer.fit(task).test.at("accuracy"), 0.85);
}

// 1,500 papers in one venue: all neighbours of more than 170 are too many to be read at once.
TEST(NodeGraphTest, EvaluatesInPartsWithAllNeighbours) {
  LabelledGraph data = test::random_papers(1500, 3, 8);
  std::vector<Edge> edges;
  for (NodeId v = 0; v < 1500; ++v) edges.push_back({v, 0});
  data.graph = HeteroGraph({{"paper", 1500}, {"venue", 1}},
                           {{"in", "paper", "venue", Adjacency::from_edges(1500, 1, edges)}});
  data.meta_paths = {"paper>venue>paper"};
  const Graph whole = prepared(data, 0), parts = prepared(data, 2);
  Rng rng(9);
  const HAN model(han_options(*whole), rng);
  const NodeExamples some = node_examples(parts, data).test;
  EXPECT_EQ(training::batches(model, some, HAN::kEvaluationBatch).front().size(), 174u);
  EXPECT_EQ(training::evaluate(model, some),
            training::evaluate(model, node_examples(whole, data).test));
  const Training training;
  EXPECT_EQ(model.num_nodes(some, 0), 3u);
}

TEST(NodeGraphTest, RefusesWhatCannotBe) {
  const LabelledGraph data = some_papers(9);
  Rng rng(10);
  EXPECT_EQ(error_of<OptionError>([&] { prepared(data, -1); }),
            "sampled_neighbours is -1, expected 0 or more");
  const Graph whole = prepared(data, 0), parts = prepared(data, 2);
  const HAN model(han_options(*parts), rng);
  EXPECT_EQ(error_of<GraphError>([&] { model.embeddings(*parts); }),
            "neighbours of this graph are looked up for a batch's nodes: expected a graph that "
            "make_batch() or neighbourhood() gave");
  EXPECT_EQ(error_of<GraphError>([&] { neighbourhood(*whole, Nodes{0}, rng); }),
            "a neighbourhood is of a graph prepared with sampled_neighbours > 0");
  EXPECT_EQ(error_of<GraphError>([&] {
              neighbourhood(*parts, Nodes{3, 4, 3}, rng);
            }),
            "a neighbourhood of a node that is given twice, expected each once");
  EXPECT_EQ(error_of<GraphError>([&] {
              neighbourhood(*parts, Nodes{3, 9}, rng);
            }),
            "source 1: node 9 is out of range, nodes are 0 .. 8");
  EXPECT_EQ(error_of<OptionError>([&] {
              prepare(data, {.sampled_neighbours = 2, .filter = GraphFilter::kFirstOrder});
            }),
            "sampled_neighbours is 2, expected 0 of a graph that is read whole, joined or by a "
            "filter");
}

}  // namespace
}  // namespace espalier::models
