#include <espalier/layers/graph_structured_lstm.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include <espalier/base/error.h>
#include <espalier/layers/initialize.h>
#include <espalier/layers/internal/gated_cell.h>

namespace espalier {
namespace {

// Gates, in the order of the parameters' rows.
enum Gate : std::size_t { kI, kF, kG, kU, kO, kGates };
constexpr std::array<std::string_view, 2> kRelations = {"temporal", "hierarchical"};

GatedForm form_of(const GraphStructuredLSTMOptions& options, std::size_t hidden) {
  const GateOrder order{.i = kI, .u = kU, .o = kO, .forget = {kF, kG}};
  return {.hidden = hidden,
          .candidate = options.candidate,
          .relations = {{Gather::kOne, Forget::kOnce}, {Gather::kOne, Forget::kOnce}},
          .recurrent = order,
          .input = order,
          .given = order};
}

}  // namespace

GraphStructuredLSTM::GraphStructuredLSTM(const GraphStructuredLSTMOptions& options, Rng& rng)
    : options_(options) {
  const std::size_t input = size_or_given(options.input_size, "input_size");
  const std::size_t hidden = positive_size(options.hidden_size, "hidden_size");
  const std::size_t rows = kGates * hidden;
  const auto matrix = [&](std::string_view name, std::size_t cols) {
    return add_parameter(std::string(name), uniform_by_fan_in({rows, cols}, hidden, rng));
  };
  GatedWeights::Parameters parameters;
  if (input > 0)
    parameters.input.emplace(matrix("weight_ih", input), PoolVector<GateRows>{{0, rows}},
                             PoolVector<GateRows>{});
  for (std::size_t r = 0; r < kRelations.size(); ++r) {
    const Variable u = matrix(message("weight_", kRelations[r]), hidden);
    append_gates(u, kGates, hidden, r, parameters.recurrent);
  }
  if (input > 0) {
    Tensor biases = uniform_by_fan_in({rows}, hidden, rng);
    std::fill_n(biases.data() + kF * hidden, 2 * hidden, 1.0f);
    parameters.biases = {{.bias = add_parameter("bias", std::move(biases)), .count = rows}};
  }
  if (options.null_state == NullState::kTrained) {
    parameters.null_h = add_parameter("null_h", normal_tensor({1, hidden}, 0.1f, rng));
    parameters.null_c = add_parameter("null_c", normal_tensor({1, hidden}, 0.1f, rng));
  }
  weights_ = std::make_shared<GatedWeights>(form_of(options, hidden), std::move(parameters));
  add_warm_up([weights = weights_] { weights->warm_up(); });
}

Recurrence GraphStructuredLSTM::recurrence(const NodeInputs& inputs, const Schedule& schedule,
                                           const SweepOptions& sweep) const {
  return gated_recurrence(weights_, kRelations, inputs, schedule, sweep);
}

NodeStates GraphStructuredLSTM::forward(const NodeInputs& inputs, const Schedule& schedule,
                                        const SweepOptions& sweep) const {
  return run_gated(recurrence(inputs, schedule, sweep));
}

BidirectionalGraphStructuredLSTM::BidirectionalGraphStructuredLSTM(
    const GraphStructuredLSTMOptions& options, Rng& rng)
    : forward_(options, rng), backward_(options, rng) {
  add_module("forward", forward_);
  add_module("backward", backward_);
}

Variable BidirectionalGraphStructuredLSTM::forward(const NodeInputs& inputs,
                                                   const Schedule& forward,
                                                   const Schedule& backward,
                                                   const SweepOptions& sweep) const {
  std::array runs = {forward_.recurrence(inputs, forward, sweep),
                     backward_.recurrence(inputs, backward, sweep)};
  return run_side_by_side(runs).first;
}

}  // namespace espalier
