#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>

#include <espalier/ops/module.h>

namespace espalier {

/// A gradient may differ from the difference quotient by absolute_tolerance + relative_tolerance
/// * |quotient|. The defaults suit losses near 1: a float's rounding, over the step, is the noise.
struct GradientCheckOptions {
  float step = 1e-2f;
  double relative_tolerance = 1e-2;
  double absolute_tolerance = 5e-4;
};

/// The outcome, told by the element of a parameter that was furthest off.
struct GradientCheck {
  bool ok = true;
  double worst_error = 0;  ///< |expected - actual| over what the tolerances allow: at most 1 if ok.
  std::string parameter;   ///< Empty if there was nothing to check.
  std::size_t element = 0;  ///< In the parameter's flat order.
  double expected = 0;      ///< By differences.
  double actual = 0;        ///< By backward().
  std::size_t num_checked = 0;

  std::string to_string() const;
};

/// Compares the gradients that backward() gives for the sum of the elements of loss() with central
/// differences, (loss at p + step  -  loss at p - step) / (2 step), element by element: calls
/// `loss` twice for each. The elements are added up in double, so that a loss that is left unsummed
/// is checked more sharply.
///
/// The loss must be a function of the parameters, and smooth within a step of them: reset the Rng
/// inside if there is dropout. Leaves the parameters as they were and their gradients cleared.
/// Throws Error if two calls of `loss` at the same parameters differ.
GradientCheck check_gradients(const std::function<Variable()>& loss,
                              std::span<const NamedParameter> parameters,
                              const GradientCheckOptions& options = {});

}  // namespace espalier
