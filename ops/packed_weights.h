#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>

#include <espalier/base/memory.h>
#include <espalier/ops/matmul.h>
#include <espalier/ops/variable.h>

namespace espalier {

/// What a product needs packed: the forward pass's matrices, the backward pass's, or both.
struct PackDirections {
  bool forward = false;
  bool backward = false;
};

/// Packing to be done, side by side.
class PackJobs {
 public:
  /// The packed matrix and the rows, in order, that it is to take: transposed or as they are.
  struct Job {
    PackedMatrix* to;
    PoolVector<MatrixView> blocks;
    bool transposed;
  };
  void add(Job job) { jobs_.push_back(std::move(job)); }
  void run() const;

 private:
  PoolVector<Job> jobs_;
};

/// Knows whether what was packed from some variables is still good, and has it packed anew if not.
///
/// Any number of threads may ask at once, before the first packing too: one packs, the others wait
/// for it; once packed, asking costs no lock. The variables' values must not change meanwhile.
/// What is packed counts as such when packing is through, so one that threw is done again.
class PackedWeights {
 public:
  explicit PackedWeights(PoolVector<Variable> sources) : sources_(std::move(sources)) {}

  /// Calls pack(directions) with those of `wanted` that the sources have changed for since they
  /// were packed; not if there are none. What it throws is passed on.
  template <class Pack>
  void refresh(PackDirections wanted, const Pack& pack) {
    const std::uint64_t version = sources_version();
    if (stale(wanted, version)) refresh_locked(wanted, version, pack);
  }

 private:
  static constexpr std::uint64_t kNever = ~std::uint64_t{0};

  // Versions only grow, so their sum is another if any is.
  std::uint64_t sources_version() const {
    std::uint64_t sum = 0;
    for (const Variable& source : sources_) sum += source.version();
    return sum;
  }
  bool stale(PackDirections wanted, std::uint64_t version) const {
    return (wanted.forward && forward_.load(std::memory_order_acquire) != version) ||
           (wanted.backward && backward_.load(std::memory_order_acquire) != version);
  }
  void refresh_locked(PackDirections wanted, std::uint64_t version,
                      const std::function<void(PackDirections)>& pack);

  PoolVector<Variable> sources_;
  std::mutex mutex_;
  std::atomic<std::uint64_t> forward_ = kNever, backward_ = kNever;  // The versions packed.
};

}  // namespace espalier
