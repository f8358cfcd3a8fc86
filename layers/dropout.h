#pragma once

#include <cstdint>
#include <span>

#include <espalier/ops/random.h>
#include <espalier/ops/variable.h>

namespace espalier {

/// Sets each element to 0 with a probability while training, and scales the others up so that the
/// mean stays.
class Dropout {
 public:
  /// Throws OptionError unless 0 <= probability < 1.
  explicit Dropout(float probability);

  /// While evaluating (!is_training(), ops/training_mode.h), returns x itself.
  Variable forward(const Variable& x, Rng& rng) const;

  float probability() const { return probability_; }

 private:
  float probability_;
};

}  // namespace espalier
