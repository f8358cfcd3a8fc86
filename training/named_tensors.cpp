#include <espalier/training/named_tensors.h>

#include <algorithm>
#include <cmath>

#include <espalier/base/error.h>
#include <espalier/training/internal/json_text.h>

namespace espalier::training {
namespace {

// "; missing "a", "b", "c" and 12 more": a model has hundreds, and the first few say enough.
class Complaint {
 public:
  explicit Complaint(std::string title) : title_(std::move(title)) {}

  void add(const std::string& entry) {
    constexpr std::size_t kMaxShown = 8;
    if (count_++ < kMaxShown) shown_ += (shown_.empty() ? " " : ", ") + entry;
    if (count_ > kMaxShown) more_ = message(" and ", count_ - kMaxShown, " more");
  }
  std::string text() const { return count_ == 0 ? "" : "; " + title_ + shown_ + more_; }

 private:
  std::string title_;
  std::string shown_;
  std::string more_;
  std::size_t count_ = 0;
};

}  // namespace

NamedTensors clone(const NamedTensors& tensors) {
  NamedTensors copies;
  for (const auto& [name, tensor] : tensors) copies.emplace(name, tensor.clone());
  return copies;
}

NamedTensors clone_values(std::span<const NamedParameter> parameters) {
  NamedTensors copies;
  for (const NamedParameter& p : parameters) copies.emplace(p.name, p.variable.value().clone());
  return copies;
}

NamedTensors alias(const NamedTensors& tensors) {
  NamedTensors shared;
  for (const auto& [name, tensor] : tensors) shared.emplace(name, tensor.alias());
  return shared;
}

NamedTensors alias_values(std::span<const NamedParameter> parameters) {
  NamedTensors shared;
  for (const NamedParameter& p : parameters) shared.emplace(p.name, p.variable.value().alias());
  return shared;
}

NamedShapes shapes_of(std::span<const NamedParameter> parameters) {
  NamedShapes shapes;
  for (const NamedParameter& p : parameters) shapes.emplace(p.name, p.variable.shape());
  return shapes;
}

void check_names_and_shapes(const NamedTensors& actual, const NamedShapes& expected,
                            std::string_view source) {
  Complaint missing("missing:");
  Complaint extra("not expected:");
  Complaint shapes("of another shape:");
  for (const auto& [name, shape] : expected) {
    const auto found = actual.find(name);
    if (found == actual.end()) {
      missing.add(in_quotes(name));
    } else if (found->second.shape() != shape) {
      shapes.add(message(in_quotes(name), " has ", found->second.shape().to_string(), ", expected ",
                         shape.to_string()));
    }
  }
  for (const auto& [name, tensor] : actual) {
    if (!expected.contains(name)) extra.add(in_quotes(name));
  }
  const std::string all = missing.text() + extra.text() + shapes.text();
  if (!all.empty()) throw Error(message(source, " does not fit", all));
}

void check_finite(const NamedTensors& tensors, const std::string& source) {
  for (const auto& [name, tensor] : tensors) {
    const std::span<const float> numbers = tensor.flat();
    const auto bad = std::ranges::find_if(numbers, [](float x) { return !std::isfinite(x); });
    if (bad == numbers.end()) continue;
    throw ParseError({.source = source},
                     message("tensor ", in_quotes(name), ": number ", bad - numbers.begin() + 1,
                             " of ", numbers.size(), " is ", *bad, ", expected finite weights"));
  }
}

void load_parameters(std::span<const NamedParameter> parameters, const NamedTensors& values,
                     std::string_view source) {
  check_names_and_shapes(values, shapes_of(parameters), source);
  for (const NamedParameter& p : parameters) {
    const Tensor& value = values.find(p.name)->second;
    std::ranges::copy(value.flat(), p.variable.mutable_value().data());
  }
}

}  // namespace espalier::training
