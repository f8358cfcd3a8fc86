#include <espalier/layers/dag_lstm.h>

#include <algorithm>
#include <utility>

#include <espalier/base/error.h>
#include <espalier/layers/initialize.h>
#include <espalier/layers/internal/gated_cell.h>

namespace espalier {
namespace {

// i, f_1 … f_k, u and, if there is one, o.
GatedForm form_of(const DAGLSTMOptions& options, std::size_t hidden) {
  const std::size_t k = options.relations.size();
  const bool gated = options.output != CellOutput::kUngated;
  GateOrder order{.i = 0, .u = k + 1, .o = gated ? k + 2 : GateOrder::kNone};
  for (std::size_t r = 0; r < k; ++r) order.forget.push_back(1 + r);
  return {.hidden = hidden,
          .candidate = options.candidate,
          .output = options.output,
          .relations = PoolVector<GatedRelation>(k, {Gather::kOne, Forget::kOnce}),
          .recurrent = order,
          .input = order,
          .given = order};
}

void check_names(const std::vector<std::string>& names) {
  if (names.empty()) throw OptionError("relations is empty, expected one or more names");
  for (auto name = names.begin(); name != names.end(); ++name) {
    if (std::find(names.begin(), name, *name) == name) continue;
    throw OptionError(message("relations names \"", *name, "\" twice"));
  }
}

}  // namespace

DAGLSTM::DAGLSTM(const DAGLSTMOptions& options, Rng& rng) : options_(options) {
  check_names(options.relations);
  const std::size_t input = size_or_given(options.input_size, "input_size");
  const std::size_t hidden = positive_size(options.hidden_size, "hidden_size");
  const std::size_t k = options.relations.size();
  const std::size_t num_gates = k + (options.output == CellOutput::kUngated ? 2 : 3);
  const std::size_t rows = num_gates * hidden;
  const auto matrix = [&](std::string name, std::size_t cols) {
    return add_parameter(std::move(name), uniform_by_fan_in({rows, cols}, hidden, rng));
  };
  GatedWeights::Parameters parameters;
  if (input > 0) {
    parameters.input.emplace(matrix("weight_ih", input), PoolVector<GateRows>{{0, rows}},
                             PoolVector<GateRows>{});
  }
  for (std::size_t r = 0; r < k; ++r) {
    append_gates(matrix("weight_" + options.relations[r], hidden), num_gates, hidden, r,
                 parameters.recurrent);
  }
  if (input > 0) {
    Tensor biases = uniform_by_fan_in({rows}, hidden, rng);
    std::fill_n(biases.data() + hidden, k * hidden, 1.0f);
    parameters.biases.push_back({.bias = add_parameter("bias", std::move(biases)), .count = rows});
  }
  if (options.null_state == NullState::kTrained) {
    parameters.null_h = add_parameter("null_h", normal_tensor({1, hidden}, 0.1f, rng));
    parameters.null_c = add_parameter("null_c", normal_tensor({1, hidden}, 0.1f, rng));
  }
  weights_ = std::make_shared<GatedWeights>(form_of(options, hidden), std::move(parameters));
  add_warm_up([weights = weights_] { weights->warm_up(); });
}

Recurrence DAGLSTM::recurrence(const NodeInputs& inputs, const Schedule& schedule,
                               const SweepOptions& sweep) const {
  const std::vector<std::string_view> names(options_.relations.begin(), options_.relations.end());
  return gated_recurrence(weights_, names, inputs, schedule, sweep);
}

NodeStates DAGLSTM::forward(const NodeInputs& inputs, const Schedule& schedule,
                            const SweepOptions& sweep) const {
  return run_gated(recurrence(inputs, schedule, sweep));
}

}  // namespace espalier
