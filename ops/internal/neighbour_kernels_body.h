// The kernels of neighbour_kernels.h for one instruction set.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include <espalier/ops/internal/neighbour_kernels.h>
#include <espalier/ops/internal/simd.h>

namespace espalier {
namespace {

// visit.operator()<width>() with the width of a head, if it is a usual one; else 0.
template <class Visit>
void for_width(std::size_t width, const Visit& visit) {
  switch (width) {
    case 8:
      return visit.template operator()<8>();
    case 16:
      return visit.template operator()<16>();
    case 64:
      return visit.template operator()<64>();
    default:
      return visit.template operator()<0>();
  }
}

template <std::size_t kWidth>
[[gnu::always_inline]] inline void add_of(HeadWidth head, const float* w, const float* x,
                                          float* __restrict y) {
  const std::size_t width = kWidth == 0 ? head.width : kWidth;
  for (std::size_t h = 0; h < head.heads; ++h) {
    for (std::size_t d = 0; d < width; ++d) y[h * width + d] += w[h] * x[h * width + d];
  }
}

[[gnu::always_inline]] inline float dot_of_head(std::size_t width, const float* a, const float* b) {
  std::size_t d = 0;
  float sum = 0.0f;
  if (width >= kLanes) {
    Batch lanes(0.0f);
    for (; d + kLanes <= width; d += kLanes) {
      lanes = xsimd::fma(Batch::load_unaligned(a + d), Batch::load_unaligned(b + d), lanes);
    }
    alignas(64) std::array<float, kLanes> each;
    lanes.store_aligned(each.data());
    for (const float lane : each) sum += lane;
  }
  for (; d < width; ++d) sum += a[d] * b[d];
  return sum;
}

template <std::size_t kWidth>
[[gnu::always_inline]] inline void dots_of(HeadWidth head, const float* a, const float* b,
                                           float* dots) {
  std::size_t h = 0;
#ifdef __AVX2__
  if constexpr (kWidth == 8) {
    // Eight heads of eight: sums across lanes, all eight together.
    using Eight = xsimd::batch<float, xsimd::avx2>;
    for (; h + 8 <= head.heads; h += 8) {
      std::array<Eight, 8> products;
      for (std::size_t i = 0; i < 8; ++i) {
        products[i] =
            Eight::load_unaligned(a + (h + i) * 8) * Eight::load_unaligned(b + (h + i) * 8);
      }
      xsimd::haddp(products.data()).store_unaligned(dots + h);
    }
  }
#endif
  const std::size_t width = kWidth == 0 ? head.width : kWidth;
  for (; h < head.heads; ++h) dots[h] = dot_of_head(width, a + h * width, b + h * width);
}

void add_weighted(HeadWidth head, const float* w, const float* x, float* y) {
  for_width(head.width, [&]<std::size_t kWidth>() { add_of<kWidth>(head, w, x, y); });
}

// What is added up: y += sum of w x, and if it is done twice, z += sum of u x. Weights of
// neighbours are `heads` apart; those of neighbour i are at entries[i], if there are any, or at i.
struct Sums {
  std::size_t heads, columns;
  const std::uint64_t* entries;
  const float *w, *u, *x;
  float *y, *z;

  std::size_t at(std::size_t i) const { return (entries == nullptr ? i : entries[i]) * heads; }
};

// One head, its columns in vectors, of which the last has `rest`, or all if kWhole.
template <bool kTwice, std::size_t kVectors, bool kWhole>
[[gnu::always_inline]] inline void add_vectors(const Neighbours& neighbours, const Sums& s,
                                               std::size_t rest) {
  std::array<Batch, kVectors> y, z;
  const auto load = [rest](std::size_t v, const float* from) {
    return kWhole || v + 1 < kVectors ? Batch::load_unaligned(from + v * kLanes)
                                      : load_part(from + v * kLanes, rest);
  };
  for (std::size_t v = 0; v < kVectors; ++v) {
    y[v] = load(v, s.y);
    if constexpr (kTwice) z[v] = load(v, s.z);
  }
  for (std::size_t i = 0; i < neighbours.count; ++i) {
    const float* const row = s.x + neighbours.ids[i] * s.columns;
    for (std::size_t v = 0; v < kVectors; ++v) {
      const Batch x = load(v, row);
      y[v] = xsimd::fma(Batch(s.w[s.at(i)]), x, y[v]);
      if constexpr (kTwice) z[v] = xsimd::fma(Batch(s.u[s.at(i)]), x, z[v]);
    }
  }
  const auto store = [rest](std::size_t v, const Batch& x, float* to) {
    if (kWhole || v + 1 < kVectors) return x.store_unaligned(to + v * kLanes);
    store_part(x, to + v * kLanes, rest);
  };
  for (std::size_t v = 0; v < kVectors; ++v) {
    store(v, y[v], s.y);
    if constexpr (kTwice) store(v, z[v], s.z);
  }
}

template <bool kTwice>
[[gnu::always_inline]] inline void add_one_head(const Neighbours& neighbours, std::size_t width,
                                                Sums s) {
  const auto advance = [&](std::size_t columns) {
    s.x += columns;
    s.y += columns;
    if constexpr (kTwice) s.z += columns;
    width -= columns;
  };
  for (; width >= 4 * kLanes; advance(4 * kLanes)) {
    add_vectors<kTwice, 4, true>(neighbours, s, kLanes);
  }
  for (; width >= kLanes; advance(kLanes)) add_vectors<kTwice, 1, true>(neighbours, s, kLanes);
  if (width > 0) add_vectors<kTwice, 1, false>(neighbours, s, width);
}

#ifdef __AVX512F__
// Eight heads of eight, two heads in a vector, so that a row is read once for all.
template <bool kTwice>
[[gnu::always_inline]] inline void add_eight_heads(const Neighbours& neighbours, const Sums& s) {
  std::array<Batch, 4> y, z;
  __m512i pair[4];  // Of a vector's columns the head.
  for (std::size_t v = 0; v < 4; ++v) {
    y[v] = Batch::load_unaligned(s.y + v * kLanes);
    if constexpr (kTwice) z[v] = Batch::load_unaligned(s.z + v * kLanes);
    const int h = 2 * static_cast<int>(v);
    pair[v] = _mm512_mask_set1_epi32(_mm512_set1_epi32(h), 0xff00, h + 1);
  }
  const auto of_columns = [&](const float* w, std::size_t i, std::size_t v) {
    const __m512 eight = _mm512_castps256_ps512(_mm256_loadu_ps(w + s.at(i)));
    return Batch(_mm512_permutexvar_ps(pair[v], eight));
  };
  for (std::size_t i = 0; i < neighbours.count; ++i) {
    const float* const row = s.x + neighbours.ids[i] * s.columns;
    for (std::size_t v = 0; v < 4; ++v) {
      const Batch x = Batch::load_unaligned(row + v * kLanes);
      y[v] = xsimd::fma(of_columns(s.w, i, v), x, y[v]);
      if constexpr (kTwice) z[v] = xsimd::fma(of_columns(s.u, i, v), x, z[v]);
    }
  }
  for (std::size_t v = 0; v < 4; ++v) {
    y[v].store_unaligned(s.y + v * kLanes);
    if constexpr (kTwice) z[v].store_unaligned(s.z + v * kLanes);
  }
}
#endif

template <bool kTwice>
[[gnu::always_inline]] inline void add_all(HeadWidth head, const Neighbours& neighbours, Sums s) {
  std::size_t h = 0;
  const auto advance = [&](std::size_t heads) {
    h += heads;
    s.w += heads;
    s.x += heads * head.width;
    s.y += heads * head.width;
    if constexpr (kTwice) s.u += heads, s.z += heads * head.width;
  };
#ifdef __AVX512F__
  for (; head.width == 8 && h + 8 <= head.heads; advance(8)) {
    add_eight_heads<kTwice>(neighbours, s);
  }
#endif
  for (; h < head.heads; advance(1)) add_one_head<kTwice>(neighbours, head.width, s);
}

void add_neighbours(HeadWidth head, Neighbours neighbours, const float* w, const float* x,
                    float* y) {
  add_all<false>(head, neighbours,
                 {.heads = head.heads,
                  .columns = head.columns(),
                  .entries = nullptr,
                  .w = w,
                  .u = nullptr,
                  .x = x,
                  .y = y,
                  .z = nullptr});
}

void add_neighbours_twice(HeadWidth head, Neighbours neighbours, const float* w, const float* u,
                          const float* x, float* y, float* z) {
  add_all<true>(head, neighbours,
                {.heads = head.heads,
                 .columns = head.columns(),
                 .entries = nullptr,
                 .w = w,
                 .u = u,
                 .x = x,
                 .y = y,
                 .z = z});
}

void multiply_rows(HeadWidth head, std::size_t begin, std::size_t end, const std::uint64_t* offsets,
                   const std::uint32_t* ids, const std::uint64_t* entries, const float* w,
                   const float* x, float* y) {
  const std::size_t columns = head.columns();
  for (std::size_t r = begin; r < end; ++r) {
    const std::uint64_t first = offsets[r];
    add_all<false>(head, {offsets[r + 1] - first, ids + first},
                   {.heads = head.heads,
                    .columns = columns,
                    .entries = entries == nullptr ? nullptr : entries + first,
                    .w = entries == nullptr ? w + first * head.heads : w,
                    .u = nullptr,
                    .x = x,
                    .y = y + r * columns,
                    .z = nullptr});
  }
}

void dots(HeadWidth head, const float* a, const float* b, float* dots) {
  for_width(head.width, [&]<std::size_t kWidth>() { dots_of<kWidth>(head, a, b, dots); });
}

constexpr NeighbourKernels table(const char* instruction_set) {
  return {.instruction_set = instruction_set,
          .add_weighted = add_weighted,
          .add_neighbours = add_neighbours,
          .add_neighbours_twice = add_neighbours_twice,
          .multiply_rows = multiply_rows,
          .dots = dots};
}

}  // namespace
}  // namespace espalier
