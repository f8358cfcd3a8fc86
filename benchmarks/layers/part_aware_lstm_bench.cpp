#include <espalier/layers/part_aware_lstm.h>

#include <benchmark/benchmark.h>

#include <vector>

#include <espalier/graph/sequence.h>
#include <espalier/graph/skeleton.h>
#include <espalier/ops/parallel.h>
#include <espalier/ops/training_mode.h>

#include "benchmarks/support/ceiling.h"

namespace espalier {
namespace {

constexpr NodeId kClips = 32, kFrames = 20;
constexpr int kInput = 75, kUnits = 100, kHidden = 5 * kUnits;

// The five parts of 25 joints.
std::vector<MemoryPart> parts() {
  std::vector<MemoryPart> parts;
  for (const BodyPart& part : skeleton_named("ntu").parts()) {
    MemoryPart& memory = parts.emplace_back();
    memory.hidden_size = kUnits;
    for (const NodeId joint : part.joints) {
      for (std::size_t axis = 0; axis < 3; ++axis) memory.columns.push_back(3 * joint + axis);
    }
  }
  return parts;
}

// One layer over 32 clips of 20 frames of 25 joints, parts of 100 units: forward and backward.
// Frames per second, and the share of the matmul ceiling.
void part_aware_lstm_train(benchmark::State& state) {
  const int before = num_threads();
  set_num_threads(static_cast<int>(state.range(0)));
  Rng rng(1);
  const PartAwareLSTM lstm({.input_size = kInput, .parts = parts()}, rng);
  const SequenceBatch sequences{std::vector<NodeId>(kClips, kFrames)};
  const Schedule order = schedule(sequences, Direction::kForward);
  const Variable x = Variable::parameter(normal_tensor({kClips * kFrames, kInput}, 1.0f, rng));
  {
    const Answering answering;
    if (!bitwise_equal(lstm.forward(x, order).h.value(),
                       lstm.forward(x, order, {}, {.tile_rows = 1, .observe = {}}).h.value())) {
      state.SkipWithError("differs from frame by frame");
    }
  }
  for (auto _ : state) {
    lstm.clear_gradients();
    x.clear_gradient();
    lstm.forward(x, order).h.sum().backward();
  }
  double flops = kClips * (kFrames - 1.0) * 8.0 * kHidden * kHidden;
  flops += kClips * kFrames * (2.0 * kHidden * kInput + 6.0 * kUnits * kInput);
  state.SetItemsProcessed(state.iterations() * kClips * kFrames);
  state.counters["of_ceiling"] = benchmark::Counter(
      3.0 * flops * static_cast<double>(state.iterations()) / bench::matmul_ceiling(num_threads()),
      benchmark::Counter::kIsRate);
  set_num_threads(before);
}
BENCHMARK(part_aware_lstm_train)->ArgName("threads")->Arg(1)->Arg(2)->UseRealTime();

}  // namespace
}  // namespace espalier
