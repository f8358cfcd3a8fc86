#include <espalier/graph/sequence.h>

#include <utility>
#include <vector>

#include <espalier/graph/internal/check.h>

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
  first_steps_.reserve(lengths.size());
  last_steps_.reserve(lengths.size());
  for (NodeId s = 0; s < num_sequences(); ++s) {
    first_steps_.push_back(length(s) == 0 ? kNoNode : first(s));
    last_steps_.push_back(length(s) == 0 ? kNoNode : first(s + 1) - 1);
  }
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
