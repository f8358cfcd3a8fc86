#include <espalier/base/memory.h>

#include <array>
#include <bit>
#include <cassert>
#include <mutex>
#include <new>

namespace espalier {
namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kKeepBlocks = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
constexpr bool kKeepBlocks = false;
#else
constexpr bool kKeepBlocks = true;
#endif
#else
constexpr bool kKeepBlocks = true;
#endif

constexpr std::align_val_t kAlignment{64};
constexpr std::size_t kNumClasses = 4 * 56;  // Up to 2^63 bytes, the most that a vector asks for.

struct SizeClass {
  std::size_t index;
  std::size_t num_bytes;
};

// Four classes to a doubling, from 64 bytes up.
SizeClass size_class(std::size_t num_bytes) {
  if (num_bytes <= 64) return {0, 64};
  const std::size_t blocks = (num_bytes + 63) / 64;
  const auto log2 = static_cast<std::size_t>(std::bit_width(blocks) - 1);
  if (log2 < 2) return {blocks - 1, blocks * 64};
  const std::size_t step = std::size_t{1} << (log2 - 2);
  const std::size_t quarters = (blocks + step - 1) / step;  // 4 .. 8
  return {4 * (log2 - 1) + quarters - 5, quarters * step * 64};
}

struct FreeBlock {
  FreeBlock* next;
};

struct Pool {
  std::mutex mutex;
  std::array<FreeBlock*, kNumClasses> free{};
  MemoryUse use;
};

// Never destroyed: blocks are given back by objects of static storage duration too.
Pool& pool() {
  static Pool* const instance = new Pool;
  return *instance;
}

}  // namespace

void* take_block(std::size_t num_bytes) {
  const SizeClass size = size_class(num_bytes);
  assert(size.index < kNumClasses);
  Pool& p = pool();
  {
    const std::lock_guard lock(p.mutex);
    if (FreeBlock* block = p.free[size.index]) {
      p.free[size.index] = block->next;
      p.use.kept -= size.num_bytes;
      p.use.in_use += size.num_bytes;
      return block;
    }
  }
  // Counted only when it is there: this may throw.
  void* const block = ::operator new(kKeepBlocks ? size.num_bytes : num_bytes, kAlignment);
  const std::lock_guard lock(p.mutex);
  p.use.in_use += size.num_bytes;
  return block;
}

void give_block(void* block, std::size_t num_bytes) noexcept {
  if (block == nullptr) return;
  const SizeClass size = size_class(num_bytes);
  Pool& p = pool();
  const std::lock_guard lock(p.mutex);
  p.use.in_use -= size.num_bytes;
  if (kKeepBlocks) {
    p.use.kept += size.num_bytes;
    p.free[size.index] = new (block) FreeBlock{p.free[size.index]};
  } else {
    ::operator delete(block, kAlignment);
  }
}

MemoryUse memory_use() {
  Pool& p = pool();
  const std::lock_guard lock(p.mutex);
  return p.use;
}

void release_kept_memory() {
  Pool& p = pool();
  const std::lock_guard lock(p.mutex);
  for (FreeBlock*& head : p.free) {
    while (head != nullptr) {
      FreeBlock* const next = head->next;
      ::operator delete(head, kAlignment);
      head = next;
    }
  }
  p.use.kept = 0;
}

}  // namespace espalier
