#include <chrono>
#include <vector>

#include <benchmark/benchmark.h>

#include <espalier/graph/kept_schedule.h>
#include <espalier/models/tree_classifier.h>
#include <espalier/ops/parallel.h>
#include <espalier/training/adam.h>

#include "benchmarks/support/random_trees.h"

namespace espalier {
namespace {

// Seconds of one call, over many.
template <class Call>
double seconds_of(const Call& call) {
  constexpr int kCalls = 200;
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < kCalls; ++i) call();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() / kCalls;
}

// A whole step on 25 trees of 37 nodes: batch, loss, gradients, Adam. Nodes per second, and which
// part of the step its schedule is, as it is merged from the trees' own, and if it were built anew.
void tree_classifier_step(benchmark::State& state) {
  set_num_threads(static_cast<int>(state.range(0)));
  Rng rng(1);
  const bench::Forest forest = bench::random_forest(25, 19, 1000, 5, rng);
  std::vector<const LabelledTree*> trees;
  for (const LabelledTree& tree : forest.trees) trees.push_back(&tree);
  const models::TreeClassifier model({.num_words = 1000,
                                      .input_size = static_cast<int>(state.range(1)),
                                      .hidden_size = static_cast<int>(state.range(2)),
                                      .num_classes = 5},
                                     rng);
  training::Adam optimizer({model.parameters().begin(), model.parameters().end()}, {});
  const auto step = [&] {
    model.loss(models::TreeBatch(trees), rng).backward();
    optimizer.step();
  };
  step();
  for (auto _ : state) step();
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(forest.num_nodes()));
  const double whole = seconds_of(step);
  const double merged =
      seconds_of([&] { benchmark::DoNotOptimize(bottom_up_schedule(forest.shapes)); });
  const double anew =
      seconds_of([&] { benchmark::DoNotOptimize(Schedule(bottom_up(forest.shapes))); });
  state.counters["schedule %"] = 100.0 * merged / whole;
  state.counters["built anew %"] = 100.0 * anew / (whole - merged + anew);
}
BENCHMARK(tree_classifier_step)
    ->ArgNames({"threads", "input", "hidden"})
    ->ArgsProduct({{1, 2}, {32}, {32}})
    ->ArgsProduct({{1, 2}, {300}, {150, 300}})
    ->UseRealTime();

}  // namespace
}  // namespace espalier
