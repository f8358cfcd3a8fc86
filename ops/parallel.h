#pragma once

#include <cstddef>
#include <functional>

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#if defined(__SANITIZE_THREAD__)
#define ESPALIER_THREAD_SANITIZER
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define ESPALIER_THREAD_SANITIZER
#endif
#endif
#if defined(ESPALIER_THREAD_SANITIZER)
#include <sanitizer/tsan_interface.h>
#endif

namespace espalier {

/// Threads that the library may use, the caller's among them. At first all cores that the process
/// may run on. Results do not depend on it, bit for bit.
/// Throws OptionError if `num_threads` is not positive. Call it while nothing is running.
void set_num_threads(int num_threads);
int num_threads();

namespace detail {

/// Tells ThreadSanitizer what it cannot see in a TBB that was built without it: what was written
/// before the fork is seen on every side, and what the sides wrote is seen after the join.
#if defined(ESPALIER_THREAD_SANITIZER)
class ForkAndJoin {
 public:
  void fork() { __tsan_release(&fork_); }
  void begin_side() { __tsan_acquire(&fork_); }
  void end_side() { __tsan_release(&join_); }
  void join() { __tsan_acquire(&join_); }

 private:
  char fork_ = 0, join_ = 0;
};
#else
struct ForkAndJoin {
  void fork() {}
  void begin_side() {}
  void end_side() {}
  void join() {}
};
#endif

}  // namespace detail

/// body(block) for block = 0 .. num_blocks - 1, in any order, side by side. What a block is must
/// not depend on the number of threads.
template <class Body>
void parallel_blocks(std::size_t num_blocks, const Body& body) {
  if (num_blocks <= 1 || num_threads() == 1) {
    for (std::size_t block = 0; block < num_blocks; ++block) body(block);
    return;
  }
  detail::ForkAndJoin sides;
  sides.fork();
  tbb::parallel_for(
      tbb::blocked_range<std::size_t>(0, num_blocks, 1),
      [&](const tbb::blocked_range<std::size_t>& range) {
        sides.begin_side();
        for (std::size_t block = range.begin(); block != range.end(); ++block) body(block);
        sides.end_side();
      },
      tbb::simple_partitioner());
  sides.join();
}

/// body(begin, end) over rows begin .. end - 1 of `num_rows`, `block_rows` at a time.
template <class Body>
void parallel_rows(std::size_t num_rows, std::size_t block_rows, const Body& body) {
  parallel_blocks((num_rows + block_rows - 1) / block_rows, [&](std::size_t block) {
    const std::size_t begin = block * block_rows;
    body(begin, begin + block_rows < num_rows ? begin + block_rows : num_rows);
  });
}

}  // namespace espalier
