#include <espalier/layers/temporal_pooling.h>

#include <cstdint>
#include <utility>

#include <espalier/base/error.h>
#include <espalier/base/memory.h>
#include <espalier/ops/arithmetic.h>
#include <espalier/ops/rows.h>
#include <espalier/ops/segment.h>

namespace espalier {
namespace {

void check_steps(const Variable& x, const SequenceBatch& sequences) {
  check_shape(x.shape(), {sequences.num_nodes(), x.cols()}, "steps of sequences");
}

}  // namespace

PooledSequences average_pooling(const Variable& x, const SequenceBatch& sequences,
                                std::size_t window) {
  check_steps(x, sequences);
  if (window == 0) throw OptionError("a window of 0 steps, expected 1 or more");
  PoolVector<NodeId> lengths;
  PoolVector<std::uint32_t> kept;
  for (NodeId s = 0; s < sequences.num_sequences(); ++s) {
    lengths.push_back(static_cast<NodeId>(sequences.length(s) / window));
    for (std::size_t t = 0; t < lengths.back() * window; ++t) {
      kept.push_back(static_cast<std::uint32_t>(sequences.first(s) + t));
    }
  }
  SequenceBatch pooled(lengths);
  if (window == 1) return {x, std::move(pooled)};
  PoolVector<std::uint64_t> windows;
  for (std::size_t i = 0; i <= pooled.num_nodes(); ++i) windows.push_back(i * window);
  const bool is_whole = kept.size() == sequences.num_nodes();
  return {segment_mean(is_whole ? x : gather_rows(x, kept), windows), std::move(pooled)};
}

Variable step_differences(const Variable& x, const SequenceBatch& sequences) {
  check_steps(x, sequences);
  PoolVector<std::uint32_t> before(sequences.num_nodes());
  for (NodeId s = 0; s < sequences.num_sequences(); ++s) {
    for (NodeId v = sequences.first(s); v < sequences.first(s + 1); ++v) {
      before[v] = v == sequences.first(s) ? v : v - 1;
    }
  }
  return x - gather_rows(x, before);
}

}  // namespace espalier
