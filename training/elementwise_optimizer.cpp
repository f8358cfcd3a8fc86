#include <espalier/training/elementwise_optimizer.h>

#include <algorithm>
#include <cassert>
#include <limits>
#include <map>
#include <set>

#include <espalier/base/error.h>
#include <espalier/ops/parallel.h>
#include <espalier/training/gradients.h>

namespace espalier::training {
namespace {

// Large enough to hide what starting a task costs, small enough to stay in a core's cache.
constexpr std::size_t kBlockElements = 16384;

constexpr double kUnbounded = std::numeric_limits<double>::infinity();

void check_parameters(std::span<const NamedParameter> parameters) {
  std::set<std::string_view> names;
  std::map<const Tensor*, std::string_view> variables;
  for (const NamedParameter& p : parameters) {
    if (!p.variable.requires_gradient()) {
      throw OptionError(message("optimizer: \"", p.name, "\" is not a parameter"));
    }
    if (!names.insert(p.name).second) {
      throw OptionError(message("optimizer: two parameters are called \"", p.name, "\""));
    }
    const auto [first, is_new] = variables.emplace(&p.variable.value(), p.name);
    if (!is_new) {
      throw OptionError(message("optimizer: \"", first->second, "\" and \"", p.name,
                                "\" are the same parameter; list it once"));
    }
  }
}

}  // namespace

ElementwiseOptimizer::ElementwiseOptimizer(std::vector<NamedParameter> parameters,
                                           double learning_rate, const std::vector<Kept>& kept)
    : parameters_(std::move(parameters)) {
  assert(kept.size() <= kMaxKept);
  check_parameters(parameters_);
  set_learning_rate(learning_rate);
  for (const Kept& k : kept) kept_names_.push_back(k.name);
  for (const NamedParameter& p : parameters_) {
    auto& tensors = kept_.emplace_back();
    std::ranges::transform(kept, tensors.begin(), [&](const Kept& k) {
      return Tensor::filled(p.variable.shape(), static_cast<float>(k.initial));
    });
  }
}

void ElementwiseOptimizer::set_learning_rate(double learning_rate) {
  check_option(learning_rate, 0.0, kUnbounded, "learning rate");
  learning_rate_ = learning_rate;
}

void ElementwiseOptimizer::set_learning_rate_factor(double factor) {
  check_option(factor, 0.0, kUnbounded, "learning rate factor");
  factor_ = factor;
}

void ElementwiseOptimizer::step() {
  ++num_steps_;
  begin_step();
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const Variable& parameter = parameters_[i].variable;
    merge_row_gradient(parameter);
    if (!parameter.gradient().empty()) {
      update_all(i);
    } else if (!parameter.row_gradient().empty()) {
      update_rows(i);
    }
    parameter.clear_gradient();
  }
}

ElementwiseOptimizer::Elements ElementwiseOptimizer::elements(std::size_t index, std::size_t begin,
                                                              std::size_t count, float* weights,
                                                              const float* gradients) {
  Elements e{count, weights + begin, gradients, {}};
  for (std::size_t k = 0; k < kept_names_.size(); ++k) {
    e.kept[k] = kept_[index][k].data() + begin;
  }
  return e;
}

void ElementwiseOptimizer::update_all(std::size_t index) {
  const Variable& parameter = parameters_[index].variable;
  float* weights = parameter.mutable_value().data();
  const Tensor& gradient = parameter.gradient();
  parallel_rows(gradient.size(), kBlockElements, [&](std::size_t begin, std::size_t end) {
    update(elements(index, begin, end - begin, weights, gradient.data() + begin));
  });
}

void ElementwiseOptimizer::update_rows(std::size_t index) {
  const Variable& parameter = parameters_[index].variable;
  float* weights = parameter.mutable_value().data();
  const std::size_t cols = parameter.cols();
  const std::span<const std::uint32_t> rows = parameter.row_gradient().rows();
  const Tensor& gradients = parameter.row_gradient().values();
  assert(gradients.cols() == cols && rows.back() < parameter.rows());
  const std::size_t block_rows = std::max<std::size_t>(1, kBlockElements / cols);
  parallel_rows(rows.size(), block_rows, [&](std::size_t begin, std::size_t end) {
    for (std::size_t r = begin; r < end; ++r) {
      update(elements(index, rows[r] * cols, cols, weights, gradients.row(r).data()));
    }
  });
}

OptimizerState ElementwiseOptimizer::state() const {
  OptimizerState state;
  state.counters["steps"] = num_steps_;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    for (std::size_t k = 0; k < kept_names_.size(); ++k) {
      state.tensors.emplace(kept_names_[k] + "/" + parameters_[i].name, kept_[i][k].alias());
    }
  }
  return state;
}

void ElementwiseOptimizer::load_state(const OptimizerState& state, std::string_view source) {
  NamedShapes expected;
  for (const NamedParameter& p : parameters_) {
    for (const std::string& kept : kept_names_) {
      expected.emplace(kept + "/" + p.name, p.variable.shape());
    }
  }
  check_names_and_shapes(state.tensors, expected, source);
  if (state.counters.size() != 1 || !state.counters.contains("steps")) {
    throw Error(message(source, " does not fit; expected one counter, \"steps\""));
  }
  num_steps_ = state.counters.find("steps")->second;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    for (std::size_t k = 0; k < kept_names_.size(); ++k) {
      kept_[i][k] = state.tensors.find(kept_names_[k] + "/" + parameters_[i].name)->second.clone();
    }
  }
}

}  // namespace espalier::training
