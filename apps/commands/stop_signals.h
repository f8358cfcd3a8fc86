#pragma once

#include <csignal>

#include <atomic>
#include <thread>

namespace espalier::apps {

/// While it lives, a thread of its own takes SIGINT and SIGTERM: they end the process at once, as
/// without it, until wait_for_step() was called. Then the first is only remembered, so that a run
/// can save its state and end, and the second ends the process. A signal that was ignored before,
/// as SIGINT is under nohup, stays so.
///
/// No handler runs on a thread that computes: oneDNN 2.6's code for AVX-512 keeps data below the
/// stack pointer, where the system puts a handler's frame, and memory was damaged. So it must be
/// made before the threads are that compute; they inherit that these signals are blocked.
class StopSignals {
 public:
  /// Throws Error if the system has no file or thread to spare.
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  void wait_for_step() { waits_ = true; }

  /// The signal that arrived since; 0: none.
  int arrived() const { return arrived_; }

 private:
  void watch();

  sigset_t taken_{}, before_{};
  int signals_ = -1, end_ = -1;  // Files: one has the signals, the other says that it is over.
  std::atomic<bool> waits_ = false;
  std::atomic<int> arrived_ = 0;
  std::thread watcher_;
};

}  // namespace espalier::apps
