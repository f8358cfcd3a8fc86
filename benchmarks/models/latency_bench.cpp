#include <algorithm>
#include <chrono>
#include <vector>

#include <benchmark/benchmark.h>

#include <espalier/models/tree_classifier.h>

#include "benchmarks/support/random_trees.h"

namespace espalier {
namespace {

enum class Request { kFirst, kFirstAfterWarmUp, kLater };

models::TreeClassifier make_model(int hidden, Rng& rng) {
  return models::TreeClassifier(
      {.num_words = 1000, .input_size = 300, .hidden_size = hidden, .num_classes = 5}, rng);
}

// What one request waits for: the classes of one tree of 37 nodes, 300 -> 150, from the words on;
// half and 99 of 100 requests take at most so many microseconds. For first requests each model is a
// little wider than the one before, so that nothing of it was made for another.
void tree_latency(benchmark::State& state, Request request) {
  Rng rng(1);
  const bench::Forest forest = bench::random_forest(1, 19, 1000, 5, rng);
  const LabelledTree* const tree = &forest.trees[0];
  static int width = 150;
  std::vector<double> microseconds;
  models::TreeClassifier model = make_model(150, rng);
  model.probabilities(models::TreeBatch({&tree, 1}));
  for (auto _ : state) {
    if (request != Request::kLater) model = make_model(++width, rng);
    if (request == Request::kFirstAfterWarmUp) model.warm_up();
    const auto start = std::chrono::steady_clock::now();
    benchmark::DoNotOptimize(model.probabilities(models::TreeBatch({&tree, 1})));
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
    state.SetIterationTime(time.count());
    microseconds.push_back(time.count() * 1e6);
  }
  std::ranges::sort(microseconds);
  state.counters["p50 us"] = microseconds[microseconds.size() / 2];
  state.counters["p99 us"] = microseconds[microseconds.size() * 99 / 100];
}
BENCHMARK_CAPTURE(tree_latency, first, Request::kFirst)->Iterations(100)->UseManualTime();
BENCHMARK_CAPTURE(tree_latency, first_after_warm_up, Request::kFirstAfterWarmUp)
    ->Iterations(100)
    ->UseManualTime();
BENCHMARK_CAPTURE(tree_latency, later, Request::kLater)->Iterations(20000)->UseManualTime();

}  // namespace
}  // namespace espalier
