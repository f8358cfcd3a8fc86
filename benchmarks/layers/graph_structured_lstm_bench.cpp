// Graph-Structured LSTM in both directions at 300 -> 128, 64 threads of 50 to 70 comments: comments
// per second, a step of training being schedules, forward, and backward to inputs and weights. FLOP
// counts are of the matrix products that the equations need, and no others.

#include <vector>

#include <benchmark/benchmark.h>

#include <espalier/graph/reply_graph.h>
#include <espalier/layers/graph_structured_lstm.h>
#include <espalier/ops/elementwise.h>
#include <espalier/ops/parallel.h>

#include "benchmarks/support/ceiling.h"

namespace espalier {
namespace {

constexpr int kInput = 300;
constexpr int kHidden = 128;
constexpr std::size_t kThreads = 64;

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

class Bench {
 public:
  Bench() {
    for (std::size_t t = 0; t < kThreads; ++t) graphs_.push_back(random_thread(rng_));
    for (const ReplyGraph& graph : graphs_) {
      pointers_.push_back(&graph);
      num_nodes_ += graph.num_nodes();
    }
    x_ = Variable::parameter(normal_tensor({num_nodes_, kInput}, 1.0f, rng_));
    factors_ = Variable(normal_tensor({num_nodes_, 2 * kHidden}, 1.0f, rng_));
  }

  std::size_t num_nodes() const { return num_nodes_; }
  double forward_flops() const {
    return 20.0 * kHidden * (kInput + 2 * kHidden) * static_cast<double>(num_nodes_);
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
  BidirectionalGraphStructuredLSTM lstm_{{.input_size = kInput, .hidden_size = kHidden}, rng_};
  std::vector<ReplyGraph> graphs_;
  std::vector<const ReplyGraph*> pointers_;
  std::size_t num_nodes_ = 0;
  Variable x_, factors_;
};

void graph_structured_lstm_train(benchmark::State& state) {
  const auto threads = static_cast<int>(state.range(0));
  set_num_threads(threads);
  const Bench bench;
  if (!bench.agrees_node_by_node()) {
    state.SkipWithError("differs from node by node");
    return;
  }
  const double ceiling = bench::matmul_ceiling(threads);
  for (auto _ : state) bench.train();
  const double flops = 3.0 * bench.forward_flops();
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(bench.num_nodes()));
  state.counters["FLOPs"] = flops;
  state.counters["% of ceiling"] =
      benchmark::Counter(100.0 * flops / ceiling, benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(graph_structured_lstm_train)
    ->ArgName("threads")
    ->Arg(1)
    ->Arg(2)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace espalier
