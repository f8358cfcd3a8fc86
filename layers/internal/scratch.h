#pragma once

#include <cstddef>

#include <espalier/base/memory.h>
#include <espalier/layers/recurrence.h>
#include <espalier/ops/tensor.h>

namespace espalier::detail {

/// Memory that tiles take and give back in the opposite order, as a stack; each thread has its own
/// and keeps it. A thread that waits in the midst of a tile may run another tile meanwhile: that
/// one's memory lies above, and is given back before the first goes on.
class Scratch {
 public:
  static Scratch& mine();

  ScratchMark mark() const { return top_; }
  /// Gives back all that was taken since.
  void release_to(ScratchMark mark);
  /// `size` floats, aligned to 64 bytes, not initialised.
  float* take(std::size_t size);

 private:
  PoolVector<Tensor> chunks_;  // Each greater than the one before.
  ScratchMark top_;
};

}  // namespace espalier::detail
