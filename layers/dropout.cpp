#include <espalier/layers/dropout.h>

#include <espalier/base/error.h>
#include <espalier/ops/dropout.h>
#include <espalier/ops/training_mode.h>

namespace espalier {

Dropout::Dropout(float probability) : probability_(probability) {
  if (!(probability >= 0.0f && probability < 1.0f)) {
    throw OptionError(message("dropout probability ", probability, ", expected 0 <= p < 1"));
  }
}

Variable Dropout::forward(const Variable& x, Rng& rng) const {
  return is_training() ? dropout(x, probability_, rng) : x;
}

}  // namespace espalier
