#include <espalier/training/sgd.h>

#include <limits>

#include <espalier/ops/kernels.h>

namespace espalier::training {
namespace {

const SGDOptions& checked(const SGDOptions& options) {
  check_option(options.momentum, 0.0, 1.0, "SGD: momentum");
  check_option(options.l2, 0.0, std::numeric_limits<double>::infinity(), "SGD: l2");
  return options;
}

}  // namespace

SGD::SGD(std::vector<NamedParameter> parameters, const SGDOptions& options)
    : ElementwiseOptimizer(
          std::move(parameters), checked(options).learning_rate,
          options.momentum == 0.0 ? std::vector<Kept>{} : std::vector<Kept>{{"momentum"}}),
      options_(options) {}

void SGD::update(const Elements& elements) const {
  const auto rate = static_cast<float>(this->rate());
  const auto l2 = static_cast<float>(options_.l2);
  const auto momentum = static_cast<float>(options_.momentum);
  float* __restrict w = elements.weights;
  const float* __restrict g = elements.gradients;
  if (float* __restrict m = elements.kept[0]; m == nullptr && l2 == 0.0f) {
    kernels().add_scaled(elements.count, -rate, g, w);
  } else if (m == nullptr) {
    for (std::size_t i = 0; i < elements.count; ++i) w[i] -= rate * (g[i] + l2 * w[i]);
  } else {
    for (std::size_t i = 0; i < elements.count; ++i) {
      m[i] = momentum * m[i] + (g[i] + l2 * w[i]);
      w[i] -= rate * m[i];
    }
  }
}

}  // namespace espalier::training
