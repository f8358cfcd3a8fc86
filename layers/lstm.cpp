#include <espalier/layers/lstm.h>

#include <algorithm>
#include <array>
#include <functional>
#include <string_view>
#include <utility>

#include <espalier/layers/internal/gated_cell.h>

namespace espalier {
namespace {

constexpr std::string_view kPrevious = "previous";

// i, f, u, o; without i if coupled.
GatedForm form_of(const LSTMOptions& options, std::size_t hidden) {
  const std::size_t f = options.coupled ? 0 : 1;
  const GateOrder order{
      .i = options.coupled ? GateOrder::kNone : 0, .u = f + 1, .o = f + 2, .forget = {f}};
  return {.hidden = hidden,
          .relations = {{Gather::kOne, Forget::kOnce}},
          .recurrent = order,
          .input = order,
          .given = order};
}

// b_ih and b_hh.
std::array<Tensor, 2> initial_biases(const LSTMOptions& options, std::size_t rows,
                                     std::size_t hidden, Rng& rng) {
  Tensor b_ih = uniform_by_fan_in({rows}, hidden, rng);
  Tensor b_hh = uniform_by_fan_in({rows}, hidden, rng);
  float* const forget = b_ih.data() + (options.coupled ? 0 : 1) * hidden;
  std::fill_n(forget, hidden, options.forget_bias);
  std::fill_n(b_hh.data() + (forget - b_ih.data()), hidden, 0.0f);
  if (options.chrono_steps != 0) {
    const Tensor biases = chrono_biases(hidden, options.chrono_steps, rng);
    std::copy_n(biases.data(), hidden, forget);
    if (!options.coupled) {
      std::ranges::transform(biases.flat(), b_ih.data(), std::negate());
      std::fill_n(b_hh.data(), hidden, 0.0f);
    }
  }
  return {std::move(b_ih), std::move(b_hh)};
}

}  // namespace

LSTM::LSTM(const LSTMOptions& options, Rng& rng) : options_(options) {
  const std::size_t input = size_or_given(options.input_size, "input_size");
  const std::size_t hidden = positive_size(options.hidden_size, "hidden_size");
  const std::size_t num_gates = options.coupled ? 3 : 4;
  const std::size_t rows = num_gates * hidden;
  GatedWeights::Parameters parameters;
  if (input > 0) {
    parameters.input.emplace(
        add_parameter("weight_ih", uniform_by_fan_in({rows, input}, hidden, rng)),
        PoolVector<GateRows>{{0, rows}}, PoolVector<GateRows>{});
  }
  append_gates(
      add_parameter("weight_hh", recurrent_matrix(options.recurrent_init, num_gates, hidden, rng)),
      num_gates, hidden, 0, parameters.recurrent);
  if (input > 0) {
    std::array biases = initial_biases(options, rows, hidden, rng);
    for (const auto& [name, bias] : {std::pair{"bias_ih", &biases[0]}, {"bias_hh", &biases[1]}}) {
      parameters.biases.push_back({.bias = add_parameter(name, std::move(*bias)), .count = rows});
    }
  }
  if (options.peephole != Peephole::kNone) {
    const bool full = options.peephole == Peephole::kFull;
    const std::size_t seeing = (options.coupled ? 2 : 3) * (full ? hidden : 1);
    parameters.peephole = add_parameter("peephole", Tensor::zeros({seeing, hidden}));
    parameters.full_peephole = full;
  }
  weights_ = std::make_shared<GatedWeights>(form_of(options, hidden), std::move(parameters));
  add_warm_up([weights = weights_] { weights->warm_up(); });
}

std::size_t LSTM::input_size() const { return static_cast<std::size_t>(options_.input_size); }

std::size_t LSTM::output_size() const { return static_cast<std::size_t>(options_.hidden_size); }

Recurrence LSTM::recurrence(const NodeInputs& inputs, const Schedule& schedule,
                            const InitialStates& initial, const SweepOptions& sweep) const {
  check_one_predecessor(schedule);
  return gated_recurrence(weights_, {&kPrevious, 1}, inputs, schedule, sweep, initial);
}

}  // namespace espalier
