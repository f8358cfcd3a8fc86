#include <vector>

#include <benchmark/benchmark.h>

#include <espalier/ops/kernels.h>
#include <espalier/ops/random.h>

namespace espalier {
namespace {

constexpr std::size_t kHidden = 150;
constexpr std::size_t kRows = 64;  // A tile: in the first cache levels, as in a sweep.

// Gate kernels over a tile of 64 nodes of 150 hidden units. Bytes read and written per second.
template <class Call>
void over_tile(benchmark::State& state, std::size_t num_reads, std::size_t num_writes,
               const Call& call) {
  Rng rng(1);
  std::vector<Tensor> runs;
  for (int i = 0; i < 7; ++i) {
    runs.push_back(uniform_tensor({kRows, kHidden}, -2.0f, 2.0f, rng));
  }
  for (auto _ : state) {
    for (std::size_t r = 0; r < kRows; ++r) {
      call(kernels(), [&](std::size_t i) { return runs[i].row(r).data(); });
    }
    benchmark::ClobberMemory();
  }
  state.SetLabel(kernels().instruction_set);
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kRows));
  state.SetBytesProcessed(
      state.iterations() *
      static_cast<std::int64_t>((num_reads + num_writes) * kRows * kHidden * sizeof(float)));
}

void gates_forget(benchmark::State& state) {
  over_tile(state, 4, 2, [](const Kernels& k, const auto& run) {
    k.forget(kHidden, run(0), run(1), run(2), run(3), run(4));
  });
}
void gates_forget_backward(benchmark::State& state) {
  over_tile(state, 3, 2, [](const Kernels& k, const auto& run) {
    k.forget_backward(kHidden, run(0), run(1), run(2), run(3), run(4));
  });
}
void gates_cell(benchmark::State& state) {
  over_tile(state, 4, 6, [](const Kernels& k, const auto& run) {
    k.cell(kHidden, run(0), run(1), run(2), run(3), run(4), run(5));
  });
}
void gates_cell_backward(benchmark::State& state) {
  over_tile(state, 6, 4, [](const Kernels& k, const auto& run) {
    k.cell_backward(kHidden, run(0), run(1), run(2), run(3), run(4), run(5));
  });
}
BENCHMARK(gates_forget);
BENCHMARK(gates_forget_backward);
BENCHMARK(gates_cell);
BENCHMARK(gates_cell_backward);

}  // namespace
}  // namespace espalier
