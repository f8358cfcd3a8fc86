// A convolution on one graph, three ways: the first order (Kipf and Welling 2017), Chebyshev
// polynomials up to the second (Defferrard et al. 2016), and a free-form filter of the exact graph
// Fourier transform (Bruna et al. 2014). 2,000 nodes of mean degree 5, 64 -> 16, forward and
// backward: nodes per second, and FLOP/s of the products that the way needs. And the transform
// itself: the eigendecomposition of the Laplacian, whose FLOPs are taken as 9 n^3.

#include <functional>
#include <memory>
#include <utility>

#include <benchmark/benchmark.h>

#include <espalier/graph/laplacian.h>
#include <espalier/layers/graph_convolution.h>
#include <espalier/layers_spectral/spectral_convolution.h>
#include <espalier/ops/arithmetic.h>
#include <espalier/ops/parallel.h>

#include "benchmarks/support/ceiling.h"
#include "benchmarks/support/differences.h"
#include "benchmarks/support/random_graphs.h"

namespace espalier {
namespace {

constexpr NodeId kNodes = 2000;
constexpr std::size_t kEdges = 5000;
constexpr int kInput = 64, kOutput = 16;
constexpr double kProduct = 2.0 * kNodes * kInput * kOutput;      // X W
constexpr double kMoved = 2.0 * (2 * kEdges + kNodes) * kOutput;  // A (X W)
constexpr double kTransform = 2.0 * kNodes * kNodes * kInput;     // U^T X
constexpr double kBack = 2.0 * kNodes * kNodes * kOutput;         // U Z

constexpr GraphConvolutionOptions kSizes = {.input_size = kInput, .output_size = kOutput};

struct Way {
  std::shared_ptr<const Module> layer;
  std::function<Variable(const Variable& x, Rng& rng)> forward;
  double flops;  // Forward, and backward to the weights.
};

template <class Graph>
Way way_of(std::shared_ptr<const GraphConvolution<Graph>> layer, Graph graph, double flops) {
  const auto forward = [layer, graph = std::move(graph)](const Variable& x, Rng& rng) {
    return layer->forward(x, graph, 0.0f, rng);
  };
  return {layer, forward, flops};
}

Way first_order(const Adjacency& graph, Rng& rng) {
  return way_of<GraphOperator>(std::make_shared<const FirstOrderConvolution>(kSizes, rng),
                               {graph, GraphFilter::kFirstOrder}, 2 * (kProduct + kMoved));
}

Way chebyshev(const Adjacency& graph, Rng& rng) {
  return way_of<GraphOperator>(std::make_shared<const ChebyshevConvolution>(kSizes, 2, rng),
                               {graph, GraphFilter::kChebyshev}, 2 * (3 * kProduct + 2 * kMoved));
}

Way spectral(const Adjacency& graph, Rng& rng) {
  return way_of<GraphFourier>(std::make_shared<const SpectralConvolution>(kSizes, kNodes, rng),
                              GraphFourier(laplacian(graph)),
                              kTransform + 2 * kProduct + 2 * kBack);
}

void train(benchmark::State& state, Way (*make)(const Adjacency&, Rng&)) {
  const auto threads = static_cast<int>(state.range(0));
  set_num_threads(threads);
  Rng rng(1);
  const Way way = make(bench::random_undirected(kNodes, kEdges, rng), rng);
  const Variable x(normal_tensor({kNodes, kInput}, 1.0f, rng));
  const auto loss = [&] {
    const Variable y = way.forward(x, rng);
    return (y * y).sum();
  };
  if (!bench::agrees_with_differences(loss, way.layer->parameters())) {
    return state.SkipWithError("the gradient is not that of differences");
  }
  for (auto _ : state) {
    for (const NamedParameter& p : way.layer->parameters()) p.variable.clear_gradient();
    loss().backward();
  }
  using benchmark::Counter;
  state.SetItemsProcessed(state.iterations() * kNodes);
  state.counters["FLOP/s"] = Counter(way.flops, Counter::kIsIterationInvariantRate);
  state.counters["% of ceiling"] = Counter(100.0 * way.flops / bench::matmul_ceiling(threads),
                                           Counter::kIsIterationInvariantRate);
}

void first_order_convolution_train(benchmark::State& state) { train(state, first_order); }
void chebyshev_convolution_train(benchmark::State& state) { train(state, chebyshev); }
void spectral_convolution_train(benchmark::State& state) { train(state, spectral); }
BENCHMARK(first_order_convolution_train)->ArgName("threads")->Arg(1)->Arg(2)->UseRealTime();
BENCHMARK(chebyshev_convolution_train)->ArgName("threads")->Arg(1)->Arg(2)->UseRealTime();
BENCHMARK(spectral_convolution_train)->ArgName("threads")->Arg(1)->Arg(2)->UseRealTime();

void graph_fourier(benchmark::State& state) {
  Rng rng(1);
  const auto nodes = static_cast<NodeId>(state.range(0));
  const Adjacency matrix =
      laplacian(bench::random_undirected(nodes, std::size_t{5} * nodes / 2, rng));
  const GraphFourier fourier(matrix);
  const Variable x(normal_tensor({nodes, 3}, 1.0f, rng));
  if (!all_close(fourier.inverse(fourier.transform(x)).value(), x.value(), 1e-4f, 1e-4f)) {
    return state.SkipWithError("forth and back is not where it began");
  }
  for (auto _ : state) benchmark::DoNotOptimize(GraphFourier(matrix));
  const double n = static_cast<double>(nodes);
  state.SetItemsProcessed(state.iterations() * nodes);
  state.counters["FLOP/s"] =
      benchmark::Counter(9.0 * n * n * n, benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(graph_fourier)->ArgName("nodes")->Arg(500)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace espalier
