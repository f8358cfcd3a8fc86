#include "benchmarks/support/differences.h"

#include <cmath>
#include <vector>

#include <espalier/ops/training_mode.h>

namespace espalier::bench {

bool agrees_with_differences(const std::function<Variable()>& loss,
                             std::span<const NamedParameter> parameters) {
  loss().backward();
  double squares = 0;
  std::vector<Tensor> before, gradients;
  for (const NamedParameter& p : parameters) {
    before.push_back(p.variable.value().clone());
    gradients.push_back(p.variable.gradient().clone());
    for (const float g : gradients.back().flat()) squares += double{g} * double{g};
    p.variable.clear_gradient();
  }
  const auto loss_at = [&](double step) {
    for (std::size_t i = 0; i < before.size(); ++i) {
      Tensor& value = parameters[i].variable.mutable_value();
      for (std::size_t k = 0; k < value.size(); ++k) {
        value.data()[k] = before[i].data()[k] + static_cast<float>(step) * gradients[i].data()[k];
      }
    }
    const Answering answering;
    return double{loss().value().item()};
  };
  const double step = 0.01 / std::sqrt(squares);  // So that the loss moves by 1 % of the slope.
  const double slope = (loss_at(step) - loss_at(-step)) / (2 * step);
  loss_at(0);
  return std::abs(slope - squares) < 0.02 * squares;
}

}  // namespace espalier::bench
