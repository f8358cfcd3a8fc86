#include <benchmark/benchmark.h>

#include <espalier/ops/matmul.h>
#include <espalier/ops/parallel.h>
#include <espalier/ops/random.h>

#include "benchmarks/support/ceiling.h"

namespace espalier {
namespace {

// The machine's ceiling for matrix products: GFLOP/s of large square ones, all threads together.
void matmul_ceiling(benchmark::State& state) {
  const auto threads = static_cast<int>(state.range(0));
  set_num_threads(threads);
  for (auto _ : state) state.counters["GFLOP/s"] = bench::matmul_ceiling(threads) / 1e9;
}
BENCHMARK(matmul_ceiling)->ArgName("threads")->Arg(1)->Arg(2)->Iterations(3);

// One tile of a wavefront times packed weights, one thread: rows, k, n.
void packed_matmul(benchmark::State& state) {
  set_num_threads(1);
  const auto rows = static_cast<std::size_t>(state.range(0));
  const auto k = static_cast<std::size_t>(state.range(1));
  const auto n = static_cast<std::size_t>(state.range(2));
  Rng rng(1);
  const Tensor x = uniform_tensor({rows, k}, -1.0f, 1.0f, rng);
  const Tensor b = uniform_tensor({k, n}, -1.0f, 1.0f, rng);
  Tensor y = Tensor::zeros({rows, n});
  PackedMatrix packed(k, n);
  packed.pack(b.view());
  for (auto _ : state) {
    packed.multiply(x.view(), y.view());
    benchmark::ClobberMemory();
  }
  const double flops = 2.0 * static_cast<double>(rows * k * n);
  state.counters["FLOP/s"] =
      benchmark::Counter(flops, benchmark::Counter::kIsIterationInvariantRate);
  state.counters["% of ceiling"] = benchmark::Counter(
      100.0 * flops / bench::matmul_ceiling(1), benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(packed_matmul)
    ->ArgNames({"rows", "k", "n"})
    ->ArgsProduct({{1, 4, 8, 32, 64}, {150}, {600}})
    ->Args({32, 300, 750})
    ->Args({32, 750, 300});

}  // namespace
}  // namespace espalier
