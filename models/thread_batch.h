#pragma once

#include <cstdint>
#include <span>

#include <espalier/base/memory.h>
#include <espalier/data/labelled_thread.h>
#include <espalier/graph/schedule.h>
#include <espalier/ops/tensor.h>

namespace espalier::models {

/// Discussions side by side, as arrays: the nodes of threads[i] follow those of threads[i - 1].
struct ThreadBatch {
  /// The schedules are those of `edges`. Throws GraphError, naming the thread, unless words, their
  /// ends and labels fit its graph; ShapeError unless it has `num_features` features a node.
  ThreadBatch(std::span<const LabelledThread* const> threads, std::size_t num_features,
              ReplyEdges edges = ReplyEdges::kBoth);

  NodeId num_nodes() const { return static_cast<NodeId>(labels.size()); }

  PoolVector<std::uint32_t> words;         ///< Of all nodes.
  PoolVector<std::uint64_t> word_offsets;  ///< num_nodes + 1: segments, for ops/segment.h.
  Tensor features;                         ///< [num_nodes, num_features].
  PoolVector<std::int32_t> labels;         ///< kNoLabel where there is none.
  Schedule forward, backward;
};

}  // namespace espalier::models
