#include <espalier/ops/packed_weights.h>

#include <tbb/task_arena.h>

#include <espalier/ops/parallel.h>

namespace espalier {

void PackJobs::run() const {
  parallel_blocks(jobs_.size(), [&](std::size_t i) {
    const Job& job = jobs_[i];
    if (job.transposed) {
      job.to->pack_transposed(job.blocks);
    } else {
      job.to->pack(job.blocks);
    }
  });
}

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
