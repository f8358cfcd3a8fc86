#pragma once

#include <functional>

#include <tbb/task_arena.h>

#include <espalier/ops/parallel.h>

namespace espalier::test {

/// Runs `body` with so many threads, on a machine with fewer cores too: an arena has the threads
/// that it is made for, where set_num_threads() alone is bounded by the cores.
template <class Body>
void with_num_threads(int threads, const Body& body) {
  struct Restore {
    int before = num_threads();
    ~Restore() { set_num_threads(before); }
  } const restore;
  set_num_threads(threads);
  tbb::task_arena arena(threads);
  arena.execute(body);
}

/// Runs `body` with 1, 2 and 4 threads.
inline void for_each_number_of_threads(const std::function<void(int)>& body) {
  for (const int threads : {1, 2, 4}) {
    with_num_threads(threads, [&] { body(threads); });
  }
}

}  // namespace espalier::test
