#pragma once

#include <cstdint>
#include <span>

#include <espalier/ops/module.h>
#include <espalier/ops/random.h>

namespace espalier {

/// A trainable vector for every word of a vocabulary. Parameter: weight [words, size].
class Embedding : public Module {
 public:
  /// Rows uniform in ±`bound`. Throws OptionError if a size is not positive.
  Embedding(int num_words, int size, Rng& rng, float bound = 0.05f);
  /// The given table, [words, size]: pretrained vectors.
  explicit Embedding(Tensor table);

  /// [words.size(), size]. Throws ShapeError, naming the place, if a word is out of range.
  Variable forward(std::span<const std::uint32_t> words) const;

  const Variable& table() const { return table_; }

 private:
  Variable table_;
};

}  // namespace espalier
