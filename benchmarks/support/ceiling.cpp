#include "benchmarks/support/ceiling.h"

#include <algorithm>
#include <chrono>
#include <vector>

#include <espalier/ops/matmul.h>
#include <espalier/ops/parallel.h>
#include <espalier/ops/random.h>

namespace espalier::bench {

double matmul_ceiling(int num_threads) {
  using Clock = std::chrono::steady_clock;
  constexpr std::size_t kSize = 1024;
  constexpr int kTries = 8;
  Rng rng(1);
  const Tensor a = uniform_tensor({kSize, kSize}, -1.0f, 1.0f, rng);
  const Tensor b = uniform_tensor({kSize, kSize}, -1.0f, 1.0f, rng);
  std::vector<Tensor> results;
  for (int t = 0; t < num_threads; ++t) results.push_back(Tensor::zeros({kSize, kSize}));

  double best_s = 1e9;
  for (int i = 0; i < kTries; ++i) {
    const auto start = Clock::now();
    parallel_blocks(results.size(),
                    [&](std::size_t t) { multiply_plain(a.view(), b.view(), results[t].view()); });
    best_s = std::min(best_s, std::chrono::duration<double>(Clock::now() - start).count());
  }
  return 2.0 * kSize * kSize * kSize * num_threads / best_s;
}

}  // namespace espalier::bench
