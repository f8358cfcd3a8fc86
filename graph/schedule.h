#pragma once

#include <cstdint>
#include <iosfwd>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <espalier/base/memory.h>
#include <espalier/graph/structure.h>

namespace espalier {

/// Rows begin .. end - 1 of a schedule.
struct RowRange {
  NodeId begin = 0;
  NodeId end = 0;

  NodeId size() const { return end - begin; }
  friend bool operator==(const RowRange&, const RowRange&) = default;
};

/// A relation between rows. Row v reads predecessors[offsets[v] .. offsets[v + 1]), in the
/// relation's own order; position e in that array is "edge e".
struct ScheduledRelation {
  std::string name;
  Reads reads = Reads::kNewStates;
  PoolVector<EdgeId> offsets;       ///< num_nodes + 1.
  PoolVector<NodeId> predecessors;  ///< Rows.

  /// The edges that read row v, by the row that reads: readers[reader_offsets[v] ..
  /// reader_offsets[v + 1]), and the rows that read through them. The order in which gradients are
  /// summed.
  PoolVector<EdgeId> reader_offsets;
  PoolVector<EdgeId> readers;
  PoolVector<NodeId> reading_rows;

  std::span<const NodeId> of(NodeId row) const {
    return std::span(predecessors).subspan(offsets[row], offsets[row + 1] - offsets[row]);
  }
  std::span<const EdgeId> readers_of(NodeId row) const {
    return std::span(readers).subspan(reader_offsets[row],
                                      reader_offsets[row + 1] - reader_offsets[row]);
  }

  friend bool operator==(const ScheduledRelation&, const ScheduledRelation&) = default;
};

/// An order for computing the nodes of a structure, as wavefronts of nodes that may run together.
///
/// level(v) = 1 + the greatest level among the predecessors whose new state v reads. Nodes are
/// renumbered as rows, by level and then by node id, so that a wavefront is a contiguous range of
/// rows and every row that it reads lies before it.
///
/// Nodes fall into *lanes*, intervals of node ids with no edge from one to another (the graphs of
/// a batch, grouped); within a wavefront a lane, and any run of lanes, is contiguous too. Lanes can
/// be swept side by side with no barrier between wavefronts. Building is O(nodes + edges).
/// Immutable and cheap to copy: copies share their arrays, and any number of threads may read them.
class Schedule {
 public:
  /// Throws GraphError naming the nodes of a cycle, if there is one.
  explicit Schedule(const Structure& structure);

  NodeId num_nodes() const { return static_cast<NodeId>(plan_->nodes.size()); }
  std::size_t num_wavefronts() const { return plan_->num_wavefronts; }
  std::size_t num_lanes() const { return plan_->num_lanes; }

  /// The node computed at each row, and the row of each node.
  std::span<const NodeId> nodes() const { return plan_->nodes; }
  std::span<const NodeId> rows() const { return plan_->rows; }

  RowRange wavefront(std::size_t level) const { return range(level, 0, num_lanes()); }

  /// The part of a wavefront in lanes first_lane .. last_lane - 1.
  RowRange range(std::size_t level, std::size_t first_lane, std::size_t last_lane) const {
    const std::size_t base = level * (plan_->num_lanes + 1);
    return {plan_->bounds[base + first_lane], plan_->bounds[base + last_lane]};
  }

  /// How many nodes lanes first_lane .. last_lane - 1 hold.
  NodeId lane_size(std::size_t first_lane, std::size_t last_lane) const {
    return lane_end(last_lane) - lane_end(first_lane);
  }

  std::span<const ScheduledRelation> relations() const { return plan_->relations; }
  /// Throws GraphError, listing the names there are, if there is no such relation.
  const ScheduledRelation& relation(std::string_view name) const;

  /// The same rows, wavefronts, lanes and relations.
  friend bool operator==(const Schedule& a, const Schedule& b);
  /// Equal for schedules that are equal; for caching.
  std::uint64_t hash() const;

  /// Memory that it holds, about 16 bytes a node, 28 more for each relation, 20 an edge.
  std::size_t num_bytes() const;

  /// A few lines for people: nodes, wavefronts, widths, edges of each relation, lanes.
  std::string explain() const;

  /// Binary, little-endian, versioned. `load` throws ParseError, naming `source`, if the bytes are
  /// cut short or are no schedule.
  void save(std::ostream& out) const;
  static Schedule load(std::istream& in, const std::string& source = "<schedule>");

 private:
  struct Plan {
    std::size_t num_wavefronts = 0;
    std::size_t num_lanes = 0;
    PoolVector<NodeId> nodes;
    PoolVector<NodeId> rows;
    PoolVector<NodeId> lane_ends;  // By node id.
    PoolVector<NodeId> cuts;       // Every node id before which a lane may end, ascending.
    PoolVector<NodeId> bounds;     // [num_wavefronts, num_lanes + 1]
    PoolVector<ScheduledRelation> relations;
  };
  friend Schedule merge(std::span<const Schedule* const> parts);
  friend class ChainSchedule;
  explicit Schedule(std::shared_ptr<const Plan> plan) : plan_(std::move(plan)) {}

  NodeId lane_end(std::size_t lane) const { return lane == 0 ? 0 : plan_->lane_ends[lane - 1]; }

  std::shared_ptr<const Plan> plan_;
};

/// The schedule of the disjoint union of the structures that `parts` are the schedules of, equal in
/// everything to the one that is built anew, at a fraction of its cost: what each part is does not
/// have to be found out again. O(nodes + edges).
/// Throws GraphError unless all have the same relations, by name, kind and order, and if there are
/// more nodes than ids can number.
Schedule merge(std::span<const Schedule* const> parts);

/// The schedule of a structure over as many nodes as the relations have.
/// Throws GraphError as Structure and Schedule do.
Schedule schedule(std::vector<Relation> relations);

}  // namespace espalier
