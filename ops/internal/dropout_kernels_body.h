// The kernels of dropout_kernels.h for one instruction set.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include <espalier/ops/internal/dropout_kernels.h>
#include <espalier/ops/internal/simd.h>

namespace espalier {
namespace {

// A few draws side by side: word w of draw i is [w][i].
constexpr std::size_t kDraws = 16;
using Words = std::array<std::uint32_t, kDraws>;
using Draws = std::array<Words, 4>;

// Philox4x32-10 of counters, in place.
[[gnu::always_inline]] inline void philox_of(std::uint64_t key, Draws& x) {
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

// Of each draw eight answers, as the bits of a byte.
[[gnu::always_inline]] inline Words bytes_of(const Draws& drawn, std::uint32_t limit) {
  Words bytes{};
  for (std::uint32_t bit = 0; bit < 8; ++bit) {
    for (std::size_t i = 0; i < kDraws; ++i) {
      const std::uint32_t half = drawn[bit / 2][i] >> (16 * (bit % 2)) & 0xffffu;
      bytes[i] |= static_cast<std::uint32_t>(half < limit) << bit;
    }
  }
  return bytes;
}

void draw(std::uint64_t first, std::size_t count, std::size_t heads, std::uint32_t limit,
          std::uint64_t key, std::uint8_t* dropped) {
  const std::size_t groups = (heads + 7) / 8;
  for (std::size_t begin = 0; begin < count; begin += kDraws) {
    for (std::size_t group = 0; group < groups; ++group) {
      Draws x;
      for (std::size_t i = 0; i < kDraws; ++i) {
        x[0][i] = static_cast<std::uint32_t>(first + begin + i);
        x[1][i] = static_cast<std::uint32_t>((first + begin + i) >> 32);
        x[2][i] = static_cast<std::uint32_t>(group);
        x[3][i] = 0;
      }
      philox_of(key, x);
      const Words bytes = bytes_of(x, limit);
      for (std::size_t i = 0; i < kDraws && begin + i < count; ++i) {
        dropped[(begin + i) * groups + group] = static_cast<std::uint8_t>(bytes[i]);
      }
    }
  }
}

void draw_row(std::uint32_t row, std::size_t count, std::uint32_t limit, std::uint64_t key,
              std::uint8_t* dropped) {
  for (std::size_t begin = 0; begin < count; begin += kDraws) {
    Draws x;
    for (std::size_t i = 0; i < kDraws; ++i) {
      x[0][i] = row;
      x[1][i] = static_cast<std::uint32_t>(begin + i);
      x[2][i] = x[3][i] = 0;
    }
    philox_of(key, x);
    const Words bytes = bytes_of(x, limit);
    for (std::size_t i = 0; i < std::min(kDraws, count - begin); ++i) {
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
