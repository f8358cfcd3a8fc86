#include <espalier/layers/internal/scratch.h>

#include <utility>

namespace espalier::detail {
namespace {

constexpr std::size_t kFirstChunk = 1 << 17;
constexpr std::size_t kCacheLine = 16;  // Floats.

}  // namespace

Scratch& Scratch::mine() {
  thread_local Scratch scratch;
  return scratch;
}

void Scratch::release_to(ScratchMark mark) {
  top_ = mark;
  const bool nothing_taken = top_.chunk == 0 && top_.used == 0;
  if (nothing_taken &&
      chunks_.size() > 1) {  // The last chunk alone would have been enough for all.
    std::swap(chunks_.front(), chunks_.back());
    chunks_.resize(1);
  }
}

float* Scratch::take(std::size_t size) {
  size = (size + kCacheLine - 1) / kCacheLine * kCacheLine;
  while (top_.chunk < chunks_.size() && top_.used + size > chunks_[top_.chunk].size()) {
    top_ = {top_.chunk + 1, 0};
  }
  if (top_.chunk == chunks_.size()) {
    const std::size_t held = chunks_.empty() ? kFirstChunk : chunks_.back().size();
    chunks_.push_back(Tensor::uninitialized({2 * held + size}));
  }
  top_.used += size;
  return chunks_[top_.chunk].data() + top_.used - size;
}

}  // namespace espalier::detail
