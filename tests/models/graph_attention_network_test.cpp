#include <espalier/models/graph_attention_network.h>

#include <cmath>

#include <gtest/gtest.h>

#include <espalier/base/error.h>
#include <espalier/graph/adjacency_union.h>
#include <espalier/ops/arithmetic.h>
#include <espalier/ops/elementwise.h>
#include <espalier/ops/gradient_check.h>
#include <espalier/ops/linear.h>
#include <espalier/ops/rows.h>
#include <espalier/ops/training_mode.h>

#include "tests/models/labelled_graphs.h"
#include "tests/support/errors.h"

namespace espalier::models {
namespace {

GraphAttentionNetworkOptions options_for(const NodeGraph& graph) {
  return {.num_features = static_cast<int>(graph.features.num_features()),
          .num_classes = 3,
          .heads = 3,
          .head_size = 2,
          .output_heads = 2};
}

NodeBatch all_nodes(NodeGraph graph) {
  NodeBatch batch;
  for (NodeId v = 0; v < graph.num_nodes(); ++v) {
    batch.nodes.push_back(v);
    batch.labels.push_back(graph.labels[v]);
  }
  batch.graph = std::make_shared<const NodeGraph>(std::move(graph));
  return batch;
}

Variable weight(const GraphAttentionNetwork& model, const std::string& name) {
  return model.parameter(name);
}

// The scores e of a layer whose projected input is h, over every pair of nodes, in plain loops.
Tensor plain_layer(const Tensor& h, const GraphAttentionNetwork& model, const std::string& layer,
                   const Adjacency& neighbours) {
  const Tensor &from = weight(model, layer + ".att_src").value(),
               &to = weight(model, layer + ".att_dst").value();
  const std::size_t heads = from.rows(), width = from.cols();
  Tensor z = Tensor::zeros({neighbours.num_rows(), heads * width});
  for (NodeId v = 0; v < neighbours.num_rows(); ++v) {
    for (std::size_t k = 0; k < heads; ++k) {
      const auto score = [&](const Tensor& a, NodeId u) {
        float sum = 0.0f;
        for (std::size_t d = 0; d < width; ++d) sum += a.at(k, d) * h.at(u, k * width + d);
        return sum;
      };
      const auto share = [&](NodeId u) {
        const float e = score(to, v) + score(from, u);
        return std::exp(e > 0.0f ? e : 0.2f * e);
      };
      float total = 0.0f;
      for (const NodeId u : neighbours.of(v)) total += share(u);
      for (const NodeId u : neighbours.of(v)) {
        for (std::size_t d = 0; d < width; ++d) {
          z.at(v, k * width + d) += share(u) / total * h.at(u, k * width + d);
        }
      }
    }
  }
  return z;
}

TEST(GraphAttentionNetworkTest, IsTwoLayersOverAllWaysJoined) {
  Rng rng(1);
  const NodeGraph graph = prepare(test::random_papers(20, 3, 2), {.joined = true});
  const GraphAttentionNetwork model(options_for(graph), rng);
  for (const char* bias : {"first.bias", "second.bias"}) {
    Tensor& b = model.parameter(bias).mutable_value();
    b = normal_tensor(b.shape(), 1.0f, rng);
  }
  const Answering answering;
  const auto project = [&](const Variable& x, const char* w) {
    return linear(x, LinearWeight(weight(model, w)), {}).value().clone();
  };
  const Tensor first = plain_layer(project(graph.features.dense(), "first.lin.weight"), model,
                                   "first", *graph.joined);
  const Variable hidden = elu(Variable(first.alias()) + weight(model, "first.bias"));
  EXPECT_TRUE(all_close(model.embeddings(graph), hidden.value(), 1e-4f, 1e-5f));
  const Tensor heads =
      plain_layer(project(hidden, "second.lin.weight"), model, "second", *graph.joined);
  const Variable z(heads.alias());
  const Variable mean = scale(columns(z, 0, 3) + columns(z, 3, 3), 0.5f);
  EXPECT_TRUE(all_close(model.logits(all_nodes(graph), rng).value(),
                        (mean + weight(model, "second.bias")).value(), 1e-4f, 1e-5f));
  EXPECT_EQ(model.neighbour_weights(graph).shape(), (Shape{graph.joined->num_edges(), 3}));
}

// Nodes without a neighbour, features of every kind, and dropout, whose masks the seed fixes.
TEST(GraphAttentionNetworkTest, GradientsMatchDifferencesUnderDropout) {
  Rng rng(3);
  NodeGraph graph = prepare(test::random_papers(9, 3, 4));
  graph.joined = united(std::vector{
      Adjacency::from_edges(9, 9, std::vector<Edge>{{0, 1}, {0, 1}, {3, 3}, {5, 8}}),
      Adjacency::from_edges(9, 9, std::vector<Edge>{{4, 7}, {0, 2}, {1, 0}, {5, 0}, {7, 4}})});
  std::vector<Edge> words;
  for (NodeId v = 1; v < 9; ++v) words.push_back({v, v % 5});
  for (const NodeFeatures& features :
       {graph.features, NodeFeatures::sparse(Adjacency::from_edges(9, 5, words)),
        NodeFeatures::one_hot(9)}) {
    graph.features = features;
    GraphAttentionNetworkOptions options = options_for(graph);
    options.dropout = 0.3f;  // Of more, little would be left here.
    const GraphAttentionNetwork model(options, rng);
    // Without a bias, scores of nodes without neighbours lie where the leaky relu bends.
    Tensor& bias = model.parameter("first.bias").mutable_value();
    bias = normal_tensor(bias.shape(), 1.0f, rng);
    const NodeBatch batch = all_nodes(graph);
    const auto loss = [&](std::uint64_t seed) {
      Rng masks(seed);
      return model.loss(batch, masks);
    };
    EXPECT_EQ(loss(5).value().data()[0], loss(6).value().data()[0]);  // Nothing falls.
    const Training training;
    const GradientCheck check =
        check_gradients([&] { return loss(5); }, model.parameters(), {.step = 1e-3f});
    EXPECT_TRUE(check.ok) << check.to_string();
    EXPECT_NE(loss(5).value().data()[0], loss(6).value().data()[0]);
  }
}

TEST(GraphAttentionNetworkTest, RefusesWhatCannotBe) {
  Rng rng(4);
  const NodeGraph graph = prepare(test::random_papers(9, 3, 5));
  GraphAttentionNetworkOptions options = options_for(graph);
  options.output_heads = 0;
  EXPECT_EQ(test::error_of<OptionError>([&] {
              GraphAttentionNetwork(options, rng);
            }).find("output_heads"),
            0u);
  const GraphAttentionNetwork model(options_for(graph), rng);
  EXPECT_EQ(test::error_of<ShapeError>([&] { model.embeddings(graph); }),
            "the graph's ways are not joined, expected prepare() with that");
}

}  // namespace
}  // namespace espalier::models
