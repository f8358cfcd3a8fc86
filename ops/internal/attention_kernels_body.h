// The kernels of attention_kernels.h for one instruction set.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>

#include <espalier/ops/internal/attention_kernels.h>
#include <espalier/ops/internal/simd.h>

namespace espalier {
namespace {

// visit.operator()<heads>() with the number of heads if vectors hold whole entries of so many, and
// it is a usual one; else visit.operator()<0>().
template <class Visit>
[[gnu::always_inline]] inline void for_heads(std::size_t heads, const Visit& visit) {
  if (heads == 1) return visit.template operator()<1>();
  if (heads == 4) return visit.template operator()<4>();
  if constexpr (kLanes % 8 == 0) {
    if (heads == 8) return visit.template operator()<8>();
  }
  visit.template operator()<0>();
}

// A number for each head in all lanes of that head, and back again: lanes of a head put together.
template <std::size_t kHeads>
[[gnu::always_inline]] inline Batch spread(const float* x) {
  alignas(64) float lanes[kLanes];
  for (std::size_t j = 0; j < kLanes; ++j) lanes[j] = x[j % kHeads];
  return Batch::load_aligned(lanes);
}
template <std::size_t kHeads, class Join>
[[gnu::always_inline]] inline void gather(const Batch& x, float* result, const Join& join) {
  alignas(64) float lanes[kLanes];
  x.store_aligned(lanes);
  for (std::size_t h = 0; h < kHeads; ++h) {
    result[h] = lanes[h];
    for (std::size_t j = h + kHeads; j < kLanes; j += kHeads) result[h] = join(result[h], lanes[j]);
  }
}

// body(load, store, known) for each vector of a run of n; known(x, other) is x in lanes that the
// run has, `other` beyond its end.
template <class Body>
[[gnu::always_inline]] inline void for_vectors(std::size_t n, const Body& body) {
  std::size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    body([i](const float* x) { return Batch::load_unaligned(x + i); },
         [i](const Batch& x, float* to) { x.store_unaligned(to + i); },
         [](const Batch& x, float) { return x; });
  }
  if (i == n) return;
  const std::size_t rest = n - i;
  body([=](const float* x) { return load_part(x + i, rest); },
       [=](const Batch& x, float* to) { store_part(x, to + i, rest); },
       [rest](const Batch& x, float other) {
         alignas(64) float lanes[kLanes];
         x.store_aligned(lanes);
         for (std::size_t j = rest; j < kLanes; ++j) lanes[j] = other;
         return Batch::load_aligned(lanes);
       });
}

float add_of(float a, float b) { return a + b; }
float max_of(float a, float b) { return b > a ? b : a; }

template <std::size_t kHeads>
[[gnu::always_inline]] inline void attend_vectors(const Neighbours& neighbours, const float* own,
                                                  const float* others, float slope, float* alpha,
                                                  float* positive, float* max, float* sum,
                                                  float* positive_sum) {
  for (std::size_t i = 0; i < neighbours.count; ++i) {
    std::copy_n(others + neighbours.ids[i] * kHeads, kHeads, alpha + i * kHeads);
  }
  const std::size_t n = neighbours.count * kHeads;
  const Batch own_score = spread<kHeads>(own), zero(0.0f);
  Batch most(-std::numeric_limits<float>::infinity());
  for_vectors(n, [&](const auto& load, const auto& store, const auto& known) {
    const Batch e = own_score + load(alpha);
    const auto is_positive = e > zero;
    const Batch leaky = xsimd::select(is_positive, e, Batch(slope) * e);
    store(leaky, alpha);
    store(xsimd::select(is_positive, Batch(1.0f), zero), positive);
    most = xsimd::max(most, known(leaky, -std::numeric_limits<float>::infinity()));
  });
  gather<kHeads>(most, max, max_of);
  most = spread<kHeads>(max);
  Batch total = zero, positive_total = zero;
  for_vectors(n, [&](const auto& load, const auto& store, const auto& known) {
    const Batch a = exp_of(load(alpha) - most);
    store(a, alpha);
    const Batch counted = known(a, 0.0f);
    total += counted;
    positive_total = xsimd::fma(counted, load(positive), positive_total);
  });
  gather<kHeads>(total, sum, add_of);
  gather<kHeads>(positive_total, positive_sum, add_of);
}

// Any number of heads.
void attend_heads(std::size_t heads, const Neighbours& neighbours, const float* own,
                  const float* others, float slope, float* alpha, float* positive, float* max,
                  float* sum, float* positive_sum) {
  std::fill_n(max, heads, -std::numeric_limits<float>::infinity());
  std::fill_n(sum, heads, 0.0f);
  std::fill_n(positive_sum, heads, 0.0f);
  const std::size_t n = neighbours.count * heads;
  for (std::size_t k = 0; k < n; ++k) {
    const std::size_t h = k % heads;
    const float e = own[h] + others[neighbours.ids[k / heads] * heads + h];
    positive[k] = e > 0.0f ? 1.0f : 0.0f;
    alpha[k] = e > 0.0f ? e : slope * e;
    max[h] = max_of(max[h], alpha[k]);
  }
  for (std::size_t k = 0; k < n; ++k) alpha[k] -= max[k % heads];
  for_each<1, 1>(n, {alpha}, {alpha}, [](auto& in, auto& out) { out[0] = exp_of(in[0]); });
  for (std::size_t k = 0; k < n; ++k) {
    sum[k % heads] += alpha[k];
    positive_sum[k % heads] += alpha[k] * positive[k];
  }
}

void attend(std::size_t heads, Neighbours neighbours, const float* own, const float* others,
            float slope, float* alpha, float* positive, float* shift, float* sum,
            float* positive_sum) {
  for_heads(heads, [&]<std::size_t kHeads>() {
    if constexpr (kHeads == 0) {
      attend_heads(heads, neighbours, own, others, slope, alpha, positive, shift, sum,
                   positive_sum);
    } else {
      attend_vectors<kHeads>(neighbours, own, others, slope, alpha, positive, shift, sum,
                             positive_sum);
    }
  });
  for_each<2, 1>(heads, {sum, shift}, {shift},
                 [](auto& in, auto& out) { out[0] = in[1] + xsimd::log(in[0]); });
}

// The three numbers of each row, side by side; `positive` and `means` hold the others on the way.
template <std::size_t kHeads>
[[gnu::always_inline]] inline void attend_again_vectors(const Neighbours& neighbours,
                                                        const float* own, const float* sides,
                                                        float slope, float* alpha, float* positive,
                                                        float* means, float* sum) {
  for (std::size_t i = 0; i < neighbours.count; ++i) {
    const float* const side = sides + neighbours.ids[i] * (3 * kHeads);
    std::copy_n(side, kHeads, alpha + i * kHeads);
    std::copy_n(side + kHeads, kHeads, positive + i * kHeads);
    std::copy_n(side + 2 * kHeads, kHeads, means + i * kHeads);
  }
  const Batch own_score = spread<kHeads>(own), zero(0.0f), one(1.0f);
  Batch total = zero;
  for_vectors(neighbours.count * kHeads, [&](const auto& load, const auto& store, const auto&) {
    const Batch e = own_score + load(alpha);
    const auto is_positive = e > zero;
    const Batch steep = xsimd::select(is_positive, one, Batch(slope));
    const Batch a = exp_of(steep * e - load(positive));
    store(a, alpha);
    store(xsimd::select(is_positive, one, zero), positive);
    total = xsimd::fma(a * steep, load(means), total);  // Beyond the end means are 0.
  });
  gather<kHeads>(total, sum, add_of);
}

void attend_again_heads(std::size_t heads, const Neighbours& neighbours, const float* own,
                        const float* sides, float slope, float* alpha, float* positive,
                        float* sum) {
  const std::size_t n = neighbours.count * heads;
  const auto side_of = [&](std::size_t k) { return sides + neighbours.ids[k / heads] * 3 * heads; };
  std::fill_n(sum, heads, 0.0f);
  for (std::size_t k = 0; k < n; ++k) {
    const float e = own[k % heads] + side_of(k)[k % heads];
    positive[k] = e > 0.0f ? 1.0f : 0.0f;
    alpha[k] = (e > 0.0f ? e : slope * e) - side_of(k)[heads + k % heads];
  }
  for_each<1, 1>(n, {alpha}, {alpha}, [](auto& in, auto& out) { out[0] = exp_of(in[0]); });
  for (std::size_t k = 0; k < n; ++k) {
    const float steep = positive[k] > 0.0f ? 1.0f : slope;
    sum[k % heads] += alpha[k] * steep * side_of(k)[2 * heads + k % heads];
  }
}

void attend_again(std::size_t heads, Neighbours neighbours, const float* own, const float* sides,
                  float slope, float* alpha, float* positive, float* scratch, float* sum) {
  for_heads(heads, [&]<std::size_t kHeads>() {
    if constexpr (kHeads == 0) {
      attend_again_heads(heads, neighbours, own, sides, slope, alpha, positive, sum);
    } else {
      attend_again_vectors<kHeads>(neighbours, own, sides, slope, alpha, positive, scratch, sum);
    }
  });
}

// The factors of as many entries as a vector has, and there are; 0 where a bit of theirs is set.
template <std::size_t kHeads>
[[gnu::always_inline]] inline Batch kept_of(const Batch& factors, const std::uint8_t* dropped,
                                            std::size_t count) {
#ifdef __AVX512F__
  if constexpr (kHeads == 8) {
    const unsigned bits = dropped[0] | (count > 1 ? unsigned{dropped[1]} << 8 : 0u);
    return _mm512_maskz_mov_ps(static_cast<__mmask16>(~bits), factors);
  }
#endif
  alignas(64) float lanes[kLanes];
  for (std::size_t j = 0; j < kLanes; ++j) {
    const std::size_t i = j / kHeads;
    lanes[j] = i < count && (dropped[i] >> j % kHeads & 1) == 0 ? 1.0f : 0.0f;
  }
  return factors * Batch::load_aligned(lanes);
}

template <std::size_t kHeads>
[[gnu::always_inline]] inline void weigh_vectors(std::size_t count, const std::uint8_t* dropped,
                                                 const float* factor, float* alpha,
                                                 float* positive) {
  const Batch factors = spread<kHeads>(factor);
  std::size_t entry = 0;
  for_vectors(count * kHeads, [&](const auto& load, const auto& store, const auto&) {
    Batch kept = factors;
    if (dropped != nullptr) {
      kept = kept_of<kHeads>(factors, dropped + entry, count - entry);
      entry += kLanes / kHeads;
    }
    const Batch a = load(alpha) * kept;
    store(a, alpha);
    store(load(positive) * a, positive);
  });
}

void weigh(std::size_t heads, std::size_t count, const std::uint8_t* dropped, const float* factor,
           float* alpha, float* positive) {
  for_heads(heads, [&]<std::size_t kHeads>() {
    if constexpr (kHeads != 0) {
      weigh_vectors<kHeads>(count, dropped, factor, alpha, positive);
    } else {
      const std::size_t bytes = (heads + 7) / 8;
      for (std::size_t k = 0; k < count * heads; ++k) {
        const std::size_t i = k / heads, h = k % heads;
        const bool falls = dropped != nullptr && (dropped[i * bytes + h / 8] >> h % 8 & 1) != 0;
        alpha[k] = falls ? 0.0f : alpha[k] * factor[h];
        positive[k] *= alpha[k];
      }
    }
  });
}

constexpr AttentionKernels table(const char* instruction_set) {
  return {.instruction_set = instruction_set,
          .attend = attend,
          .attend_again = attend_again,
          .weigh = weigh};
}

}  // namespace
}  // namespace espalier
