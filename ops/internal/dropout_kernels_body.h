// The kernels of dropout_kernels.h for one instruction set.

#include <array>
#include <cstddef>
#include <cstdint>

#include <espalier/ops/internal/dropout_kernels.h>
#include <espalier/ops/internal/simd.h>

namespace espalier {
namespace {

// Words of draws side by side, each in the low half of a lane; of the high half nobody reads.
using Words = xsimd::batch<std::uint64_t, ESPALIER_ARCH>;
constexpr std::size_t kDraws = Words::size;
using Draws = std::array<Words, 4>;

// Products of low halves.
[[gnu::always_inline]] inline Words product_of(const Words& x, const Words& y) {
#if defined(__AVX512F__)
  return _mm512_mul_epu32(x, y);
#elif defined(__AVX2__)
  return _mm256_mul_epu32(x, y);
#else
  return _mm_mul_epu32(x, y);
#endif
}

// Philox4x32-10 of counters, in place.
[[gnu::always_inline]] inline void philox_of(std::uint64_t key, Draws& x) {
  auto k0 = static_cast<std::uint32_t>(key), k1 = static_cast<std::uint32_t>(key >> 32);
  for (int round = 0; round < 10; ++round) {
    const Words a = product_of(x[0], Words(0xD2511F53u)), b = product_of(x[2], Words(0xCD9E8D57u));
    x[0] = (b >> 32) ^ x[1] ^ Words(k0);
    x[1] = b;
    x[2] = (a >> 32) ^ x[3] ^ Words(k1);
    x[3] = a;
    k0 += 0x9E3779B9;
    k1 += 0xBB67AE85;
  }
}

using Numbers = std::array<std::uint64_t, kDraws>;

// Of each draw eight answers, as the bits of a byte.
[[gnu::always_inline]] inline Numbers bytes_of(const Draws& drawn, std::uint32_t limit) {
  Words bytes(std::uint64_t{0});
  for (std::size_t bit = 0; bit < 8; ++bit) {
    const Words word = bit % 2 == 0 ? drawn[bit / 2] : drawn[bit / 2] >> 16;
    const Words half = word & Words(std::uint64_t{0xffff});
    // Its 63rd bit says whether it is below.
    bytes = bytes | ((half - Words(std::uint64_t{limit})) >> 63 << static_cast<int>(bit));
  }
  Numbers numbers;
  bytes.store_unaligned(numbers.data());
  return numbers;
}

// first, first + 1, ...
inline Words counting_from(std::uint64_t first) {
  Numbers numbers;
  for (std::size_t i = 0; i < kDraws; ++i) numbers[i] = first + i;
  return Words::load_unaligned(numbers.data());
}

void draw(std::uint64_t first, std::size_t count, std::size_t heads, std::uint32_t limit,
          std::uint64_t key, std::uint8_t* dropped) {
  const std::size_t groups = (heads + 7) / 8;
  for (std::size_t begin = 0; begin < count; begin += kDraws) {
    const Words items = counting_from(first + begin);
    for (std::size_t group = 0; group < groups; ++group) {
      Draws x{items, items >> 32, Words(group), Words(std::uint64_t{0})};
      philox_of(key, x);
      const Numbers bytes = bytes_of(x, limit);
      for (std::size_t i = 0; i < kDraws && begin + i < count; ++i) {
        dropped[(begin + i) * groups + group] = static_cast<std::uint8_t>(bytes[i]);
      }
    }
  }
}

void draw_row(std::uint32_t row, std::size_t count, std::uint32_t limit, std::uint64_t key,
              std::uint8_t* dropped) {
  const Words zero(std::uint64_t{0});
  for (std::size_t begin = 0; begin < count; begin += kDraws) {
    Draws x{Words(std::uint64_t{row}), counting_from(begin), zero, zero};
    philox_of(key, x);
    const Numbers bytes = bytes_of(x, limit);
    for (std::size_t i = 0; i < kDraws && begin + i < count; ++i) {
      dropped[begin + i] = static_cast<std::uint8_t>(bytes[i]);
    }
  }
}

void drop(std::size_t n, const std::uint8_t* dropped, float scale, const float* x, float* y) {
  std::size_t i = 0;
#ifdef __AVX512F__
  for (; i + kLanes <= n; i += kLanes) {
    const unsigned bits = dropped[i / 8] | unsigned{dropped[i / 8 + 1]} << 8;
    const __m512 scaled = Batch(scale) * Batch::load_unaligned(x + i);
    _mm512_storeu_ps(y + i, _mm512_maskz_mov_ps(static_cast<__mmask16>(~bits), scaled));
  }
#endif
  // Eight to a byte, so that the loop inside is one of vectors.
  for (; i + 8 <= n; i += 8) {
    const std::uint32_t bits = dropped[i / 8];
    for (std::uint32_t b = 0; b < 8; ++b) {
      y[i + b] = (bits >> b & 1u) != 0 ? 0.0f : scale * x[i + b];
    }
  }
  for (; i < n; ++i) y[i] = (dropped[i / 8] >> i % 8 & 1) != 0 ? 0.0f : scale * x[i];
}

constexpr DropoutKernels table(const char* instruction_set) {
  return {.instruction_set = instruction_set, .draw = draw, .draw_row = draw_row, .drop = drop};
}

}  // namespace
}  // namespace espalier
