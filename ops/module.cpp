#include <espalier/ops/module.h>

#include <algorithm>

#include <espalier/base/error.h>

namespace espalier {

const Variable& Module::parameter(std::string_view name) const {
  for (const NamedParameter& p : parameters_) {
    if (p.name == name) return p.variable;
  }
  std::string names;
  for (const NamedParameter& p : parameters_) names += " " + p.name;
  throw OptionError(message("no parameter \"", name, "\"; there are:", names));
}

std::size_t Module::num_parameters() const {
  std::size_t n = 0;
  for (const NamedParameter& p : parameters_) n += p.variable.value().size();
  return n;
}

void Module::clear_gradients() const {
  for (const NamedParameter& p : parameters_) p.variable.clear_gradient();
}

void Module::warm_up() const {
  for (const auto& warm_up : warm_ups_) warm_up();
}

Variable Module::add_parameter(std::string name, Tensor value) {
  parameters_.push_back({std::move(name), Variable::parameter(std::move(value))});
  return parameters_.back().variable;
}

void Module::add_module(const std::string& name, const Module& part) {
  for (const NamedParameter& p : part.parameters()) {
    parameters_.push_back({name + "." + p.name, p.variable});
  }
  warm_ups_.insert(warm_ups_.end(), part.warm_ups_.begin(), part.warm_ups_.end());
}

void Module::add_module_with_ending(const std::string& ending, const Module& part) {
  for (const NamedParameter& p : part.parameters()) {
    parameters_.push_back({p.name + ending, p.variable});
  }
  warm_ups_.insert(warm_ups_.end(), part.warm_ups_.begin(), part.warm_ups_.end());
}

}  // namespace espalier
