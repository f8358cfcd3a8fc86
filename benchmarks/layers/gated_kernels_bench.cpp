#include <espalier/layers/internal/gated_kernels.h>

#include <vector>

#include <benchmark/benchmark.h>

#include <espalier/ops/random.h>

namespace espalier {
namespace {

constexpr std::size_t kHidden = 150;
constexpr std::size_t kRows = 64;  // A tile: in the first cache levels, as in a sweep.

// The gated cell's kernels over a tile of 64 nodes of 150 hidden units that read `num_cells` memory
// cells each. Nodes per second, and bytes read and written.
class Tile {
 public:
  explicit Tile(std::size_t num_cells) : num_cells_(num_cells) {
    Rng rng(1);
    for (std::size_t i = 0; i < 12 + 4 * num_cells; ++i) {
      runs_.push_back(uniform_tensor({kRows, kHidden}, -2.0f, 2.0f, rng));
    }
  }
  float* run(std::size_t i, std::size_t row) { return runs_[i].row(row).data(); }
  std::size_t num_cells() const { return num_cells_; }

 private:
  std::size_t num_cells_;
  std::vector<Tensor> runs_;
};

template <class Call>
void over_tile(benchmark::State& state, std::size_t num_runs, const Call& call) {
  Tile tile(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    for (std::size_t row = 0; row < kRows; ++row) call(tile, row);
    benchmark::ClobberMemory();
  }
  state.SetLabel(gated_kernels().instruction_set);
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kRows));
  state.SetBytesProcessed(state.iterations() *
                          static_cast<std::int64_t>((num_runs + 4 * tile.num_cells()) * kRows *
                                                    kHidden * sizeof(float)));
}

void gated_step(benchmark::State& state) {
  std::vector<ForgottenCell> cells;
  over_tile(state, 12, [&](Tile& t, std::size_t row) {
    cells.clear();
    for (std::size_t k = 0; k < t.num_cells(); ++k) {
      const std::size_t first = 12 + 4 * k;
      cells.push_back(
          {t.run(first, row), t.run(first + 1, row), t.run(first + 2, row), t.run(first + 3, row)});
    }
    gated_kernels().step(kHidden, {.candidate = Candidate::kTanh,
                                   .output = CellOutput::kGated,
                                   .input = {t.run(0, row), t.run(1, row), t.run(2, row)},
                                   .recurrent = {t.run(3, row), t.run(4, row), t.run(5, row)},
                                   .gates = {t.run(6, row), t.run(7, row), t.run(8, row)},
                                   .cells = cells.data(),
                                   .num_cells = cells.size(),
                                   .c = t.run(9, row),
                                   .tanh_c = t.run(10, row),
                                   .h = t.run(11, row)});
  });
}

void gated_step_backward(benchmark::State& state) {
  std::vector<ForgottenCellBackward> cells;
  over_tile(state, 12, [&](Tile& t, std::size_t row) {
    cells.clear();
    for (std::size_t k = 0; k < t.num_cells(); ++k) {
      const std::size_t first = 12 + 4 * k;
      cells.push_back(
          {t.run(first, row), t.run(first + 1, row), t.run(first + 2, row), t.run(first + 3, row)});
    }
    gated_kernels().step_backward(kHidden,
                                  {.candidate = Candidate::kTanh,
                                   .output = CellOutput::kGated,
                                   .dh = t.run(0, row),
                                   .dc = t.run(1, row),
                                   .c = t.run(2, row),
                                   .tanh_c = t.run(3, row),
                                   .h = t.run(4, row),
                                   .gates = {t.run(6, row), t.run(7, row), t.run(8, row)},
                                   .copies = {t.run(9, row), t.run(10, row), t.run(11, row)},
                                   .cells = cells.data(),
                                   .num_cells = cells.size(),
                                   .d_forget_input = t.run(5, row)});
  });
}

BENCHMARK(gated_step)->Arg(1)->Arg(2);
BENCHMARK(gated_step_backward)->Arg(1)->Arg(2);

}  // namespace
}  // namespace espalier
