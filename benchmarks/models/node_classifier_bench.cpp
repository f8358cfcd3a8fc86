// Classifiers of nodes that read a whole graph: an epoch of training is one step over all nodes,
// forward, cross entropy, backward and Adam. Sizes are those of benchmarks/support/graph_tasks.h;
// with dropout the papers' (0.6 for attention, 0.5 for convolution) or none. Nodes per second;
// FLOP/s of what the equations need, and the bytes per second of neighbours' rows that are read.
// benchmarks/peers has the same in PyTorch and PyTorch Geometric.

#include <benchmark/benchmark.h>

#include <espalier/ops/parallel.h>
#include <espalier/ops/training_mode.h>
#include <espalier/training/adam.h>

#include "benchmarks/support/ceiling.h"
#include "benchmarks/support/differences.h"
#include "benchmarks/support/graph_tasks.h"

namespace espalier {
namespace {

void train(benchmark::State& state, const std::string& name) {
  const auto threads = static_cast<int>(state.range(0));
  set_num_threads(threads);
  const bool attends = name != "gcn" && name != "gcn_words";
  const float dropout = state.range(1) == 0 ? 0.0f : attends ? 0.6f : 0.5f;
  const bench::GraphTask task = bench::make_graph_task(name, dropout);
  Rng unused(1);
  const auto loss = [&] { return task.model->loss(task.batch, unused); };
  if (!bench::agrees_with_differences(loss, task.model->parameters())) {
    return state.SkipWithError("the gradient is not that of differences");
  }
  training::Adam adam({task.model->parameters().begin(), task.model->parameters().end()},
                      {.learning_rate = 1e-3, .l2 = 5e-4});
  Rng rng(2);
  const Training training;
  for (auto _ : state) {
    task.model->loss(task.batch, rng).backward();
    adam.step();
  }
  using benchmark::Counter;
  const double ceiling = bench::matmul_ceiling(threads);
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(task.graph->num_nodes()));
  state.counters["FLOP/s"] = Counter(task.training_flops, Counter::kIsIterationInvariantRate);
  state.counters["% of ceiling"] =
      Counter(100.0 * task.training_flops / ceiling, Counter::kIsIterationInvariantRate);
  state.counters["neighbours' B/s"] =
      Counter(task.neighbour_bytes, Counter::kIsIterationInvariantRate);
}

void han_train(benchmark::State& state) { train(state, "han"); }
void han_conv_train(benchmark::State& state) { train(state, "han_conv"); }
void gcn_train(benchmark::State& state) { train(state, "gcn"); }
void gcn_words_train(benchmark::State& state) { train(state, "gcn_words"); }
void gat_train(benchmark::State& state) { train(state, "gat"); }

#define ESPALIER_BY_THREADS_AND_DROPOUT(name, ...) \
  BENCHMARK(name)                                  \
      ->ArgNames({"threads", "dropout"})           \
      ->ArgsProduct({{1, 2}, __VA_ARGS__})         \
      ->UseRealTime()                              \
      ->MeasureProcessCPUTime()                    \
      ->Unit(benchmark::kMillisecond)
ESPALIER_BY_THREADS_AND_DROPOUT(han_train, {0, 1});
ESPALIER_BY_THREADS_AND_DROPOUT(han_conv_train, {0});
ESPALIER_BY_THREADS_AND_DROPOUT(gcn_train, {0, 1});
ESPALIER_BY_THREADS_AND_DROPOUT(gcn_words_train, {0, 1});
ESPALIER_BY_THREADS_AND_DROPOUT(gat_train, {0, 1});

}  // namespace
}  // namespace espalier
