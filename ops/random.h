#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <utility>

#include <espalier/ops/tensor.h>

namespace espalier {

/// Philox4x32-10: 128 random bits from a counter and a key (Salmon et al., "Parallel Random
/// Numbers: As Easy as 1, 2, 3", SC 2011). Stateless, so any element can be drawn by any thread.
std::array<std::uint32_t, 4> philox(const std::array<std::uint32_t, 4>& counter,
                                    const std::array<std::uint32_t, 2>& key);

/// A stream of random numbers: a key and a position in it, both of which can be saved and set.
class Rng {
 public:
  explicit Rng(std::uint64_t seed) : key_(seed) {}

  struct State {
    std::uint64_t key = 0;
    std::uint64_t position = 0;
    friend bool operator==(const State&, const State&) = default;
  };
  State state() const { return {key_, position_}; }
  void set_state(const State& state);

  std::uint32_t next();                      ///< 32 random bits.
  std::uint64_t next64();                    ///< 64 random bits.
  float uniform();                           ///< In [0, 1).
  float uniform(float low, float high);      ///< In [low, high).
  float normal();                            ///< Mean 0, variance 1.
  std::uint64_t below(std::uint64_t bound);  ///< In 0 .. bound - 1, each equally likely; bound > 0.
  bool chance(float probability) { return uniform() < probability; }

  /// A stream of its own for a purpose, independent of this one's position.
  Rng fork(std::uint64_t purpose) const;

  template <class T>
  void shuffle(std::span<T> items) {
    for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(i)]);
  }

 private:
  std::uint64_t key_;
  std::uint64_t position_ = 0;  // In words of 32 bits.
};

/// Tensors of independent numbers.
Tensor uniform_tensor(const Shape& shape, float low, float high, Rng& rng);
Tensor normal_tensor(const Shape& shape, float deviation, Rng& rng);

}  // namespace espalier
