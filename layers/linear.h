#pragma once

#include <espalier/ops/linear.h>
#include <espalier/ops/module.h>
#include <espalier/ops/random.h>

namespace espalier {

struct LinearOptions {
  int input_size = 0;   ///< > 0.
  int output_size = 0;  ///< > 0.
  bool bias = true;
};

/// y = x W^T + b. Parameters, as PyTorch names them: weight [output, input], bias [output].
class Linear : public Module {
 public:
  /// Weights and bias are uniform in ±1/sqrt(input_size).
  /// Throws OptionError if a size is not positive.
  Linear(const LinearOptions& options, Rng& rng);

  /// x is [rows, input_size]; the result [rows, output_size]. Throws ShapeError if x does not fit.
  Variable forward(const Variable& x) const { return linear(x, weight_, bias_); }

  const LinearWeight& weight() const { return weight_; }
  const Variable& bias() const { return bias_; }  ///< Undefined if there is none.

 private:
  LinearWeight weight_;
  Variable bias_;
};

}  // namespace espalier
