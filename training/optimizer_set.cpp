#include <espalier/training/optimizer_set.h>

#include <set>
#include <string>

#include <espalier/base/error.h>

namespace espalier::training {
namespace {

std::string prefix(std::size_t place) { return std::to_string(place) + "/"; }

// Those of `all` whose names begin with `start`, under the rest of their names.
template <class Map, class Copy>
Map part(const Map& all, const std::string& start, const Copy& copy) {
  Map found;
  for (auto i = all.lower_bound(start); i != all.end() && i->first.starts_with(start); ++i) {
    found.emplace(i->first.substr(start.size()), copy(i->second));
  }
  return found;
}

}  // namespace

OptimizerSet::OptimizerSet(std::vector<std::unique_ptr<Optimizer>> optimizers)
    : optimizers_(std::move(optimizers)) {
  if (optimizers_.empty()) throw OptionError("optimizer set: empty, expected an optimizer");
  std::set<std::string_view> names;
  std::set<const Tensor*> values;
  for (const auto& optimizer : optimizers_) {
    if (optimizer == nullptr) throw OptionError("optimizer set: a null optimizer");
    for (const NamedParameter& p : optimizer->parameters()) {
      if (!names.insert(p.name).second || !values.insert(&p.variable.value()).second) {
        throw OptionError(message("optimizer set: two optimizers have \"", p.name, "\""));
      }
      parameters_.push_back(p);
    }
  }
}

void OptimizerSet::step() {
  for (const auto& optimizer : optimizers_) optimizer->step();
}

void OptimizerSet::set_learning_rate_factor(double factor) {
  for (const auto& optimizer : optimizers_) optimizer->set_learning_rate_factor(factor);
}

OptimizerState OptimizerSet::state() const {
  OptimizerState all;
  for (std::size_t i = 0; i < optimizers_.size(); ++i) {
    OptimizerState state = optimizers_[i]->state();
    for (auto& [name, tensor] : state.tensors) {
      all.tensors.emplace(prefix(i) + name, std::move(tensor));
    }
    for (const auto& [name, count] : state.counters) all.counters.emplace(prefix(i) + name, count);
  }
  return all;
}

void OptimizerSet::load_state(const OptimizerState& state, std::string_view source) {
  std::size_t num_used = 0;
  for (std::size_t i = 0; i < optimizers_.size(); ++i) {
    const OptimizerState own{
        .tensors = part(state.tensors, prefix(i), [](const Tensor& t) { return t.clone(); }),
        .counters = part(state.counters, prefix(i), [](std::uint64_t count) { return count; })};
    optimizers_[i]->load_state(own, message(source, ", optimizer ", i));
    num_used += own.tensors.size() + own.counters.size();
  }
  if (num_used != state.tensors.size() + state.counters.size()) {
    throw Error(message(source, " does not fit; it holds the state of more than the expected ",
                        optimizers_.size(), " optimizers"));
  }
}

}  // namespace espalier::training
