#pragma once

#include <cstddef>
#include <vector>

namespace espalier {

/// Blocks of memory that are kept for reuse when they are given back, aligned to 64 bytes.
///
/// A training step asks for the same sizes again and again; from the second step on it is served
/// from here and asks the system for nothing. Sizes are rounded up to 64 bytes, and from there to a
/// class at most a quarter larger. Any thread may take and give. Under AddressSanitizer blocks go
/// straight to the system, so that a use after release is seen.
void* take_block(std::size_t num_bytes);
void give_block(void* block, std::size_t num_bytes) noexcept;

/// What the pool holds, in bytes.
struct MemoryUse {
  std::size_t in_use = 0;  ///< Taken and not given back.
  std::size_t kept = 0;    ///< Given back and kept for reuse.
};
MemoryUse memory_use();

/// Hands every kept block back to the system.
void release_kept_memory();

/// For tests of what happens when memory runs out: the n-th block that any thread takes from now on
/// is not there, and take_block throws MemoryError, once; with 0 all are there. Returns what was
/// left to count before: 0 if that block was asked for.
std::size_t fail_block(std::size_t n);

/// A standard allocator over the pool.
template <class T>
struct PoolAllocator {
  using value_type = T;

  PoolAllocator() = default;
  template <class U>
  PoolAllocator(const PoolAllocator<U>&) {}

  T* allocate(std::size_t n) { return static_cast<T*>(take_block(n * sizeof(T))); }
  void deallocate(T* p, std::size_t n) noexcept { give_block(p, n * sizeof(T)); }

  friend bool operator==(const PoolAllocator&, const PoolAllocator&) { return true; }
};

template <class T>
using PoolVector = std::vector<T, PoolAllocator<T>>;

}  // namespace espalier
