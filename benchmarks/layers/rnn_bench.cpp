// LSTM and GRU at 300 -> 256, 32 sequences of 50 steps, or of 5 to 50: steps of sequences per
// second, a step of training being schedule, forward, backward to inputs and weights, and SGD. FLOP
// counts are of the matrix products that the equations need, and no others. benchmarks/peers has
// the same work in PyTorch and in oneDNN's own recurrent primitives.

#include <memory>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include <espalier/graph/sequence.h>
#include <espalier/layers/gru.h>
#include <espalier/layers/lstm.h>
#include <espalier/ops/arithmetic.h>
#include <espalier/ops/parallel.h>
#include <espalier/training/sgd.h>

#include "benchmarks/support/ceiling.h"

namespace espalier {
namespace {

constexpr int kInput = 300;
constexpr int kHidden = 256;
constexpr NodeId kSequences = 32;
constexpr NodeId kSteps = 50;

// The peers draw theirs by the same rule.
SequenceBatch make_sequences(bool ragged) {
  std::vector<NodeId> lengths(kSequences, kSteps);
  for (NodeId i = 0; ragged && i < kSequences; ++i) lengths[i] = 5 + (i * 29 + 7) % 46;
  return SequenceBatch(lengths);
}

template <class Layer>
class Bench {
 public:
  explicit Bench(bool ragged)
      : sequences_(make_sequences(ragged)),
        layer_({.input_size = kInput, .hidden_size = kHidden}, rng_),
        x_(Variable::parameter(normal_tensor({sequences_.num_nodes(), kInput}, 1.0f, rng_))),
        factors_(normal_tensor({sequences_.num_nodes(), kHidden}, 1.0f, rng_)),
        sgd_({layer_.parameters().begin(), layer_.parameters().end()}, {.learning_rate = 1e-6}) {}

  std::size_t num_nodes() const { return sequences_.num_nodes(); }
  double forward_flops() const {
    const double gates = static_cast<double>(layer_.parameter("weight_ih").rows());
    return 2.0 * gates * (kInput + kHidden) * static_cast<double>(num_nodes());
  }

  Variable forward(const SweepOptions& sweep = {}) const {
    return layer_.forward(x_, schedule(sequences_, Direction::kForward), {}, sweep).h;
  }

  void train() {
    x_.clear_gradient();
    (forward() * factors_).sum().backward();
    sgd_.step();
  }

  bool agrees_node_by_node() const {
    const NoRecording no_recording;
    return bitwise_equal(forward().value(), forward({.tile_rows = 1}).value());
  }

 private:
  Rng rng_{1};
  SequenceBatch sequences_;
  Layer layer_;
  Variable x_, factors_;
  training::SGD sgd_;
};

template <class Layer>
void run(benchmark::State& state, bool training) {
  const auto threads = static_cast<int>(state.range(0));
  set_num_threads(threads);
  Bench<Layer> bench(state.range(1) != 0);
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

void lstm_train(benchmark::State& state) { run<LSTM>(state, true); }
void lstm_infer(benchmark::State& state) { run<LSTM>(state, false); }
void gru_train(benchmark::State& state) { run<GRU>(state, true); }
void gru_infer(benchmark::State& state) { run<GRU>(state, false); }

#define ESPALIER_BY_THREADS_AND_LENGTHS(name) \
  BENCHMARK(name)                             \
      ->ArgNames({"threads", "ragged"})       \
      ->ArgsProduct({{1, 2}, {0, 1}})         \
      ->UseRealTime()                         \
      ->MeasureProcessCPUTime()
ESPALIER_BY_THREADS_AND_LENGTHS(lstm_train);
ESPALIER_BY_THREADS_AND_LENGTHS(lstm_infer);
ESPALIER_BY_THREADS_AND_LENGTHS(gru_train);
ESPALIER_BY_THREADS_AND_LENGTHS(gru_infer);

}  // namespace
}  // namespace espalier
