// Graph-Structured LSTM in both directions: comments per second, a step of training being
// schedules, forward, and backward to inputs and weights. At 300 -> 128, 64 threads of 50 to 70
// comments; and at 16 -> 16 one thread as long as it gets. FLOP counts are of the matrix products
// that the equations need, and no others.

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>

#include <espalier/base/memory.h>
#include <espalier/graph/reply_graph.h>
#include <espalier/layers/graph_structured_lstm.h>
#include <espalier/ops/arithmetic.h>
#include <espalier/ops/parallel.h>

#include "benchmarks/support/ceiling.h"

namespace espalier {
namespace {

constexpr GraphStructuredLSTMOptions kWide = {.input_size = 300, .hidden_size = 128};
constexpr GraphStructuredLSTMOptions kNarrow = {.input_size = 16, .hidden_size = 16};

// Replies to the post, with probability 0.3, or to any comment before.
ReplyGraph random_thread(Rng& rng) {
  std::vector<ReplyRecord> records = {{.id = 1, .is_post = true}};
  const std::size_t num_comments = 50 + rng.below(21);
  for (std::size_t i = 0; i < num_comments; ++i) {
    records.push_back({.id = i + 2,
                       .parent = rng.chance(0.3f) ? 1 : 1 + rng.below(i + 1),
                       .time_s = static_cast<std::int64_t>(i + 1)});
  }
  return ReplyGraph(records);
}

std::vector<ReplyGraph> random_threads() {
  Rng rng(1);
  std::vector<ReplyGraph> graphs;
  for (int t = 0; t < 64; ++t) graphs.push_back(random_thread(rng));
  return graphs;
}

enum class LongThread {
  kChain,  // Each comment replies to the one before it.
  kStar,   // One comment has all the replies, but for itself.
};

std::vector<ReplyGraph> long_thread(LongThread shape, std::size_t num_replies) {
  std::vector<ReplyRecord> records = {{.id = 0, .is_post = true}, {.id = 1, .parent = 0}};
  for (std::size_t i = 1; i <= num_replies; ++i) {
    records.push_back({.id = i + 1,
                       .parent = shape == LongThread::kChain ? i : 1,
                       .time_s = static_cast<std::int64_t>(i)});
  }
  return {ReplyGraph(records)};
}

class Bench {
 public:
  Bench(const GraphStructuredLSTMOptions& options, std::vector<ReplyGraph> graphs)
      : lstm_(options, rng_), graphs_(std::move(graphs)) {
    for (const ReplyGraph& graph : graphs_) {
      pointers_.push_back(&graph);
      num_nodes_ += graph.num_nodes();
    }
    x_ = Variable::parameter(
        normal_tensor({num_nodes_, static_cast<std::size_t>(options.input_size)}, 1.0f, rng_));
    const auto hidden = static_cast<std::size_t>(options.hidden_size);
    factors_ = Variable(normal_tensor({num_nodes_, 2 * hidden}, 1.0f, rng_));
  }

  std::size_t num_nodes() const { return num_nodes_; }
  double forward_flops() const {
    const GraphStructuredLSTMOptions& options = lstm_.forward_layer().options();
    return 20.0 * options.hidden_size * (options.input_size + 2 * options.hidden_size) *
           static_cast<double>(num_nodes_);
  }

  Variable forward(const SweepOptions& sweep = {}) const {
    return lstm_.forward(x_, Schedule(reply_structure(pointers_, ReplyDirection::kForward)),
                         Schedule(reply_structure(pointers_, ReplyDirection::kBackward)), sweep);
  }

  void train() const {
    x_.clear_gradient();
    for (const NamedParameter& parameter : lstm_.parameters()) parameter.variable.clear_gradient();
    (forward() * factors_).sum().backward();
  }

  bool agrees_node_by_node() const {
    const NoRecording no_recording;
    return bitwise_equal(forward().value(), forward({.tile_rows = 1}).value());
  }

 private:
  Rng rng_{1};
  BidirectionalGraphStructuredLSTM lstm_;
  std::vector<ReplyGraph> graphs_;
  std::vector<const ReplyGraph*> pointers_;
  std::size_t num_nodes_ = 0;
  Variable x_, factors_;
};

void run(benchmark::State& state, bool training) {
  const auto threads = static_cast<int>(state.range(0));
  set_num_threads(threads);
  const Bench bench(kWide, random_threads());
  if (!bench.agrees_node_by_node()) {
    state.SkipWithError("differs from node by node");
    return;
  }
  const double ceiling = bench::matmul_ceiling(threads);
  if (training) {
    for (auto _ : state) bench.train();
  } else {
    const NoRecording no_recording;
    for (auto _ : state) benchmark::DoNotOptimize(bench.forward());
  }
  const double flops = (training ? 3.0 : 1.0) * bench.forward_flops();
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(bench.num_nodes()));
  state.counters["FLOPs"] = flops;
  state.counters["% of ceiling"] =
      benchmark::Counter(100.0 * flops / ceiling, benchmark::Counter::kIsIterationInvariantRate);
}
void graph_structured_lstm_train(benchmark::State& state) { run(state, true); }
void graph_structured_lstm_infer(benchmark::State& state) { run(state, false); }
BENCHMARK(graph_structured_lstm_train)->ArgName("threads")->Arg(1)->Arg(2)->UseRealTime();
BENCHMARK(graph_structured_lstm_infer)->ArgName("threads")->Arg(1)->Arg(2)->UseRealTime();

// 2 threads, since the directions run side by side. Linear time is as many comments per second at
// every length. "workspace MB" is what the steps took from the system through the pool of
// base/memory.h, in 2^20 bytes: states, gradients, schedules and all that is kept for the backward
// pass, rounded up to its classes of sizes; not the inputs and weights, and not the lists of edges
// that schedules are made from.
void graph_structured_lstm_long(benchmark::State& state, LongThread shape) {
  set_num_threads(2);
  const Bench bench(kNarrow, long_thread(shape, static_cast<std::size_t>(state.range(0))));
  if (!bench.agrees_node_by_node()) {
    state.SkipWithError("differs from node by node");
    return;
  }
  release_kept_memory();
  const std::size_t before = memory_use().in_use;
  for (auto _ : state) bench.train();
  const MemoryUse after = memory_use();
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(bench.num_nodes()));
  state.counters["workspace MB"] =
      static_cast<double>(after.in_use + after.kept - before) / (1024.0 * 1024.0);
}
BENCHMARK_CAPTURE(graph_structured_lstm_long, chain, LongThread::kChain)
    ->ArgName("replies")
    ->Arg(25'000)
    ->Arg(50'000)
    ->Arg(100'000)
    ->Arg(200'000)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(graph_structured_lstm_long, star, LongThread::kStar)
    ->ArgName("replies")
    ->Arg(25'000)
    ->Arg(50'000)
    ->Arg(100'000)
    ->Arg(200'000)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace espalier
