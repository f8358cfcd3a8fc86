// What benchmarks/layers/agc_lstm_bench.cpp and part_aware_lstm_bench.cpp work on, as a safetensors
// file that torch_skeletons.py reads: inputs, the groups of neighbours as matrices, weights, and
// with these the states and the gradients of their sum, which the peer must reproduce before it is
// timed.

#include <array>
#include <memory>
#include <string>
#include <vector>

#include <espalier/graph/joint_partition.h>
#include <espalier/graph/sequence.h>
#include <espalier/graph/skeleton.h>
#include <espalier/layers/agc_lstm.h>
#include <espalier/layers/part_aware_lstm.h>
#include <espalier/layers/temporal_pooling.h>
#include <espalier/training/safetensors.h>

#include "benchmarks/peers/reference_main.h"

namespace espalier {
namespace {

constexpr NodeId kJoints = 25, kFrames = 20, kAgcClips = 8, kPartClips = 32;

void add_parameters(const Module& module, const std::string& prefix,
                    training::Safetensors& content) {
  for (const NamedParameter& p : module.parameters()) {
    content.tensors.emplace(prefix + p.name, p.variable.value().clone());
    content.tensors.emplace(prefix + p.name + ".gradient", p.variable.gradient().clone());
  }
}

void add_groups(const std::vector<Adjacency>& groups, training::Safetensors& content) {
  Tensor matrices = Tensor::zeros({groups.size() * kJoints, kJoints});
  for (std::size_t k = 0; k < groups.size(); ++k) {
    for (NodeId row = 0; row < kJoints; ++row) {
      for (EdgeId e = groups[k].offsets()[row]; e < groups[k].offsets()[row + 1]; ++e) {
        matrices.at(k * kJoints + row, groups[k].columns()[e]) = groups[k].weights()[e];
      }
    }
  }
  content.tensors.emplace("groups", std::move(matrices));
}

// Three layers with pooling between, as the benchmark has them.
void add_agc(int width, const std::string& name, Rng& rng, training::Safetensors& content) {
  const auto groups = joint_partitions(skeleton_named("ntu").bones(), JointPartition::kSpatial);
  if (!content.tensors.contains("groups")) add_groups(groups, content);
  const Variable x = Variable::parameter(
      normal_tensor({kAgcClips * kFrames, kJoints * static_cast<std::size_t>(width)}, 1.0f, rng));
  std::vector<std::unique_ptr<AGCLSTM>> layers;
  PooledSequences now{x, SequenceBatch{std::vector<NodeId>(kAgcClips, kFrames)}};
  for (int i = 0; i < 3; ++i) {
    layers.push_back(std::make_unique<AGCLSTM>(
        AGCLSTMOptions{.input_size = width, .hidden_size = width}, groups, rng));
    if (i > 0) now = average_pooling(now.x, now.sequences, 2);
    now.x = layers.back()->forward(now.x, schedule(now.sequences, Direction::kForward)).h;
  }
  now.x.sum().backward();
  content.tensors.emplace(name + ".x", x.value().clone());
  content.tensors.emplace(name + ".x.gradient", x.gradient().clone());
  content.tensors.emplace(name + ".h", now.x.value().clone());
  for (std::size_t i = 0; i < layers.size(); ++i) {
    add_parameters(*layers[i], name + "." + std::to_string(i) + ".", content);
  }
}

void add_parts(Rng& rng, training::Safetensors& content) {
  std::vector<MemoryPart> parts;
  for (const BodyPart& part : skeleton_named("ntu").parts()) {
    MemoryPart& memory = parts.emplace_back();
    memory.hidden_size = 100;
    std::vector<float> columns;
    for (const NodeId joint : part.joints) {
      for (std::size_t axis = 0; axis < 3; ++axis) {
        memory.columns.push_back(3 * joint + axis);
        columns.push_back(static_cast<float>(memory.columns.back()));
      }
    }
    content.tensors.emplace("columns." + std::to_string(parts.size() - 1),
                            Tensor::from_values({columns.size()}, columns));
  }
  const PartAwareLSTM lstm({.input_size = 3 * kJoints, .parts = std::move(parts)}, rng);
  const Variable x =
      Variable::parameter(normal_tensor({kPartClips * kFrames, 3 * kJoints}, 1.0f, rng));
  const SequenceBatch sequences{std::vector<NodeId>(kPartClips, kFrames)};
  const Variable h = lstm.forward(x, schedule(sequences, Direction::kForward)).h;
  h.sum().backward();
  content.tensors.emplace("parts.x", x.value().clone());
  content.tensors.emplace("parts.x.gradient", x.gradient().clone());
  content.tensors.emplace("parts.h", h.value().clone());
  add_parameters(lstm, "parts.", content);
}

void write(const std::string& path) {
  Rng rng(1);
  training::Safetensors content;
  add_agc(64, "agc_lstm", rng, content);
  add_agc(512, "agc_lstm_wide", rng, content);
  add_parts(rng, content);
  training::write_safetensors(path, content);
}

}  // namespace
}  // namespace espalier

int main(int argc, char** argv) {
  return espalier::bench::reference_main(
      argc, argv, {"FILE.safetensors"},
      [](const auto& arguments) { espalier::write(arguments[0]); });
}
