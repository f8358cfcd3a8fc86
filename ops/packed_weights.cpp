#include <espalier/ops/packed_weights.h>

#include <tbb/task_arena.h>

namespace espalier {

void PackedWeights::refresh_locked(PackDirections wanted, std::uint64_t version,
                                   const std::function<void(PackDirections)>& pack) {
  const std::lock_guard lock(mutex_);
  const PackDirections now = {.forward = stale({.forward = wanted.forward}, version),
                              .backward = stale({.backward = wanted.backward}, version)};
  if (!now.forward && !now.backward) return;  // Another thread was faster.
  // While it waits for the others to pack, this thread must not run another forward pass, which
  // may want the lock.
  tbb::this_task_arena::isolate([&] { pack(now); });
  if (now.forward) forward_.store(version, std::memory_order_release);
  if (now.backward) backward_.store(version, std::memory_order_release);
}

}  // namespace espalier
