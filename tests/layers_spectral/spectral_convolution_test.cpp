#include <espalier/layers_spectral/spectral_convolution.h>

#include <cmath>

#include <gtest/gtest.h>

#include <espalier/graph/laplacian.h>
#include <espalier/ops/arithmetic.h>
#include <espalier/ops/gradient_check.h>

#include "tests/support/undirected_graphs.h"

namespace espalier {
namespace {

constexpr NodeId kNodes = 30;

class SpectralTest : public testing::Test {
 protected:
  Variable random(std::size_t rows, std::size_t cols) {
    return Variable::parameter(normal_tensor({rows, cols}, 1.0f, rng_));
  }
  // Do gradients of x and of every weight match differences?
  void check(const SpectralConvolution& layer, const Variable& x, const GraphFourier& graph) {
    std::vector<NamedParameter> all(layer.parameters().begin(), layer.parameters().end());
    all.push_back({"x", x});
    const Variable weights = random(x.rows(), layer.output_size()).detach();
    const GradientCheck check =
        check_gradients([&] { return (layer.forward(x, graph, 0.0f, rng_) * weights).sum(); }, all);
    EXPECT_TRUE(check.ok) << check.to_string();
  }

  Rng rng_{1};
  Adjacency graph_ = test::random_graph(kNodes, 60, 7);
};

TEST_F(SpectralTest, FreeFormIsTheFormula) {
  const GraphFourier fourier(laplacian(graph_));
  const SpectralConvolution layer({.input_size = 3, .output_size = 2}, kNodes, rng_);
  const Variable x = random(kNodes, 3);
  const Tensor y = layer.forward(x, fourier, 0.0f, rng_).value().clone();
  const Tensor &u = fourier.eigenvectors(), &theta = layer.parameter("theta").value();
  for (std::size_t r = 0; r < kNodes; ++r) {
    for (std::size_t j = 0; j < 2; ++j) {
      double sum = 0.0;
      for (std::size_t k = 0; k < kNodes; ++k) {
        for (std::size_t i = 0; i < 3; ++i) {
          double spectrum = 0.0;
          for (std::size_t s = 0; s < kNodes; ++s) {
            spectrum += static_cast<double>(u.at(s, k)) * static_cast<double>(x.value().at(s, i));
          }
          sum += static_cast<double>(u.at(r, k)) * static_cast<double>(theta.at(k * 3 + i, j)) *
                 spectrum;
        }
      }
      EXPECT_NEAR(y.at(r, j), sum, 1e-4);
    }
  }
  check(layer, x, fourier);
}

// T_k of L~ applied through the graph is U T_k(lambda~) U^T x.
TEST_F(SpectralTest, ChebyshevPolynomialsAreThoseOfTheSpectrum) {
  const Adjacency l = laplacian(graph_);
  const GraphFourier fourier(l);
  const GraphOperator scaled(scaled_laplacian(l, 2.0f));
  const Variable x = random(kNodes, 1);
  for (int order = 0; order < 6; ++order) {
    const ChebyshevConvolution layer({.input_size = 1, .output_size = 1, .bias = false}, order,
                                     rng_);
    for (const NamedParameter& p : layer.parameters()) p.variable.mutable_value().fill(0.0f);
    layer.parameters().back().variable.mutable_value().fill(1.0f);
    const Variable expected = fourier.filter(x, [&](double lambda) {
      const double t = std::clamp(lambda - 1.0, -1.0, 1.0);
      return std::cos(order * std::acos(t));
    });
    EXPECT_TRUE(
        all_close(layer.forward(x, scaled, 0.0f, rng_).value(), expected.value(), 1e-4f, 1e-5f))
        << order;
  }
}

// A smooth filter, exp(-2 lambda), by its Chebyshev series: the higher the order, the nearer.
TEST_F(SpectralTest, ChebyshevConvergesToTheExactFilter) {
  const auto response = [](double lambda) { return std::exp(-2.0 * lambda); };
  const Adjacency l = laplacian(graph_);
  const GraphOperator scaled(scaled_laplacian(l, 2.0f));
  const Variable x = random(kNodes, 1);
  const Tensor exact = GraphFourier(l).filter(x, response).value().clone();
  double error_before = 1e9;
  for (const int order : {1, 3, 6, 12}) {
    const ChebyshevConvolution layer({.input_size = 1, .output_size = 1, .bias = false}, order,
                                     rng_);
    constexpr int kPoints = 64;
    for (int k = 0; k <= order; ++k) {
      double coefficient = 0.0;
      for (int i = 0; i < kPoints; ++i) {
        const double angle = M_PI * (i + 0.5) / kPoints;
        coefficient +=
            response(std::cos(angle) + 1.0) * std::cos(k * angle) * (k == 0 ? 1.0 : 2.0) / kPoints;
      }
      layer.parameters()[static_cast<std::size_t>(k)].variable.mutable_value().fill(
          static_cast<float>(coefficient));
    }
    const Tensor y = layer.forward(x, scaled, 0.0f, rng_).value().clone();
    double error = 0.0;
    for (std::size_t r = 0; r < kNodes; ++r) {
      error = std::max(error, std::abs(static_cast<double>(y.at(r, 0) - exact.at(r, 0))));
    }
    EXPECT_LT(error, error_before * 0.5) << order;
    error_before = error;
  }
  EXPECT_LT(error_before, 1e-5);
}

}  // namespace
}  // namespace espalier
