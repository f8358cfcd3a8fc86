// The kernels of neighbour_kernels.h for one instruction set.

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

void dots(HeadWidth head, const float* a, const float* b, float* dots) {
  for_width(head.width, [&]<std::size_t kWidth>() { dots_of<kWidth>(head, a, b, dots); });
}

// Philox4x32-10 (ops/random.h) of a few counters at once: lane i has {low, high, group, 0} of
// counter first + i.
constexpr std::size_t kDraws = 16;
using Words = std::array<std::uint32_t, kDraws>;

void philox_of(std::uint64_t first, std::uint32_t group, std::uint64_t key,
               std::array<Words, 4>& x) {
  for (std::size_t i = 0; i < kDraws; ++i) {
    x[0][i] = static_cast<std::uint32_t>(first + i);
    x[1][i] = static_cast<std::uint32_t>((first + i) >> 32);
    x[2][i] = group;
    x[3][i] = 0;
  }
  auto k0 = static_cast<std::uint32_t>(key), k1 = static_cast<std::uint32_t>(key >> 32);
  for (int round = 0; round < 10; ++round) {
    for (std::size_t i = 0; i < kDraws; ++i) {
      const std::uint64_t a = std::uint64_t{0xD2511F53} * x[0][i];
      const std::uint64_t b = std::uint64_t{0xCD9E8D57} * x[2][i];
      x[0][i] = static_cast<std::uint32_t>(b >> 32) ^ x[1][i] ^ k0;
      x[1][i] = static_cast<std::uint32_t>(b);
      x[2][i] = static_cast<std::uint32_t>(a >> 32) ^ x[3][i] ^ k1;
      x[3][i] = static_cast<std::uint32_t>(a);
    }
    k0 += 0x9E3779B9;
    k1 += 0xBB67AE85;
  }
}

void draw(std::uint64_t first, std::size_t count, std::size_t heads, std::uint32_t limit,
          std::uint64_t key, std::uint8_t* dropped) {
  const std::size_t groups = (heads + 7) / 8;
  std::array<Words, 4> bits;
  for (std::size_t begin = 0; begin < count; begin += kDraws) {
    for (std::size_t group = 0; group < groups; ++group) {
      philox_of(first + begin, static_cast<std::uint32_t>(group), key, bits);
      std::array<std::uint32_t, kDraws> bytes{};
      for (std::uint32_t head = 0; head < 8; ++head) {
        for (std::size_t i = 0; i < kDraws; ++i) {
          const std::uint32_t drawn = bits[head / 2][i] >> (16 * (head % 2)) & 0xffffu;
          bytes[i] |= static_cast<std::uint32_t>(drawn < limit) << head;
        }
      }
      for (std::size_t i = 0; i < kDraws && begin + i < count; ++i) {
        dropped[(begin + i) * groups + group] = static_cast<std::uint8_t>(bytes[i]);
      }
    }
  }
}

constexpr NeighbourKernels table(const char* instruction_set) {
  return {
      .instruction_set = instruction_set, .add_weighted = add_weighted, .dots = dots, .draw = draw};
}

}  // namespace
}  // namespace espalier
