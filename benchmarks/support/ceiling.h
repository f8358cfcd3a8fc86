#pragma once

namespace espalier::bench {

/// What oneDNN gives on this machine now, in FLOP/s: the sum over `num_threads` threads, each
/// multiplying large square matrices on its own. Best of a few tries, about 0.3 s.
double matmul_ceiling(int num_threads);

}  // namespace espalier::bench
