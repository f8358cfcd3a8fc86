#include <espalier/layers/dag_lstm.h>

#include <benchmark/benchmark.h>

#include <espalier/graph/structure.h>
#include <espalier/ops/parallel.h>

#include "benchmarks/support/ceiling.h"

namespace espalier {
namespace {

constexpr NodeId kRows = 32, kColumns = 32, kImages = 4;
constexpr int kInput = 128, kHidden = 128;

// Cells of a grid, row by row, that read the one to the left and the one above.
Structure grid() {
  const NodeId n = kImages * kRows * kColumns;
  Relation left{.name = "left", .reads = Reads::kNewStates, .offsets = {0}, .predecessors = {}};
  Relation above = left;
  above.name = "above";
  for (NodeId v = 0; v < n; ++v) {
    if (v % kColumns > 0) left.predecessors.push_back(v - 1);
    if (v / kColumns % kRows > 0) above.predecessors.push_back(v - kColumns);
    left.offsets.push_back(left.predecessors.size());
    above.offsets.push_back(above.predecessors.size());
  }
  return Structure(n, {std::move(left), std::move(above)});
}

// Two-dimensional LSTM over four grids of 32 x 32 cells, 128 -> 128: forward and backward. Cells
// per second, and the share of the matmul ceiling.
void dag_lstm_grid(benchmark::State& state) {
  const int before = num_threads();
  set_num_threads(static_cast<int>(state.range(0)));
  Rng rng(1);
  const DAGLSTM lstm({.input_size = kInput, .hidden_size = kHidden, .relations = {"left", "above"}},
                     rng);
  const Schedule schedule(grid());
  const Variable x = Variable::parameter(normal_tensor({schedule.num_nodes(), kInput}, 1.0f, rng));
  {
    const NoRecording no_recording;
    const NodeStates together = lstm.forward(x, schedule);
    const NodeStates singly = lstm.forward(x, schedule, {.tile_rows = 1});
    if (!bitwise_equal(together.h.value(), singly.h.value())) {
      state.SkipWithError("differs from node by node");
    }
  }
  for (auto _ : state) {
    lstm.clear_gradients();
    x.clear_gradient();
    lstm.forward(x, schedule).h.sum().backward();
  }
  const double cells = static_cast<double>(schedule.num_nodes());
  const double flops = 3.0 * cells * 2.0 * 5 * kHidden * (kInput + 2 * kHidden);
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(cells));
  state.counters["of_ceiling"] = benchmark::Counter(
      flops * static_cast<double>(state.iterations()) / bench::matmul_ceiling(num_threads()),
      benchmark::Counter::kIsRate);
  set_num_threads(before);
}
BENCHMARK(dag_lstm_grid)->ArgName("threads")->Arg(1)->Arg(2)->UseRealTime();

}  // namespace
}  // namespace espalier
