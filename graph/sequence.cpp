#include <espalier/graph/sequence.h>

#include <utility>
#include <vector>

#include <espalier/graph/check.h>

namespace espalier {

SequenceBatch::SequenceBatch(std::span<const NodeId> lengths) {
  offsets_.reserve(lengths.size() + 1);
  EdgeId end = 0;
  offsets_.push_back(end);
  for (const NodeId length : lengths) {
    end += length;
    offsets_.push_back(end);
  }
  checked_num_nodes(end);
}

PoolVector<NodeId> SequenceBatch::first_read(Direction direction) const {
  PoolVector<NodeId> nodes;
  nodes.reserve(num_sequences());
  for (NodeId s = 0; s < num_sequences(); ++s) {
    const NodeId node = direction == Direction::kForward ? first(s) : first(s + 1) - 1;
    nodes.push_back(length(s) == 0 ? kNoNode : node);
  }
  return nodes;
}

PoolVector<NodeId> SequenceBatch::last_read(Direction direction) const {
  return first_read(direction == Direction::kForward ? Direction::kBackward : Direction::kForward);
}

Structure SequenceBatch::structure(Direction direction) const {
  Relation previous = {
      .name = "previous", .reads = Reads::kNewStates, .offsets = {}, .predecessors = {}};
  previous.offsets.reserve(std::size_t{num_nodes()} + 1);
  previous.predecessors.reserve(num_nodes());
  previous.offsets.push_back(0);
  const bool forward = direction == Direction::kForward;
  for (NodeId s = 0; s < num_sequences(); ++s) {
    const NodeId begin = first(s), end = first(s + 1);
    const NodeId alone = forward ? begin : end - 1;
    for (NodeId v = begin; v < end; ++v) {
      if (v != alone) previous.predecessors.push_back(forward ? v - 1 : v + 1);
      previous.offsets.push_back(previous.predecessors.size());
    }
  }
  std::vector<Relation> relations;
  relations.push_back(std::move(previous));
  return Structure(num_nodes(), std::move(relations));
}

}  // namespace espalier
