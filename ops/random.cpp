#include <espalier/ops/random.h>

#include <cmath>
#include <numbers>

namespace espalier {
namespace {

constexpr std::uint32_t low_half(std::uint64_t x) { return static_cast<std::uint32_t>(x); }
constexpr std::uint32_t high_half(std::uint64_t x) { return static_cast<std::uint32_t>(x >> 32); }

}  // namespace

std::array<std::uint32_t, 4> philox(const std::array<std::uint32_t, 4>& counter,
                                    const std::array<std::uint32_t, 2>& key) {
  std::array<std::uint32_t, 4> x = counter;
  std::array<std::uint32_t, 2> k = key;
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t a = std::uint64_t{0xD2511F53} * x[0];
    const std::uint64_t b = std::uint64_t{0xCD9E8D57} * x[2];
    x = {high_half(b) ^ x[1] ^ k[0], low_half(b), high_half(a) ^ x[3] ^ k[1], low_half(a)};
    k[0] += 0x9E3779B9;
    k[1] += 0xBB67AE85;
  }
  return x;
}

void Rng::set_state(const State& state) {
  key_ = state.key;
  position_ = state.position;
}

std::uint32_t Rng::next() {
  const std::uint64_t block = position_ / 4;
  const auto word = static_cast<std::size_t>(position_ % 4);
  ++position_;
  return philox({low_half(block), high_half(block), 0, 0}, {low_half(key_), high_half(key_)})[word];
}

std::uint64_t Rng::next64() {
  const std::uint64_t low = next();
  return low | std::uint64_t{next()} << 32;
}

float Rng::uniform() { return static_cast<float>(next() >> 8) * 0x1p-24f; }

float Rng::uniform(float low, float high) {
  const float x = low + (high - low) * uniform();
  return x < high ? x : std::nextafter(high, low);  // The sum may have been rounded up to `high`.
}

float Rng::normal() {
  // Box and Muller's transform; one of its two numbers is enough.
  const double radius = std::sqrt(-2.0 * std::log(1.0 - static_cast<double>(uniform())));
  return static_cast<float>(radius *
                            std::cos(2.0 * std::numbers::pi * static_cast<double>(uniform())));
}

std::uint64_t Rng::below(std::uint64_t bound) {
  // The lowest 2^64 mod bound values would favour small remainders: draw again.
  const std::uint64_t surplus = (0 - bound) % bound;
  std::uint64_t draw = next64();
  while (draw < surplus) draw = next64();
  return draw % bound;
}

Rng Rng::fork(std::uint64_t purpose) const {
  // Counter words that next() never uses, so that no fork repeats its parent's stream.
  const auto bits =
      philox({low_half(purpose), high_half(purpose), 1, 0}, {low_half(key_), high_half(key_)});
  return Rng(bits[0] | std::uint64_t{bits[1]} << 32);
}

Tensor uniform_tensor(const Shape& shape, float low, float high, Rng& rng) {
  Tensor t = Tensor::uninitialized(shape);
  for (float& x : t.flat()) x = rng.uniform(low, high);
  return t;
}

Tensor normal_tensor(const Shape& shape, float deviation, Rng& rng) {
  Tensor t = Tensor::uninitialized(shape);
  for (float& x : t.flat()) x = deviation * rng.normal();
  return t;
}

}  // namespace espalier
