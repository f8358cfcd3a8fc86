#include <espalier/ops/gradient_check.h>

#include <cmath>
#include <limits>

#include <espalier/base/error.h>

namespace espalier {
namespace {

double total(const Variable& loss) {
  double sum = 0;
  for (const float x : loss.value().flat()) sum += static_cast<double>(x);
  return sum;
}

// The gradient of `parameter`, its single rows included.
Tensor whole_gradient(const Variable& parameter) {
  Tensor whole = parameter.gradient().empty() ? Tensor::zeros(parameter.shape())
                                              : parameter.gradient().clone();
  const RowGradient& part = parameter.row_gradient();
  for (std::size_t i = 0; i < part.rows().size(); ++i) {
    for (std::size_t c = 0; c < whole.cols(); ++c) {
      whole.at(part.rows()[i], c) += part.values().at(i, c);
    }
  }
  return whole;
}

// Moves one element of a parameter, and puts it back in the end whatever happens.
class Probe {
 public:
  Probe(const Variable& parameter, std::size_t element)
      : parameter_(parameter), element_(element), before_(parameter.value().data()[element]) {}
  ~Probe() { set(before_); }
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;

  // By the step that is representable at this place.
  double quotient(const std::function<Variable()>& loss, float step) {
    const float high = before_ + step;
    const float low = before_ - step;
    set(high);
    const double above = total(loss());
    set(low);
    const double below = total(loss());
    return (above - below) / (static_cast<double>(high) - static_cast<double>(low));
  }

 private:
  void set(float value) { parameter_.mutable_value().data()[element_] = value; }

  const Variable& parameter_;
  std::size_t element_;
  float before_;
};

}  // namespace

std::string GradientCheck::to_string() const {
  if (num_checked == 0) return "no gradients to check";
  return message(ok ? "gradients match" : "gradients differ", " (", num_checked,
                 " checked); the worst is ", parameter, " at element ", element, ": ", actual,
                 ", expected ", expected, ", off by ", worst_error, " times the tolerance");
}

GradientCheck check_gradients(const std::function<Variable()>& loss,
                              std::span<const NamedParameter> parameters,
                              const GradientCheckOptions& options) {
  for (const NamedParameter& p : parameters) p.variable.clear_gradient();
  const Variable recorded = loss();
  const double first = total(recorded);
  if (recorded.requires_gradient()) recorded.backward(Tensor::filled(recorded.shape(), 1.0f));

  const NoRecording no_recording;
  const double second = total(loss());
  if (first != second && !(std::isnan(first) && std::isnan(second))) {
    throw Error(message("check_gradients: the loss was ", first, ", then ", second,
                        " at the same parameters, expected a function of them"));
  }

  GradientCheck check;
  for (const NamedParameter& p : parameters) {
    const Tensor gradient = whole_gradient(p.variable);
    p.variable.clear_gradient();
    for (std::size_t i = 0; i < gradient.size(); ++i) {
      const double expected = Probe(p.variable, i).quotient(loss, options.step);
      const auto actual = static_cast<double>(gradient.data()[i]);
      const double allowed =
          options.absolute_tolerance + options.relative_tolerance * std::abs(expected);
      const double difference = std::abs(expected - actual);
      double error = difference == 0 ? 0 : difference / allowed;
      if (std::isnan(error)) error = std::numeric_limits<double>::infinity();
      if (check.num_checked++ > 0 && error <= check.worst_error) continue;
      check.ok = check.ok && error <= 1;
      check.worst_error = error;
      check.parameter = p.name;
      check.element = i;
      check.expected = expected;
      check.actual = actual;
    }
  }
  return check;
}

}  // namespace espalier
