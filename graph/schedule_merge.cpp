// merge().

#include <algorithm>

#include <espalier/graph/internal/check.h>
#include <espalier/graph/internal/lane_ends.h>
#include <espalier/graph/internal/same_relations.h>
#include <espalier/graph/schedule.h>

namespace espalier {
namespace {

using Parts = std::span<const Schedule* const>;

// Rows begin .. begin + size - 1 of a part, which lie one after the other in the union too: those
// of one wavefront. A part's predecessors and readers refer to rows of the part.
struct Block {
  std::size_t part;
  NodeId begin, size;
};

// Blocks in the order of the union's rows.
PoolVector<Block> blocks_of(Parts parts, PoolVector<NodeId>& wavefront_ends) {
  PoolVector<Block> blocks;
  PoolVector<std::size_t> active;  // Parts that have this wavefront.
  std::size_t num_blocks = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    num_blocks += parts[i]->num_wavefronts();
    if (parts[i]->num_wavefronts() > 0) active.push_back(i);
  }
  blocks.reserve(num_blocks);
  NodeId row = 0;
  for (std::size_t level = 0; !active.empty(); ++level) {
    std::size_t still_active = 0;
    for (const std::size_t i : active) {
      const RowRange range = parts[i]->wavefront(level);
      blocks.push_back({i, range.begin, range.size()});
      row += range.size();
      if (level + 1 < parts[i]->num_wavefronts()) active[still_active++] = i;
    }
    active.resize(still_active);
    wavefront_ends.push_back(row);
  }
  return blocks;
}

// `new_rows` begins, for each part, at its first node.
struct Renumbering {
  PoolVector<NodeId> first_node;  // Of each part.
  PoolVector<NodeId> new_rows;    // Of every part's rows.

  const NodeId* of(std::size_t part) const { return new_rows.data() + first_node[part]; }
};

ScheduledRelation merged(Parts parts, std::size_t r, std::span<const Block> blocks,
                         const Renumbering& numbers) {
  const ScheduledRelation& first = parts[0]->relations()[r];
  ScheduledRelation to;
  to.name = first.name;
  to.reads = first.reads;
  std::size_t num_edges = 0;
  for (const Schedule* part : parts) num_edges += part->relations()[r].predecessors.size();
  const std::size_t n = numbers.new_rows.size();
  to.offsets.resize(n + 1);
  to.predecessors.resize(num_edges);
  to.reader_offsets.resize(n + 1);
  to.readers.resize(num_edges);
  to.reading_rows.resize(num_edges);

  EdgeId* offset = to.offsets.data();
  EdgeId edge = 0;
  for (const Block& block : blocks) {
    const ScheduledRelation& from = parts[block.part]->relations()[r];
    const NodeId* const new_row = numbers.of(block.part);
    const EdgeId* const old_offset = from.offsets.data() + block.begin;
    for (NodeId k = 0; k < block.size; ++k) offset[k] = edge + (old_offset[k] - old_offset[0]);
    const EdgeId count = old_offset[block.size] - old_offset[0];
    const NodeId* const old_row = from.predecessors.data() + old_offset[0];
    for (EdgeId e = 0; e < count; ++e) to.predecessors[edge + e] = new_row[old_row[e]];
    offset += block.size;
    edge += count;
  }
  *offset = edge;

  // A part's readers of a row come in the same order in the union.
  offset = to.reader_offsets.data();
  edge = 0;
  for (const Block& block : blocks) {
    const ScheduledRelation& from = parts[block.part]->relations()[r];
    const NodeId* const new_row = numbers.of(block.part);
    const EdgeId* const old_offset = from.reader_offsets.data() + block.begin;
    for (NodeId k = 0; k < block.size; ++k) offset[k] = edge + (old_offset[k] - old_offset[0]);
    for (EdgeId place = old_offset[0]; place < old_offset[block.size]; ++place, ++edge) {
      const NodeId row = from.reading_rows[place];
      to.reading_rows[edge] = new_row[row];
      to.readers[edge] = to.offsets[new_row[row]] + (from.readers[place] - from.offsets[row]);
    }
    offset += block.size;
  }
  *offset = edge;
  return to;
}

}  // namespace

Schedule merge(Parts parts) {
  if (parts.empty()) return Schedule(Structure(0, {}));
  if (parts.size() == 1) return *parts[0];
  check_same_relations(parts, "schedule");
  std::uint64_t num_nodes = 0;
  Renumbering numbers;
  numbers.first_node.reserve(parts.size());
  for (const Schedule* part : parts) {
    numbers.first_node.push_back(static_cast<NodeId>(num_nodes));
    num_nodes = checked_num_nodes(num_nodes + part->num_nodes());
  }
  const auto n = static_cast<NodeId>(num_nodes);

  auto plan = std::allocate_shared<Schedule::Plan>(PoolAllocator<Schedule::Plan>());
  struct End {
    std::size_t part;
    NodeId node;  // Of the part.
  };
  PoolVector<End> ends;  // Of lanes.
  LaneEnds lanes(n);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    for (const NodeId cut : parts[i]->plan_->cuts) {
      const NodeId node = numbers.first_node[i] + cut;
      plan->cuts.push_back(node);
      if (!lanes.ends_at(node)) continue;
      plan->lane_ends.push_back(node);
      ends.push_back({i, cut});
    }
  }
  plan->num_lanes = ends.size();

  PoolVector<NodeId> wavefront_ends;
  const PoolVector<Block> blocks = blocks_of(parts, wavefront_ends);
  plan->num_wavefronts = wavefront_ends.size();
  plan->nodes.resize(n);
  plan->rows.resize(n);
  plan->bounds.reserve(plan->num_wavefronts * (ends.size() + 1));
  numbers.new_rows.resize(n);
  NodeId row = 0;
  const Block* block = blocks.data();
  for (const NodeId wavefront_end : wavefront_ends) {
    plan->bounds.push_back(row);
    auto end = ends.begin();
    for (; row < wavefront_end; ++block) {
      for (; end != ends.end() && end->part < block->part; ++end) plan->bounds.push_back(row);
      const NodeId first = numbers.first_node[block->part];
      const auto nodes = parts[block->part]->nodes().subspan(block->begin, block->size);
      for (; end != ends.end() && end->part == block->part; ++end) {
        const auto before = std::ranges::lower_bound(nodes, end->node) - nodes.begin();
        plan->bounds.push_back(row + static_cast<NodeId>(before));
      }
      NodeId* const new_row = numbers.new_rows.data() + first + block->begin;
      for (NodeId k = 0; k < block->size; ++k) {
        new_row[k] = row + k;
        plan->nodes[row + k] = first + nodes[k];
        plan->rows[first + nodes[k]] = row + k;
      }
      row += block->size;
    }
    for (; end != ends.end(); ++end) plan->bounds.push_back(row);
  }

  plan->relations.reserve(parts[0]->relations().size());
  for (std::size_t r = 0; r < parts[0]->relations().size(); ++r) {
    plan->relations.push_back(merged(parts, r, blocks, numbers));
  }
  return Schedule(std::shared_ptr<const Schedule::Plan>(std::move(plan)));
}

}  // namespace espalier
