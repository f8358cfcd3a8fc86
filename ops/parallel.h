#pragma once

#include <cstddef>
#include <functional>

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

namespace espalier {

/// Threads that the library may use, the caller's among them. At first all cores that the process
/// may run on. Results do not depend on it, bit for bit.
/// Throws OptionError if `num_threads` is not positive. Call it while nothing is running.
void set_num_threads(int num_threads);
int num_threads();

/// body(block) for block = 0 .. num_blocks - 1, in any order, side by side. What a block is must
/// not depend on the number of threads.
template <class Body>
void parallel_blocks(std::size_t num_blocks, const Body& body) {
  if (num_blocks <= 1 || num_threads() == 1) {
    for (std::size_t block = 0; block < num_blocks; ++block) body(block);
    return;
  }
  tbb::parallel_for(
      tbb::blocked_range<std::size_t>(0, num_blocks, 1),
      [&](const tbb::blocked_range<std::size_t>& range) {
        for (std::size_t block = range.begin(); block != range.end(); ++block) body(block);
      },
      tbb::simple_partitioner());
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
