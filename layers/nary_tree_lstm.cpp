#include <espalier/layers/nary_tree_lstm.h>

#include <string>
#include <utility>
#include <vector>

#include <espalier/base/error.h>
#include <espalier/layers/initialize.h>
#include <espalier/layers/internal/gated_cell.h>

namespace espalier {
namespace {

// Gates of weight_ih, in the order of its rows; o may be missing.
enum InputGate : std::size_t { kI, kF, kU, kO };

// i, u and, if there is one, o; then f of each place.
GatedForm form_of(const NaryTreeLSTMOptions& options, std::size_t hidden, std::size_t num_main) {
  const std::size_t none = GateOrder::kNone;
  const bool gated = options.output_gate;
  const auto arity = static_cast<std::size_t>(options.arity);
  GateOrder order{.i = 0, .u = 1, .o = gated ? 2 : none};
  for (std::size_t k = 0; k < arity; ++k) order.forget.push_back(num_main + k);
  return {.hidden = hidden,
          .output = gated ? CellOutput::kGated : CellOutput::kUngated,
          .relations = PoolVector<GatedRelation>(arity, {Gather::kOne, Forget::kOnce}),
          .recurrent = order,
          .input = {.i = 0, .u = 1, .o = gated ? 2 : none},
          .given = {.i = kI, .u = kU, .o = gated ? kO : none},
          .given_forget = kF,
          .shared_forget = true,
          .leaf_module = options.leaf_module};
}

}  // namespace

NaryTreeLSTM::NaryTreeLSTM(const NaryTreeLSTMOptions& options, Rng& rng) : options_(options) {
  const std::size_t input = options.leaf_module ? positive_size(options.input_size, "input_size")
                                                : size_or_given(options.input_size, "input_size");
  const std::size_t hidden = positive_size(options.hidden_size, "hidden_size");
  const std::size_t arity = positive_size(options.arity, "arity");
  const std::size_t num_main = options.output_gate ? 3 : 2;
  const std::size_t num_gates = num_main + arity;
  const std::size_t input_rows = (options.leaf_module ? num_main - 1 : num_main + 1) * hidden;

  GatedWeights::Parameters parameters;
  if (input > 0) {
    const char* const prefix = options.leaf_module ? "leaf_" : "";
    const char* const suffix = options.leaf_module ? "" : "_ih";
    PoolVector<GateRows> main = {{0, input_rows}}, forget = {};
    if (!options.leaf_module) {
      main = {{kI * hidden, hidden}, {kU * hidden, (num_main - 1) * hidden}};
      forget = {{kF * hidden, hidden}};
    }
    parameters.input.emplace(add_parameter(message(prefix, "weight", suffix),
                                           uniform_by_fan_in({input_rows, input}, input, rng)),
                             main, forget);
    append_bias(
        add_parameter(message(prefix, "bias", suffix), uniform_by_fan_in({input_rows}, input, rng)),
        main, forget, parameters.biases);
  }
  const Variable u = add_parameter(
      "weight_hh", uniform_by_fan_in({num_main * hidden, arity * hidden}, hidden, rng));
  append_gates(u, num_main, hidden, 0, parameters.recurrent);
  const std::size_t seen = options.off_diagonal_forget ? arity : 1;
  const Variable u_f =
      add_parameter("forget_hh", uniform_by_fan_in({arity * hidden, seen * hidden}, hidden, rng));
  for (std::size_t k = 0; k < arity; ++k) {
    parameters.recurrent.push_back(
        {u_f, k * hidden, num_main + k, options.off_diagonal_forget ? 0 : k});
  }
  // What children add to i, u, o is in every node's term, which leaves have too; where those have
  // weights of their own, it is not.
  const std::size_t width = num_gates * hidden;
  const Variable b = add_parameter("bias_hh", uniform_by_fan_in({arity, width}, hidden, rng));
  const std::size_t in_term = options.leaf_module ? 0 : num_main * hidden;
  for (std::size_t l = 0; l < arity; ++l) {
    parameters.biases.push_back({.bias = b, .first = l * width, .count = in_term});
    parameters.biases.push_back({.bias = b,
                                 .first = l * width + in_term,
                                 .count = width - in_term,
                                 .recurrent = true,
                                 .column = in_term});
  }
  weights_ =
      std::make_shared<GatedWeights>(form_of(options, hidden, num_main), std::move(parameters));
  add_warm_up([weights = weights_] { weights->warm_up(); });
}

NodeStates NaryTreeLSTM::forward(const NodeInputs& inputs, const Schedule& schedule,
                                 std::string_view relation, const SweepOptions& sweep) const {
  std::vector<std::string> names;
  for (std::size_t k = 0; k < static_cast<std::size_t>(options_.arity); ++k) {
    names.push_back(message(relation, ' ', k));
  }
  const std::vector<std::string_view> relations(names.begin(), names.end());
  return run_gated(gated_recurrence(weights_, relations, inputs, schedule, sweep));
}

}  // namespace espalier
