#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <espalier/graph/laplacian.h>
#include <espalier/layers/graph_attention.h>
#include <espalier/layers/graph_convolution.h>
#include <espalier/ops/arithmetic.h>
#include <espalier/ops/reduce.h>
#include <espalier/training/named_tensors.h>
#include <espalier/training/safetensors.h>

// State dicts of PyTorch Geometric's convolutions load by name; outputs and gradients are then its.
// Where the files come from: tests/fixtures/make_torch_geometric.py.
namespace espalier {
namespace {

using training::read_safetensors;
using training::Safetensors;

constexpr NodeId kNodes = 9;

Safetensors fixture(const std::string& name) {
  return read_safetensors(std::filesystem::path(ESPALIER_TEST_FIXTURES) /
                          ("torch_geometric_" + name + ".safetensors"));
}

class TorchGeometricTest : public testing::Test {
 protected:
  // Its rows are those that receive: PyTorch Geometric's targets.
  Adjacency adjacency_of(const Safetensors& expected, bool with_loops) {
    const std::vector<std::uint64_t>& ends = expected.integers.at("edges");
    std::vector<Edge> edges;
    for (std::size_t e = 0; e < ends.size() / 2; ++e) {
      edges.push_back(
          {static_cast<NodeId>(ends[ends.size() / 2 + e]), static_cast<NodeId>(ends[e])});
    }
    for (NodeId v = 0; with_loops && v < kNodes; ++v) edges.push_back({v, v});
    const auto weights = expected.tensors.find("edge_weight");
    return weights == expected.tensors.end()
               ? Adjacency::from_edges(kNodes, kNodes, edges)
               : Adjacency::from_edges(kNodes, kNodes, edges, weights->second.flat());
  }

  // `forward` maps x to y with the parameters of `layer`.
  template <class Forward>
  void check(const std::string& name, const Module& layer, const Forward& forward) {
    SCOPED_TRACE(name);
    const Safetensors expected = fixture(name + "_expected");
    training::load_parameters(layer.parameters(), fixture(name).tensors, name);
    const Variable x = Variable::parameter(expected.tensors.at("x").clone());
    const Variable y = forward(x);
    EXPECT_TRUE(all_close(y.value(), expected.tensors.at("y"), 1e-5f, 1e-5f));
    (y * Variable(expected.tensors.at("dy").clone())).sum().backward();
    EXPECT_TRUE(all_close(x.gradient(), expected.tensors.at("d.x"), 1e-5f, 1e-5f));
    for (const NamedParameter& p : layer.parameters()) {
      EXPECT_TRUE(
          all_close(p.variable.gradient(), expected.tensors.at("d." + p.name), 1e-5f, 1e-5f))
          << p.name;
    }
  }

  void check_attention(const std::string& name, const GraphAttentionOptions& options,
                       bool with_loops) {
    const Adjacency neighbours = adjacency_of(fixture(name + "_expected"), with_loops);
    const GraphAttention layer(options, rng_);
    check(name, layer, [&](const Variable& x) { return layer.forward(x, neighbours, rng_); });
  }

  Rng rng_{1};
};

TEST_F(TorchGeometricTest, FirstOrderConvolutionIsGCNConv) {
  for (const auto& [name, loops, bias] : {std::tuple{"gcn", true, true},
                                          {"gcn_as_it_is", false, true},
                                          {"gcn_weighted", true, false}}) {
    const Adjacency graph = adjacency_of(fixture(std::string(name) + "_expected"), false);
    const GraphOperator normalized(normalized_adjacency(graph, loops));
    const FirstOrderConvolution layer({.input_size = 5, .output_size = 4, .bias = bias}, rng_);
    check(name, layer, [&](const Variable& x) { return layer.forward(x, normalized, 0.0f, rng_); });
  }
}

TEST_F(TorchGeometricTest, ChebyshevConvolutionIsChebConv) {
  const GraphOperator scaled(adjacency_of(fixture("cheb_expected"), false),
                             GraphFilter::kChebyshev);
  const ChebyshevConvolution layer({.input_size = 5, .output_size = 4}, 3, rng_);
  check("cheb", layer, [&](const Variable& x) { return layer.forward(x, scaled, 0.0f, rng_); });
}

TEST_F(TorchGeometricTest, GraphAttentionIsGATConv) {
  check_attention("gat", {.input_size = 5, .heads = 3, .head_size = 4}, true);
  check_attention("gat_as_it_is", {.input_size = 5, .heads = 8, .head_size = 8}, false);
  check_attention("gat_averaged",
                  {.input_size = 5,
                   .heads = 3,
                   .head_size = 4,
                   .result = Heads::kAveraged,
                   .negative_slope = 0.1f},
                  false);
}

}  // namespace
}  // namespace espalier
