#pragma once

#include <csignal>

namespace espalier::apps {

/// While it lives, the first SIGINT or SIGTERM is only remembered, so that a run can save its state
/// and end; the second ends the process at once, as without it. A signal that was ignored before,
/// as SIGINT is under nohup, stays so. One at a time.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  /// The signal that arrived; 0: none.
  int arrived() const;

 private:
  struct sigaction interrupt_ {
  }, terminate_{};  // As they were before.
};

}  // namespace espalier::apps
