#include <espalier/training/adagrad.h>

#include <limits>

#include <espalier/training/internal/adagrad_kernels.h>

namespace espalier::training {
namespace {

const AdagradOptions& checked(const AdagradOptions& options) {
  constexpr double kUnbounded = std::numeric_limits<double>::infinity();
  check_option(options.l2, 0.0, kUnbounded, "Adagrad: l2");
  // A smaller one is no normal float, and a first gradient of 0 would give 0 / 0.
  check_option(options.epsilon, 1.2e-38, kUnbounded, "Adagrad: epsilon");
  check_option(options.initial_accumulator, 0.0, kUnbounded, "Adagrad: initial accumulator");
  return options;
}

}  // namespace

Adagrad::Adagrad(std::vector<NamedParameter> parameters, const AdagradOptions& options)
    : ElementwiseOptimizer(std::move(parameters), checked(options).learning_rate,
                           {{"squares", options.initial_accumulator}}),
      options_(options) {}

void Adagrad::update(const Elements& elements) const {
  adagrad_kernels().update(elements.count, static_cast<float>(rate()),
                           static_cast<float>(options_.l2), static_cast<float>(options_.epsilon),
                           elements.gradients, elements.kept[0], elements.weights);
}

}  // namespace espalier::training
