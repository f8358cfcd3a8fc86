#include <espalier/base/memory.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cassert>
#include <cstdint>
#include <mutex>
#include <new>

#include <sys/mman.h>

#include <espalier/base/memory_budget.h>
#include <espalier/base/memory_error.h>

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

// Large blocks begin at a large page, and ask for large pages: tables of word vectors are read at
// random, and with small pages most of that time goes into finding the page.
constexpr std::size_t kLargePage = std::size_t{1} << 21;

std::align_val_t alignment(std::size_t num_bytes) {
  return std::align_val_t{num_bytes >= kLargePage ? kLargePage : 64};
}

[[noreturn]] void fail(std::size_t num_bytes) {
  throw MemoryError(message("out of memory: no ", num_bytes, " bytes more"));
}

void* ask_system(std::size_t num_bytes) {
  void* const block = ::operator new(num_bytes, alignment(num_bytes), std::nothrow);
  if (block == nullptr) fail(num_bytes);
#ifdef MADV_HUGEPAGE
  if (num_bytes >= kLargePage) madvise(block, num_bytes, MADV_HUGEPAGE);
#endif
  return block;
}

void return_to_system(void* block, std::size_t num_bytes) noexcept {
  ::operator delete(block, alignment(num_bytes));
}
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
  std::size_t num_bytes;
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

// Blocks to be taken until one fails; 0 or less: none does.
std::atomic<std::int64_t> blocks_to_failure = 0;

}  // namespace

std::size_t fail_block(std::size_t n) {
  return static_cast<std::size_t>(
      std::max(blocks_to_failure.exchange(static_cast<std::int64_t>(n)), std::int64_t{0}));
}

void* take_block(std::size_t num_bytes) {
  if (blocks_to_failure.load(std::memory_order_relaxed) > 0 &&
      blocks_to_failure.fetch_sub(1) == 1) {
    fail(num_bytes);
  }
  MemoryBudget::charge(num_bytes);
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
  void* const block = ask_system(kKeepBlocks ? size.num_bytes : num_bytes);
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
    p.free[size.index] = new (block) FreeBlock{p.free[size.index], size.num_bytes};
  } else {
    return_to_system(block, num_bytes);
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
      return_to_system(head, head->num_bytes);
      head = next;
    }
  }
  p.use.kept = 0;
}

}  // namespace espalier
