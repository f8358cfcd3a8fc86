#include <espalier/layers/agc_lstm.h>

#include <benchmark/benchmark.h>

#include <memory>
#include <vector>

#include <espalier/graph/joint_partition.h>
#include <espalier/graph/sequence.h>
#include <espalier/graph/skeleton.h>
#include <espalier/layers/temporal_pooling.h>
#include <espalier/ops/parallel.h>
#include <espalier/ops/training_mode.h>

#include "benchmarks/support/ceiling.h"

namespace espalier {
namespace {

constexpr NodeId kClips = 8, kFrames = 20;
constexpr double kJoints = 25, kGroups = 3;

// Three layers over 8 clips of 20 frames of 25 joints, of one width, with pooling by 2 between.
class Layers {
 public:
  explicit Layers(int width) : width_(width) {
    Rng rng(1);
    const auto groups = joint_partitions(skeleton_named("ntu").bones(), JointPartition::kSpatial);
    for (int i = 0; i < 3; ++i) {
      layers_.push_back(std::make_unique<AGCLSTM>(
          AGCLSTMOptions{.input_size = width, .hidden_size = width}, groups, rng));
    }
    x_ = Variable::parameter(
        normal_tensor({kClips * kFrames, 25u * static_cast<std::size_t>(width)}, 1.0f, rng));
  }

  Variable forward(const SweepOptions& sweep = {}) const {
    PooledSequences now{x_, sequences_};
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      if (i > 0) now = average_pooling(now.x, now.sequences, 2);
      now.x = layers_[i]->forward(now.x, schedule(now.sequences, Direction::kForward), {}, sweep).h;
    }
    return now.x;
  }

  void clear() const {
    x_.clear_gradient();
    for (const auto& layer : layers_) layer->clear_gradients();
  }

  static double joint_frames() { return kClips * kFrames * kJoints; }
  // Of products: terms, states but those of first frames, and the attention, whose query is one row
  // a frame.
  double flops() const {
    const double h = width_;
    double sum = 0.0;
    for (const double frames : {20.0, 10.0, 5.0}) {
      sum += kClips * kJoints * (2.0 * frames - 1.0) * 8.0 * kGroups * h * h;
      sum += kClips * frames * (kJoints * 2.0 + 4.0) * h * h;
    }
    return sum;
  }

 private:
  double width_;
  std::vector<std::unique_ptr<AGCLSTM>> layers_;
  SequenceBatch sequences_{std::vector<NodeId>(kClips, kFrames)};
  Variable x_;
};

void set_counters(benchmark::State& state, double flops) {
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(Layers::joint_frames()));
  state.counters["of_ceiling"] = benchmark::Counter(
      flops * static_cast<double>(state.iterations()) / bench::matmul_ceiling(num_threads()),
      benchmark::Counter::kIsRate);
}

bool agrees(const Layers& layers) {
  const Answering answering;
  return bitwise_equal(layers.forward().value(),
                       layers.forward({.tile_rows = 1, .observe = {}}).value());
}

void train(benchmark::State& state, int width) {
  const int before = num_threads();
  set_num_threads(static_cast<int>(state.range(0)));
  const Layers layers(width);
  if (!agrees(layers)) state.SkipWithError("differs from frame by frame");
  for (auto _ : state) {
    layers.clear();
    layers.forward().sum().backward();
  }
  set_counters(state, 3.0 * layers.flops());
  set_num_threads(before);
}

// Forward and backward at 64 units and at the paper's 512. Frames of joints per second, and the
// share of the matmul ceiling.
void agc_lstm_train(benchmark::State& state) { train(state, 64); }
BENCHMARK(agc_lstm_train)->ArgName("threads")->Arg(1)->Arg(2)->UseRealTime();
void agc_lstm_wide_train(benchmark::State& state) { train(state, 512); }
BENCHMARK(agc_lstm_wide_train)->ArgName("threads")->Arg(1)->Arg(2)->UseRealTime();

// One layer, a frame of one clip at a time, from the states of the frame before. Frames per second.
void agc_lstm_frame_by_frame(benchmark::State& state) {
  const Answering answering;
  Rng rng(1);
  const AGCLSTM layer({.input_size = 64, .hidden_size = 64},
                      joint_partitions(skeleton_named("ntu").bones(), JointPartition::kSpatial),
                      rng);
  const SequenceBatch one{std::vector<NodeId>{1}};
  const Schedule order = schedule(one, Direction::kForward);
  const Variable frame(normal_tensor({1, 25 * 64}, 1.0f, rng));
  const std::vector<NodeId> frames = {0};
  JointStates states = layer.forward(frame, order);
  for (auto _ : state) states = layer.forward(frame, order, {states, frames});
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(agc_lstm_frame_by_frame)->UseRealTime();

}  // namespace
}  // namespace espalier
