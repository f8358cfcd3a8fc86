#include <espalier/layers/child_sum_tree_lstm.h>

#include <utility>

#include <espalier/layers/initialize.h>
#include <espalier/layers/internal/gated_cell.h>

namespace espalier {
namespace {

// Gates, in the order of the parameters' rows; o may be missing.
enum Gate : std::size_t { kI, kF, kU, kO };

// All but f, which is formed by the source.
GatedForm form_of(const ChildSumTreeLSTMOptions& options, std::size_t hidden) {
  const std::size_t none = GateOrder::kNone;
  const bool gated = options.output_gate;
  const GateOrder order{.i = 0, .u = 1, .o = gated ? 2 : none, .forget = {none}};
  return {.hidden = hidden,
          .output = gated ? CellOutput::kGated : CellOutput::kUngated,
          .relations = {{Gather::kSum, Forget::kBySource}},
          .recurrent = order,
          .input = order,
          .given = {.i = kI, .u = kU, .o = gated ? kO : none, .forget = {none}},
          .given_forget = kF,
          .shared_forget = true};
}

}  // namespace

ChildSumTreeLSTM::ChildSumTreeLSTM(const ChildSumTreeLSTMOptions& options, Rng& rng)
    : options_(options) {
  const std::size_t input = size_or_given(options.input_size, "input_size");
  const std::size_t hidden = positive_size(options.hidden_size, "hidden_size");
  const std::size_t num_gates = options.output_gate ? 4 : 3;
  const std::size_t rows = num_gates * hidden;
  const PoolVector<GateRows> main = {{kI * hidden, hidden}, {kU * hidden, rows - kU * hidden}};
  const PoolVector<GateRows> forget = {{kF * hidden, hidden}};

  GatedWeights::Parameters parameters;
  if (input > 0) {
    parameters.input.emplace(
        add_parameter("weight_ih", uniform_by_fan_in({rows, input}, input, rng)), main, forget);
  }
  const Variable u = add_parameter("weight_hh", uniform_by_fan_in({rows, hidden}, hidden, rng));
  std::size_t gate = 0;
  for (std::size_t row = 0; row < num_gates; ++row) {
    if (row != kF) parameters.recurrent.push_back({u, row * hidden, gate++, 0});
  }
  parameters.by_source = {.weight = u, .first_row = kF * hidden};
  if (input > 0) {
    for (const auto& [name, fan_in] : {std::pair{"bias_ih", input}, {"bias_hh", hidden}}) {
      append_bias(add_parameter(name, uniform_by_fan_in({rows}, fan_in, rng)), main, forget,
                  parameters.biases);
    }
  }
  weights_ = std::make_shared<GatedWeights>(form_of(options, hidden), std::move(parameters));
  add_warm_up([weights = weights_] { weights->warm_up(); });
}

NodeStates ChildSumTreeLSTM::forward(const NodeInputs& inputs, const Schedule& schedule,
                                     std::string_view relation, const SweepOptions& sweep) const {
  return run_gated(gated_recurrence(weights_, {&relation, 1}, inputs, schedule, sweep));
}

}  // namespace espalier
