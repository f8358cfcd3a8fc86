#pragma once

#include <atomic>
#include <cstddef>
#include <mutex>
#include <optional>
#include <span>

#include <espalier/graph/reply_graph.h>
#include <espalier/graph/schedule.h>
#include <espalier/graph/tree.h>

namespace espalier {

/// The schedule of a structure that never changes, which is built when it is first asked for and
/// kept as long as this lives. Any number of threads may ask at once.
///
/// All of them together keep no more than limit() bytes: a schedule that would exceed it is built
/// anew whenever it is asked for.
class KeptSchedule {
 public:
  KeptSchedule() = default;
  KeptSchedule(const KeptSchedule&) = delete;
  KeptSchedule& operator=(const KeptSchedule&) = delete;
  ~KeptSchedule();

  /// `build` gives a Schedule, the same whenever it is called. What it throws is passed on.
  template <class Build>
  Schedule get(const Build& build) {
    std::optional<Schedule> built;
    std::call_once(once_, [&] {
      built.emplace(build());
      if (reserve(built->num_bytes())) kept_ = built;
    });
    if (kept_) return *kept_;
    return built ? *std::move(built) : build();
  }

  /// Bytes that all may keep together, and do. 512 MiB at first, the schedules of ten million nodes
  /// of trees; a lower limit is for those that are built from then on.
  static std::size_t limit() { return limit_; }
  static void set_limit(std::size_t num_bytes) { limit_ = num_bytes; }
  static std::size_t num_bytes_kept() { return num_bytes_kept_; }

 private:
  static bool reserve(std::size_t num_bytes);

  static std::atomic<std::size_t> limit_, num_bytes_kept_;

  std::once_flag once_;
  std::optional<Schedule> kept_;
};

/// Schedule(bottom_up(trees)), merged from the trees' own. Each is built once, when it is first
/// needed, and kept as long as a copy of the tree lives, as KeptSchedule says.
Schedule bottom_up_schedule(std::span<const Tree* const> trees);
/// The same with a relation for each place: Schedule(bottom_up(trees, arity)).
Schedule bottom_up_schedule(std::span<const Tree* const> trees, std::size_t arity);

/// The same of discussions: Schedule(reply_structure(graphs, direction, edges)).
Schedule reply_schedule(std::span<const ReplyGraph* const> graphs, ReplyDirection direction,
                        ReplyEdges edges = ReplyEdges::kBoth);

}  // namespace espalier
