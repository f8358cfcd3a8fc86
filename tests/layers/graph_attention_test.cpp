#include <espalier/layers/graph_attention.h>

#include <cmath>

#include <espalier/ops/arithmetic.h>
#include <espalier/ops/gradient_check.h>
#include <espalier/ops/training_mode.h>

#include "tests/layers/testing.h"

namespace espalier {
namespace {

using test::error_of;

constexpr NodeId kNodes = 12;
constexpr std::size_t kInput = 5, kHeads = 3, kWidth = 4;

// Node 0 has no neighbour, node 1 itself alone, some have one twice.
Adjacency some_neighbours(Rng& rng) {
  std::vector<Edge> edges = {{1, 1}};
  for (NodeId v = 2; v < kNodes; ++v) {
    for (std::uint64_t i = rng.below(5); i > 0; --i) {
      edges.push_back({v, static_cast<NodeId>(rng.below(kNodes))});
    }
  }
  return Adjacency::from_edges(kNodes, kNodes, edges);
}

GraphAttentionOptions some_options(Heads result, bool attends) {
  return {.input_size = kInput,
          .heads = kHeads,
          .head_size = kWidth,
          .result = result,
          .attends = attends};
}

// The equations of the header, a node, a head and an element at a time.
Tensor node_by_node(const GraphAttention& layer, const Tensor& x, const Adjacency& neighbours) {
  const auto at = [](const Tensor& t, std::size_t r, std::size_t c) {
    return static_cast<double>(t.at(r, c));
  };
  const Tensor& w = layer.parameter("lin.weight").value();
  const auto h = [&](std::size_t v, std::size_t k) {
    double sum = 0.0;
    for (std::size_t i = 0; i < kInput; ++i) sum += at(w, k, i) * at(x, v, i);
    return sum;
  };
  const auto score = [&](const char* name, std::size_t v, std::size_t head) {
    double sum = 0.0;
    for (std::size_t d = 0; d < kWidth; ++d) {
      sum += at(layer.parameter(name).value(), head, d) * h(v, head * kWidth + d);
    }
    return sum;
  };
  const bool averaged = layer.options().result == Heads::kAveraged;
  Tensor z = Tensor::zeros({kNodes, layer.output_size()});
  for (NodeId v = 0; v < kNodes; ++v) {
    for (std::size_t head = 0; head < kHeads; ++head) {
      std::vector<double> alpha;
      double total = 0.0;
      for (const NodeId u : neighbours.of(v)) {
        double e = 0.0;
        if (layer.options().attends) e = score("att_dst", v, head) + score("att_src", u, head);
        alpha.push_back(std::exp(e > 0.0 ? e : 0.2 * e));
        total += alpha.back();
      }
      for (std::size_t i = 0; i < alpha.size(); ++i) {
        for (std::size_t d = 0; d < kWidth; ++d) {
          const double part = alpha[i] / total * h(neighbours.of(v)[i], head * kWidth + d);
          z.at(v, averaged ? d : head * kWidth + d) +=
              static_cast<float>(averaged ? part / kHeads : part);
        }
      }
    }
    for (std::size_t k = 0; k < layer.output_size(); ++k) {
      z.at(v, k) += layer.parameter("bias").value().data()[k];
    }
  }
  return z;
}

TEST(GraphAttentionTest, AgreesWithTheEquationsAndItsGradientsMatchDifferences) {
  Rng rng(1);
  const Adjacency neighbours = some_neighbours(rng);
  for (const Heads result : {Heads::kConcatenated, Heads::kAveraged}) {
    for (const bool attends : {true, false}) {
      const GraphAttention layer(some_options(result, attends), rng);
      layer.parameter("bias").mutable_value() = normal_tensor({layer.output_size()}, 1.0f, rng);
      const Variable x = Variable::parameter(normal_tensor({kNodes, kInput}, 1.0f, rng));
      const Variable z = layer.forward(x, neighbours, rng);
      EXPECT_TRUE(all_close(z.value(), node_by_node(layer, x.value(), neighbours), 1e-4f, 1e-5f));
      std::vector<NamedParameter> all(layer.parameters().begin(), layer.parameters().end());
      all.push_back({"x", x});
      const Variable weights(normal_tensor(z.shape(), 1.0f, rng));
      const GradientCheck check =
          check_gradients([&] { return (layer.forward(x, neighbours, rng) * weights).sum(); }, all);
      EXPECT_TRUE(check.ok) << check.to_string();
    }
  }
}

TEST(GraphAttentionTest, CoefficientsSumToOneAndSomeRowsAreThoseOfAll) {
  Rng rng(2);
  const Adjacency neighbours = some_neighbours(rng);
  const GraphAttention layer(some_options(Heads::kConcatenated, true), rng);
  const Variable x(normal_tensor({kNodes, kInput}, 1.0f, rng));
  const Tensor alpha = layer.coefficients(x, neighbours);
  for (NodeId v = 0; v < kNodes; ++v) {
    for (std::size_t h = 0; h < kHeads; ++h) {
      float sum = 0.0f;
      for (EdgeId e = neighbours.offsets()[v]; e < neighbours.offsets()[v + 1]; ++e) {
        sum += alpha.at(e, h);
      }
      EXPECT_NEAR(sum, neighbours.of(v).empty() ? 0.0f : 1.0f, 1e-6f);
    }
  }
  // Nodes 5 and 3 alone.
  const std::vector<NodeId> rows = {5, 3};
  std::vector<EdgeId> offsets = {0};
  std::vector<NodeId> columns;
  for (const NodeId v : rows) {
    columns.insert(columns.end(), neighbours.of(v).begin(), neighbours.of(v).end());
    offsets.push_back(columns.size());
  }
  const Tensor all = layer.forward(x, neighbours, rng).value().clone();
  const Tensor some =
      layer.forward(x, Adjacency(kNodes, offsets, columns), rng, rows).value().clone();
  for (const std::size_t i : {0u, 1u}) {
    EXPECT_TRUE(std::ranges::equal(some.row(i), all.row(rows[i])));
  }
}

TEST(GraphAttentionTest, RowsAreTheFirstNodesWhereNoneAreSaid) {
  Rng rng(4);
  const Adjacency neighbours = some_neighbours(rng);
  const std::size_t first = 7;
  const auto offsets = neighbours.offsets().first(first + 1);
  const auto columns = neighbours.columns().first(offsets.back());
  const Adjacency some(kNodes, {offsets.begin(), offsets.end()}, {columns.begin(), columns.end()});
  const Variable x(normal_tensor({kNodes, kInput}, 1.0f, rng));
  for (const bool attends : {true, false}) {
    const GraphAttention layer(some_options(Heads::kConcatenated, attends), rng);
    const Tensor all = layer.forward(x, neighbours, rng).value().clone();
    const Variable z = layer.forward(x, some, rng);
    ASSERT_EQ(z.rows(), first);
    for (std::size_t i = 0; i < first; ++i) {
      EXPECT_TRUE(std::ranges::equal(z.value().row(i), all.row(i)));
    }
    const GradientCheck check = check_gradients(
        [&] { return (layer.forward(x, some, rng) * layer.forward(x, some, rng)).sum(); },
        layer.parameters());
    EXPECT_TRUE(check.ok) << check.to_string();
  }
}

TEST(GraphAttentionTest, RefusesWhatCannotBe) {
  Rng rng(3);
  GraphAttentionOptions options = some_options(Heads::kConcatenated, true);
  options.head_size = 0;
  EXPECT_EQ(error_of<OptionError>([&] { GraphAttention(options, rng); }).find("head_size is 0"),
            0u);
  options.head_size = 4;
  options.attention_dropout = 1.0f;
  EXPECT_EQ(error_of<OptionError>([&] { GraphAttention(options, rng); }),
            "attention_dropout is 1, expected 0 <= p < 1");
  const GraphAttention layer(some_options(Heads::kConcatenated, true), rng);
  const Variable x(Tensor::zeros({kNodes, kInput}));
  EXPECT_EQ(error_of<ShapeError>([&] { layer.forward(x, Adjacency(), rng); }),
            "graph attention: features of 12 nodes, expected 0, the columns of the adjacency");
}

}  // namespace
}  // namespace espalier
