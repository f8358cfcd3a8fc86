// schedule() of sequences.

#include <utility>

#include <espalier/graph/internal/lane_ends.h>
#include <espalier/graph/sequence.h>

namespace espalier {

// Wavefront t holds the t-th step read of every sequence that is longer than t, by sequence. So a
// row's predecessor is the row of the same sequence in the wavefront before, and since all rows but
// those of the first wavefront read exactly one, edges are numbered as those rows.
class ChainSchedule {
 public:
  ChainSchedule(const SequenceBatch& sequences, Direction direction)
      : sequences_(sequences), forward_(direction == Direction::kForward) {}

  Schedule build() const {
    auto plan = std::allocate_shared<Schedule::Plan>(PoolAllocator<Schedule::Plan>());
    PoolVector<Chain> active = start(*plan);
    const NodeId n = sequences_.num_nodes(), num_first = static_cast<NodeId>(active.size());
    plan->nodes.resize(n);
    plan->rows.resize(n);
    ScheduledRelation& previous = plan->relations.emplace_back();
    previous.name = "previous";
    previous.predecessors.resize(n - num_first);
    PoolVector<NodeId> readers(n, kNoNode);  // The row that reads each row.
    NodeId row = 0;
    for (NodeId t = 0; !active.empty(); ++t, ++plan->num_wavefronts) {
      std::size_t still_active = 0, lane = 0;
      plan->bounds.push_back(row);
      for (Chain& chain : active) {
        for (; chain.first >= plan->lane_ends[lane]; ++lane) plan->bounds.push_back(row);
        const NodeId node = forward_ ? chain.first + t : chain.first + chain.length - 1 - t;
        plan->nodes[row] = node;
        plan->rows[node] = row;
        if (t > 0) {
          previous.predecessors[row - num_first] = chain.last_row;
          readers[chain.last_row] = row;
        }
        chain.last_row = row++;
        if (t + 1 < chain.length) active[still_active++] = chain;
      }
      for (; lane < plan->num_lanes; ++lane) plan->bounds.push_back(row);
      active.resize(still_active);
    }
    fill_offsets(previous, readers, num_first);
    return Schedule(std::shared_ptr<const Schedule::Plan>(std::move(plan)));
  }

 private:
  struct Chain {
    NodeId first, length;
    NodeId last_row = 0;  // Of the step read before.
  };

  // The sequences that have a step; sets the lanes.
  PoolVector<Chain> start(Schedule::Plan& plan) const {
    PoolVector<Chain> chains;
    chains.reserve(sequences_.num_sequences());
    LaneEnds lanes(sequences_.num_nodes());
    for (NodeId s = 0; s < sequences_.num_sequences(); ++s) {
      if (sequences_.length(s) == 0) continue;
      chains.push_back({sequences_.first(s), sequences_.length(s)});
      const NodeId end = sequences_.first(s + 1);
      plan.cuts.push_back(end);
      if (lanes.ends_at(end)) plan.lane_ends.push_back(end);
    }
    plan.num_lanes = plan.lane_ends.size();
    return chains;
  }

  static void fill_offsets(ScheduledRelation& previous, const PoolVector<NodeId>& readers,
                           NodeId num_first) {
    const auto n = static_cast<NodeId>(readers.size());
    previous.offsets.resize(std::size_t{n} + 1);
    for (NodeId row = 0; row <= n; ++row) {
      previous.offsets[row] = row > num_first ? row - num_first : 0;
    }
    previous.reader_offsets.reserve(std::size_t{n} + 1);
    previous.reader_offsets.push_back(0);
    previous.readers.reserve(previous.predecessors.size());
    previous.reading_rows.reserve(previous.predecessors.size());
    for (const NodeId reader : readers) {
      if (reader != kNoNode) {
        previous.readers.push_back(reader - num_first);
        previous.reading_rows.push_back(reader);
      }
      previous.reader_offsets.push_back(previous.readers.size());
    }
  }

  const SequenceBatch& sequences_;
  bool forward_;
};

Schedule schedule(const SequenceBatch& sequences, Direction direction) {
  return ChainSchedule(sequences, direction).build();
}

}  // namespace espalier
