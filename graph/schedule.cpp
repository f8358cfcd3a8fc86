#include <espalier/graph/schedule.h>

#include <algorithm>
#include <numeric>

#include <espalier/base/error.h>
#include <espalier/graph/internal/lane_ends.h>

namespace espalier {
namespace {

constexpr NodeId kUnknown = kNoNode;
constexpr NodeId kOpen = kNoNode - 1;  // On the stack: reached again, it closes a cycle.

// A node whose predecessors are being looked at, and how far that has come.
struct Visit {
  NodeId node;
  NodeId level;
  std::size_t relation;
  std::size_t next;
};

[[noreturn]] void throw_cycle(const PoolVector<Visit>& stack, NodeId again) {
  auto first = std::find_if(stack.begin(), stack.end(),
                            [=](const Visit& visit) { return visit.node == again; });
  std::string nodes = std::to_string(again);
  constexpr std::ptrdiff_t kMostShown = 20;
  for (auto visit = first + 1; visit != stack.end(); ++visit) {
    nodes += " reads ";
    if (visit - first > kMostShown) {
      nodes += message("… ", stack.end() - visit, " more …");
      break;
    }
    nodes += std::to_string(visit->node);
  }
  throw GraphError(message("the new states have no order, for there is a cycle: node ", nodes,
                           " reads ", again));
}

// level(v), 0 for nodes that read no new state. Depth first with a stack of its own.
PoolVector<NodeId> levels_of(const Structure& structure) {
  const std::span<const Relation> relations = structure.relations();
  PoolVector<NodeId> levels(structure.num_nodes(), kUnknown);
  PoolVector<Visit> stack;
  for (NodeId start = 0; start < structure.num_nodes(); ++start) {
    if (levels[start] != kUnknown) continue;
    levels[start] = kOpen;
    stack.push_back({start, 0, 0, 0});
    while (!stack.empty()) {
      Visit& visit = stack.back();
      if (visit.relation == relations.size()) {
        levels[visit.node] = visit.level;
        stack.pop_back();
        continue;
      }
      const Relation& relation = relations[visit.relation];
      const std::span<const NodeId> predecessors = relation.of(visit.node);
      if (relation.reads == Reads::kOldStates || visit.next == predecessors.size()) {
        ++visit.relation;
        visit.next = 0;
        continue;
      }
      const NodeId predecessor = predecessors[visit.next];
      const NodeId level = levels[predecessor];
      if (level == kOpen) throw_cycle(stack, predecessor);
      if (level == kUnknown) {
        levels[predecessor] = kOpen;
        stack.push_back({predecessor, 0, 0, 0});
      } else {
        visit.level = std::max(visit.level, level + 1);
        ++visit.next;
      }
    }
  }
  return levels;
}

// Where lanes may end, by node id: at points that no new-state edge crosses.
PoolVector<NodeId> cuts_of(const Structure& structure) {
  const NodeId n = structure.num_nodes();
  PoolVector<NodeId> reach(
      n);  // The greatest node that shares an edge with v, seen from the lower.
  std::iota(reach.begin(), reach.end(), NodeId{0});
  for (const Relation& relation : structure.relations()) {
    if (relation.reads == Reads::kOldStates) continue;
    for (NodeId v = 0; v < n; ++v) {
      for (const NodeId p : relation.of(v)) {
        NodeId& far = reach[std::min(v, p)];
        far = std::max(far, std::max(v, p));
      }
    }
  }
  PoolVector<NodeId> cuts;
  NodeId far = 0;
  for (NodeId v = 0; v < n; ++v) {
    far = std::max(far, reach[v]);
    if (far == v) cuts.push_back(v + 1);
  }
  return cuts;
}

// Fills in readers from predecessors.
void reverse(ScheduledRelation& relation) {
  const auto n = static_cast<NodeId>(relation.offsets.size() - 1);
  relation.reader_offsets.assign(std::size_t{n} + 1, 0);
  for (const NodeId p : relation.predecessors) ++relation.reader_offsets[p + 1];
  std::partial_sum(relation.reader_offsets.begin(), relation.reader_offsets.end(),
                   relation.reader_offsets.begin());
  relation.readers.resize(relation.predecessors.size());
  relation.reading_rows.resize(relation.predecessors.size());
  PoolVector<EdgeId> next(relation.reader_offsets.begin(), relation.reader_offsets.end() - 1);
  for (NodeId row = 0; row < n; ++row) {
    for (EdgeId e = relation.offsets[row]; e < relation.offsets[row + 1]; ++e) {
      const EdgeId place = next[relation.predecessors[e]]++;
      relation.readers[place] = e;
      relation.reading_rows[place] = row;
    }
  }
}

ScheduledRelation renumbered(const Relation& from, std::span<const NodeId> nodes,
                             std::span<const NodeId> rows) {
  ScheduledRelation to;
  to.name = from.name;
  to.reads = from.reads;
  to.offsets.resize(nodes.size() + 1);
  to.predecessors.resize(from.predecessors.size());
  EdgeId edge = 0;
  for (std::size_t row = 0; row < nodes.size(); ++row) {
    to.offsets[row] = edge;
    for (const NodeId p : from.of(nodes[row])) to.predecessors[edge++] = rows[p];
  }
  to.offsets[nodes.size()] = edge;
  reverse(to);
  return to;
}

}  // namespace

Schedule::Schedule(const Structure& structure) {
  const PoolVector<NodeId> levels = levels_of(structure);
  auto plan = std::allocate_shared<Plan>(PoolAllocator<Plan>());
  plan->cuts = cuts_of(structure);
  const NodeId n = structure.num_nodes();
  LaneEnds lanes(n);
  for (const NodeId cut : plan->cuts) {
    if (lanes.ends_at(cut)) plan->lane_ends.push_back(cut);
  }
  plan->num_wavefronts = n == 0 ? 0 : *std::max_element(levels.begin(), levels.end()) + 1;
  plan->num_lanes = plan->lane_ends.size();

  // Counting sort by (level, lane); within both, nodes stay in the order of their ids.
  const std::size_t stride = plan->num_lanes + 1;
  plan->bounds.assign(plan->num_wavefronts * stride, 0);
  const auto for_each_node = [&](const auto& visit) {
    std::size_t lane = 0;
    for (NodeId v = 0; v < n; ++v) {
      if (v == plan->lane_ends[lane]) ++lane;
      visit(v, levels[v] * stride + lane);
    }
  };
  for_each_node([&](NodeId, std::size_t place) { ++plan->bounds[place]; });
  NodeId row = 0;
  for (NodeId& bound : plan->bounds) row += std::exchange(bound, row);
  PoolVector<NodeId> next = plan->bounds;
  plan->nodes.resize(n);
  plan->rows.resize(n);
  for_each_node([&](NodeId v, std::size_t place) {
    plan->rows[v] = next[place]++;
    plan->nodes[plan->rows[v]] = v;
  });

  plan->relations.reserve(structure.relations().size());
  for (const Relation& relation : structure.relations()) {
    plan->relations.push_back(renumbered(relation, plan->nodes, plan->rows));
  }
  plan_ = std::move(plan);
}

const ScheduledRelation& Schedule::relation(std::string_view name) const {
  std::string names;
  for (const ScheduledRelation& relation : relations()) {
    if (relation.name == name) return relation;
    names += " \"" + relation.name + "\"";
  }
  throw GraphError(message("the schedule has no relation \"", name, "\"; it has:", names));
}

bool operator==(const Schedule& a, const Schedule& b) {
  const Schedule::Plan &x = *a.plan_, &y = *b.plan_;
  return &x == &y || (x.num_wavefronts == y.num_wavefronts && x.num_lanes == y.num_lanes &&
                      x.nodes == y.nodes && x.rows == y.rows && x.lane_ends == y.lane_ends &&
                      x.cuts == y.cuts && x.bounds == y.bounds && x.relations == y.relations);
}

std::size_t Schedule::num_bytes() const {
  const auto size = [](const auto& values) { return values.size() * sizeof(values[0]); };
  std::size_t sum = sizeof(Plan) + size(plan_->nodes) + size(plan_->rows) + size(plan_->lane_ends) +
                    size(plan_->cuts) + size(plan_->bounds);
  for (const ScheduledRelation& relation : plan_->relations) {
    sum += sizeof(relation) + size(relation.offsets) + size(relation.predecessors) +
           size(relation.reader_offsets) + size(relation.readers) + size(relation.reading_rows);
  }
  return sum;
}

std::uint64_t Schedule::hash() const {
  std::uint64_t sum = 14695981039346656037u;  // FNV-1a, a word at a time.
  const auto take = [&](std::uint64_t word) { sum = (sum ^ word) * 1099511628211u; };
  for (const NodeId v : plan_->nodes) take(v);
  for (const NodeId b : plan_->bounds) take(b);
  for (const ScheduledRelation& relation : relations()) {
    for (const char c : relation.name) take(static_cast<unsigned char>(c));
    take(relation.reads == Reads::kNewStates ? 1 : 2);
    for (const EdgeId e : relation.offsets) take(e);
    for (const NodeId p : relation.predecessors) take(p);
  }
  return sum;
}

std::string Schedule::explain() const {
  std::string text = message(num_nodes(), " nodes in ", num_wavefronts(), " wavefronts, ",
                             num_lanes(), " lanes\n");
  if (num_nodes() == 0) return text;
  NodeId widest = 0;
  for (std::size_t level = 0; level < num_wavefronts(); ++level) {
    widest = std::max(widest, wavefront(level).size());
  }
  text += message("width: mean ",
                  static_cast<double>(num_nodes()) / static_cast<double>(num_wavefronts()),
                  ", greatest ", widest, "; first wavefronts:");
  constexpr std::size_t kShown = 12;
  for (std::size_t level = 0; level < std::min(kShown, num_wavefronts()); ++level) {
    text += message(' ', wavefront(level).size());
  }
  text += num_wavefronts() > kShown ? " …\n" : "\n";
  for (const ScheduledRelation& relation : relations()) {
    text += message("relation \"", relation.name, "\": reads ",
                    relation.reads == Reads::kNewStates ? "new" : "old", " states over ",
                    relation.predecessors.size(), " edges\n");
  }
  return text;
}

Schedule schedule(std::vector<Relation> relations) {
  if (relations.empty()) throw GraphError("a schedule of no relations has no nodes");
  const auto num_nodes =
      static_cast<NodeId>(std::max<std::size_t>(relations[0].offsets.size(), 1) - 1);
  return Schedule(Structure(num_nodes, std::move(relations)));
}

}  // namespace espalier
