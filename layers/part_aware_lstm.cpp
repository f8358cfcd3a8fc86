#include <espalier/layers/part_aware_lstm.h>

#include <algorithm>
#include <numeric>
#include <set>
#include <string>
#include <utility>

#include <espalier/base/checks.h>
#include <espalier/base/error.h>
#include <espalier/layers/initialize.h>

namespace espalier {
namespace {

void check_part(const MemoryPart& part, std::size_t number, std::size_t input) {
  const std::set<std::size_t> columns(part.columns.begin(), part.columns.end());
  if (part.columns.empty() || columns.size() != part.columns.size() || *columns.rbegin() >= input) {
    throw OptionError(message("part ", number, " has ", part.columns.size(),
                              " columns, expected one or more of 0 .. ", input - 1,
                              ", none twice"));
  }
}

// H, checked.
int total_hidden(const PartAwareLSTMOptions& options) {
  const std::size_t input = positive_size(options.input_size, "input_size");
  if (options.parts.empty()) throw OptionError("no parts, expected one or more");
  long total = 0;
  for (std::size_t p = 0; p < options.parts.size(); ++p) {
    check_part(options.parts[p], p, input);
    positive_size(options.parts[p].hidden_size, "hidden_size of a part");
    total += options.parts[p].hidden_size;
  }
  check_option(static_cast<double>(total), 1, 1 << 24, "the hidden size of all parts");
  return static_cast<int>(total);
}

}  // namespace

PartAwareLSTM::PartAwareLSTM(const PartAwareLSTMOptions& options, Rng& rng)
    : input_size_(positive_size(options.input_size, "input_size")),
      recurrent_({.hidden_size = total_hidden(options)}, rng) {
  const std::size_t hidden = output_size();
  std::size_t first = 0;
  for (std::size_t p = 0; p < options.parts.size(); ++p) {
    const MemoryPart& part = options.parts[p];
    const auto units = static_cast<std::size_t>(part.hidden_size);
    const Variable weight =
        add_parameter("parts." + std::to_string(p) + ".weight_ih",
                      uniform_by_fan_in({3 * units, part.columns.size()}, hidden, rng));
    blocks_.push_back({LinearWeight(weight),
                       part.columns,
                       {{first, units}, {hidden + first, units}, {2 * hidden + first, units}}});
    first += units;
  }
  std::vector<std::size_t> all(input_size_);
  std::iota(all.begin(), all.end(), std::size_t{0});
  blocks_.push_back(
      {LinearWeight(add_parameter("output.weight_ih",
                                  uniform_by_fan_in({hidden, input_size_}, hidden, rng))),
       std::move(all),
       {{3 * hidden, hidden}}});
  Tensor bias = uniform_by_fan_in({4 * hidden}, hidden, rng);
  std::fill_n(bias.data() + hidden, hidden, options.forget_bias);
  bias_ = add_parameter("bias_ih", std::move(bias));
  add_module("recurrent", recurrent_);
  add_warm_up([blocks = blocks_] {
    for (const LinearBlock& block : blocks) block.weight.forward().warm_up(false);
  });
}

Recurrence PartAwareLSTM::recurrence(const NodeInputs& inputs, const Schedule& schedule,
                                     const InitialStates& initial,
                                     const SweepOptions& sweep) const {
  if (inputs.is_partial || inputs.is_shared || inputs.is_given) {
    throw OptionError("inputs of some nodes, shared or given as terms, expected one for each node");
  }
  check_shape(inputs.x.shape(), {inputs.x.rows(), input_size_}, "inputs of a part-aware LSTM");
  return recurrent_.recurrence(NodeInputs::given(block_linear(inputs.x, blocks_, bias_)), schedule,
                               initial, sweep);
}

}  // namespace espalier
