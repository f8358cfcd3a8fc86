#include <espalier/graph/kept_schedule.h>

#include <espalier/base/memory.h>
#include <espalier/graph/internal/kept_schedules.h>

namespace espalier {
namespace {

// Merges the schedules of some parts; `schedule_of` gives a part's own.
template <class Part, class ScheduleOf>
Schedule merged(std::span<const Part* const> parts, const ScheduleOf& schedule_of) {
  PoolVector<Schedule> schedules;
  PoolVector<const Schedule*> pointers;
  schedules.reserve(parts.size());
  pointers.reserve(parts.size());
  for (const Part* part : parts) pointers.push_back(&schedules.emplace_back(schedule_of(*part)));
  return merge(pointers);
}

}  // namespace

std::atomic<std::size_t> KeptSchedule::limit_ = std::size_t{512} << 20;
std::atomic<std::size_t> KeptSchedule::num_bytes_kept_ = 0;

KeptSchedule::~KeptSchedule() {
  if (kept_) num_bytes_kept_ -= kept_->num_bytes();
}

bool KeptSchedule::reserve(std::size_t num_bytes) {
  if (num_bytes_kept_.fetch_add(num_bytes) + num_bytes <= limit_) return true;
  num_bytes_kept_ -= num_bytes;
  return false;
}

Schedule bottom_up_schedule(std::span<const Tree* const> trees) {
  if (trees.empty()) return Schedule(bottom_up(trees));
  return merged(trees, [](const Tree& tree) {
    return tree.schedules().bottom_up.get([&] { return Schedule(bottom_up(tree)); });
  });
}

Schedule bottom_up_schedule(std::span<const Tree* const> trees, std::size_t arity) {
  if (trees.empty()) return Schedule(bottom_up(trees, arity));
  return merged(trees, [arity](const Tree& tree) {
    return tree.schedules().by_place(arity).get([&] { return Schedule(bottom_up(tree, arity)); });
  });
}

Schedule reply_schedule(std::span<const ReplyGraph* const> graphs, ReplyDirection direction,
                        ReplyEdges edges) {
  if (graphs.empty()) return Schedule(reply_structure(graphs, direction, edges));
  return merged(graphs, [&](const ReplyGraph& graph) {
    const auto d = static_cast<std::size_t>(direction), e = static_cast<std::size_t>(edges);
    return graph.schedules().by_direction_and_edges[d][e].get(
        [&] { return Schedule(reply_structure(graph, direction, edges)); });
  });
}

}  // namespace espalier
