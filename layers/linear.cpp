#include <espalier/layers/linear.h>

#include <espalier/layers/initialize.h>

namespace espalier {

Linear::Linear(const LinearOptions& options, Rng& rng)
    : weight_([&] {
        const std::size_t input = positive_size(options.input_size, "input_size");
        const std::size_t output = positive_size(options.output_size, "output_size");
        return add_parameter("weight", uniform_by_fan_in({output, input}, input, rng));
      }()) {
  add_warm_up([weight = weight_, bias = options.bias] { weight.forward().warm_up(bias); });
  if (!options.bias) return;
  bias_ = add_parameter("bias", uniform_by_fan_in({weight_.outputs()}, weight_.inputs(), rng));
}

}  // namespace espalier
