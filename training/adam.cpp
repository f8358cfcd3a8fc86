#include <espalier/training/adam.h>

#include <cmath>
#include <limits>

namespace espalier::training {
namespace {

constexpr double kUnbounded = std::numeric_limits<double>::infinity();

const AdamOptions& checked(const AdamOptions& options) {
  check_option(options.beta1, 0.0, 1.0, "Adam: beta1");
  check_option(options.beta2, 0.0, 1.0, "Adam: beta2");
  // A smaller one is no normal float, and a first gradient of 0 would give 0 / 0.
  check_option(options.epsilon, 1.2e-38, kUnbounded, "Adam: epsilon");
  check_option(options.l2, 0.0, kUnbounded, "Adam: l2");
  return options;
}

}  // namespace

Adam::Adam(std::vector<NamedParameter> parameters, const AdamOptions& options)
    : Adam(std::move(parameters), options, 0.0) {}

Adam::Adam(std::vector<NamedParameter> parameters, const AdamOptions& options, double weight_decay)
    : ElementwiseOptimizer(std::move(parameters), checked(options).learning_rate,
                           {{"mean"}, {"mean_square"}}),
      options_(options),
      weight_decay_(weight_decay) {
  check_option(weight_decay, 0.0, kUnbounded, "AdamW: weight decay");
}

void Adam::begin_step() {
  const auto t = static_cast<double>(num_steps());
  keep_ = static_cast<float>(1.0 - rate() * weight_decay_);
  step_size_ = static_cast<float>(rate() / (1.0 - std::pow(options_.beta1, t)));
  correction_ = static_cast<float>(1.0 / std::sqrt(1.0 - std::pow(options_.beta2, t)));
}

void Adam::update(const Elements& elements) const {
  const auto l2 = static_cast<float>(options_.l2);
  const auto beta1 = static_cast<float>(options_.beta1);
  const auto beta2 = static_cast<float>(options_.beta2);
  const auto rest1 = static_cast<float>(1.0 - options_.beta1);
  const auto rest2 = static_cast<float>(1.0 - options_.beta2);
  const auto epsilon = static_cast<float>(options_.epsilon);
  const float keep = keep_;
  const float step_size = step_size_;
  const float correction = correction_;
  float* __restrict w = elements.weights;
  const float* __restrict g = elements.gradients;
  float* __restrict m = elements.kept[0];
  float* __restrict v = elements.kept[1];
  for (std::size_t i = 0; i < elements.count; ++i) {
    const float gradient = g[i] + l2 * w[i];
    m[i] = beta1 * m[i] + rest1 * gradient;
    v[i] = beta2 * v[i] + rest2 * gradient * gradient;
    w[i] = keep * w[i] - step_size * m[i] / (std::sqrt(v[i]) * correction + epsilon);
  }
}

AdamW::AdamW(std::vector<NamedParameter> parameters, const AdamWOptions& options)
    : Adam(std::move(parameters),
           {.learning_rate = options.learning_rate,
            .beta1 = options.beta1,
            .beta2 = options.beta2,
            .epsilon = options.epsilon},
           options.weight_decay) {}

}  // namespace espalier::training
