#include <vector>

#include <benchmark/benchmark.h>

#include <espalier/graph/kept_schedule.h>
#include <espalier/graph/schedule.h>
#include <espalier/graph/sequence.h>
#include <espalier/graph/structure.h>

#include "benchmarks/support/random_trees.h"

namespace espalier {
namespace {

// From trees to a schedule, nothing known of them. Nodes per second.
void schedule_forest(benchmark::State& state) {
  Rng rng(1);
  const bench::Forest forest =
      bench::random_forest(static_cast<std::size_t>(state.range(0)), 19, 100, 5, rng);
  for (auto _ : state) benchmark::DoNotOptimize(Schedule(bottom_up(forest.shapes)));
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(forest.num_nodes()));
}
BENCHMARK(schedule_forest)->ArgName("trees")->Arg(25)->Arg(256);

// The same from the trees' own schedules, as every training step does it from the second epoch on.
void merged_schedule_forest(benchmark::State& state) {
  Rng rng(1);
  const bench::Forest forest =
      bench::random_forest(static_cast<std::size_t>(state.range(0)), 19, 100, 5, rng);
  if (!(bottom_up_schedule(forest.shapes) == Schedule(bottom_up(forest.shapes)))) {
    return state.SkipWithError("differs from the schedule built anew");
  }
  for (auto _ : state) benchmark::DoNotOptimize(bottom_up_schedule(forest.shapes));
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(forest.num_nodes()));
}
BENCHMARK(merged_schedule_forest)->ArgName("trees")->Arg(25)->Arg(256);

// Sequences of 50 steps, built as any structure and as sequences.
void schedule_sequences(benchmark::State& state) {
  const SequenceBatch batch(std::vector<NodeId>(static_cast<std::size_t>(state.range(0)), 50));
  const bool as_sequences = state.range(1) != 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(as_sequences ? schedule(batch, Direction::kForward)
                                          : Schedule(batch.structure(Direction::kForward)));
  }
  state.SetItemsProcessed(state.iterations() * batch.num_nodes());
}
BENCHMARK(schedule_sequences)->ArgNames({"sequences", "as_sequences"})->ArgsProduct({{32}, {0, 1}});

// One path: as many wavefronts as nodes.
void schedule_path(benchmark::State& state) {
  std::vector<NodeId> parents(static_cast<std::size_t>(state.range(0)));
  for (std::size_t v = 0; v < parents.size(); ++v) parents[v] = static_cast<NodeId>(v) - 1;
  const Tree path = Tree::from_parents(parents);
  for (auto _ : state) benchmark::DoNotOptimize(Schedule(bottom_up(path)));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(schedule_path)->ArgName("nodes")->Arg(1'000'000);

}  // namespace
}  // namespace espalier
