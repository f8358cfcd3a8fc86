#include <espalier/layers/graph_convolution.h>

#include <memory>

#include <espalier/graph/laplacian.h>
#include <espalier/ops/arithmetic.h>
#include <espalier/ops/gradient_check.h>

#include "tests/layers/testing.h"
#include "tests/support/undirected_graphs.h"

namespace espalier {
namespace {

constexpr NodeId kNodes = 30;

class GraphConvolutionTest : public testing::Test {
 protected:
  using Layer = GraphConvolution<GraphOperator>;
  // Each with the operator that it wants.
  std::vector<std::pair<std::unique_ptr<Layer>, GraphOperator>> all_layers() {
    std::vector<std::pair<std::unique_ptr<Layer>, GraphOperator>> layers;
    const GraphConvolutionOptions sizes{.input_size = 4, .output_size = 3};
    layers.emplace_back(std::make_unique<FirstOrderConvolution>(sizes, rng_),
                        GraphOperator(graph_, GraphFilter::kFirstOrder));
    for (const int order : {0, 1, 3}) {
      layers.emplace_back(std::make_unique<ChebyshevConvolution>(sizes, order, rng_),
                          GraphOperator(graph_, GraphFilter::kChebyshev));
    }
    return layers;
  }
  Variable random(std::size_t rows, std::size_t cols) {
    return Variable::parameter(normal_tensor({rows, cols}, 1.0f, rng_));
  }

  Rng rng_{1};
  Adjacency graph_ = test::random_graph(kNodes, 60, 7);
};

TEST_F(GraphConvolutionTest, FirstOrderIsKipfAndWellings) {
  const Adjacency normalized = normalized_adjacency(graph_, true);
  const FirstOrderConvolution layer({.input_size = 4, .output_size = 3}, rng_);
  const Variable x = random(kNodes, 4);
  const Tensor y = layer.forward(x, GraphOperator(normalized), 0.0f, rng_).value().clone();
  const Tensor& w = layer.parameter("lin.weight").value();
  for (NodeId r = 0; r < kNodes; ++r) {
    for (std::size_t j = 0; j < 3; ++j) {
      double sum = static_cast<double>(layer.parameter("bias").value().data()[j]);
      for (EdgeId e = normalized.offsets()[r]; e < normalized.offsets()[r + 1]; ++e) {
        for (std::size_t i = 0; i < 4; ++i) {
          sum += static_cast<double>(normalized.weights()[e]) *
                 static_cast<double>(x.value().at(normalized.columns()[e], i)) *
                 static_cast<double>(w.at(j, i));
        }
      }
      EXPECT_NEAR(y.at(r, j), sum, 1e-5);
    }
  }
}

// With W_1 = -W_0 the order 1 is (1 + D^-1/2 A D^-1/2) X W^T, Kipf and Welling's eq. 7; what their
// renormalisation has in its place is -T_1 on the graph with self loops, eq. 8.
TEST_F(GraphConvolutionTest, ChebyshevOfOrderOneRenormalizedIsFirstOrder) {
  std::vector<Edge> edges;
  for (NodeId v = 0; v < kNodes; ++v) {
    for (const NodeId u : graph_.of(v)) edges.push_back({v, u});
    edges.push_back({v, v});
  }
  const Adjacency with_loops = Adjacency::from_edges(kNodes, kNodes, edges);
  const GraphConvolutionOptions sizes{.input_size = 4, .output_size = 3, .bias = false};
  const Variable x = random(kNodes, 4);
  const auto chebyshev = [&](const Adjacency& graph, float w0, float w1, const Tensor& w) {
    const ChebyshevConvolution layer(sizes, 1, rng_);
    for (const int k : {0, 1}) {
      Tensor& weight = layer.parameters()[static_cast<std::size_t>(k)].variable.mutable_value();
      for (std::size_t i = 0; i < w.size(); ++i) {
        weight.data()[i] = (k == 0 ? w0 : w1) * w.data()[i];
      }
    }
    return layer.forward(x, GraphOperator(graph, GraphFilter::kChebyshev), 0.0f, rng_)
        .value()
        .clone();
  };
  const FirstOrderConvolution renormalized(sizes, rng_);
  const GraphOperator with_self(normalized_adjacency(graph_, true)),
      as_found(normalized_adjacency(graph_, false));
  const Tensor& w = renormalized.parameter("lin.weight").value();
  EXPECT_TRUE(all_close(chebyshev(with_loops, 0.0f, -1.0f, w),
                        renormalized.forward(x, with_self, 0.0f, rng_).value(), 1e-5f, 1e-6f));

  const FirstOrderConvolution plain(sizes, rng_);
  const Tensor& v = plain.parameter("lin.weight").value();
  const Variable own(chebyshev(graph_, 1.0f, 0.0f, v));
  EXPECT_TRUE(all_close(chebyshev(graph_, 1.0f, -1.0f, v),
                        (own + plain.forward(x, as_found, 0.0f, rng_)).value(), 1e-5f, 1e-6f));
}

// T_0 = 1, T_1 = L, T_2 = 2 L L - 1, an element at a time.
TEST_F(GraphConvolutionTest, ChebyshevIsTheRecurrence) {
  const Adjacency scaled = scaled_laplacian(laplacian(graph_), 2.0f);
  const ChebyshevConvolution layer({.input_size = 1, .output_size = 1}, 2, rng_);
  const Variable x = random(kNodes, 1);
  const auto multiplied = [&](const std::vector<double>& t) {
    std::vector<double> result(kNodes, 0.0);
    for (NodeId r = 0; r < kNodes; ++r) {
      for (EdgeId e = scaled.offsets()[r]; e < scaled.offsets()[r + 1]; ++e) {
        result[r] += static_cast<double>(scaled.weights()[e]) * t[scaled.columns()[e]];
      }
    }
    return result;
  };
  const std::vector<double> t0(x.value().flat().begin(), x.value().flat().end());
  const std::vector<double> t1 = multiplied(t0), twice = multiplied(t1);
  const auto w = [&](const char* name) {
    return static_cast<double>(layer.parameter(name).value().data()[0]);
  };
  const Tensor y = layer.forward(x, GraphOperator(scaled), 0.0f, rng_).value().clone();
  for (NodeId r = 0; r < kNodes; ++r) {
    EXPECT_NEAR(y.at(r, 0),
                w("lins.0.weight") * t0[r] + w("lins.1.weight") * t1[r] +
                    w("lins.2.weight") * (2.0 * twice[r] - t0[r]) + w("bias"),
                1e-5);
  }
}

TEST_F(GraphConvolutionTest, GradientsMatchDifferences) {
  for (const auto& [layer, graph] : all_layers()) {
    const Variable x = random(kNodes, 4);
    std::vector<NamedParameter> all(layer->parameters().begin(), layer->parameters().end());
    all.push_back({"x", x});
    const Variable weights = random(kNodes, 3).detach();
    const GradientCheck check = check_gradients(
        [&, &layer = layer, &graph = graph] {
          return (layer->forward(x, graph, 0.0f, rng_) * weights).sum();
        },
        all);
    EXPECT_TRUE(check.ok) << check.to_string();
  }
}

TEST_F(GraphConvolutionTest, HasTheSameBitsAtAnyNumberOfThreads) {
  for (const auto& [layer, graph] : all_layers()) {
    const Variable x = random(kNodes, 4);
    Tensor expected;
    test::for_each_number_of_threads([&, &layer = layer, &graph = graph](int threads) {
      x.clear_gradient();
      const Variable y = layer->forward(x, graph, 0.0f, rng_);
      (y * y).sum().backward();
      if (threads == 1) expected = x.gradient().clone();
      EXPECT_TRUE(bitwise_equal(x.gradient(), expected)) << threads << " threads";
    });
  }
}

}  // namespace
}  // namespace espalier
