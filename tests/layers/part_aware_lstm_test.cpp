#include <espalier/layers/part_aware_lstm.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include <espalier/base/error.h>
#include <espalier/graph/sequence.h>
#include <espalier/ops/arithmetic.h>
#include <espalier/ops/gradient_check.h>
#include <espalier/ops/parallel.h>

#include "tests/layers/chain_layer.h"
#include "tests/support/errors.h"

namespace espalier {
namespace {

using test::error_of;

constexpr std::size_t kInputs = 6;

// Parts of different widths that share column 2; nobody but the output gate reads column 5.
PartAwareLSTMOptions some_options() {
  return {.input_size = kInputs, .parts = {{{0, 2}, 3}, {{4, 2, 1}, 2}, {{3}, 1}}};
}

double sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }

// The equations of the header, a step, a part and a unit at a time.
Tensor step_by_step(const PartAwareLSTM& layer, const PartAwareLSTMOptions& options,
                    const Tensor& x, const std::vector<std::size_t>& lengths) {
  const auto value = [&](const std::string& name) -> const Tensor& {
    return layer.parameter(name).value();
  };
  const std::size_t hidden = layer.output_size();
  Tensor states = Tensor::zeros({x.rows(), hidden});
  std::size_t node = 0;
  for (const std::size_t length : lengths) {
    std::vector<double> h(hidden, 0.0), c(hidden, 0.0);
    for (std::size_t step = 0; step < length; ++step, ++node) {
      const auto recurrent = [&](std::size_t gate, std::size_t unit) {
        const std::size_t row = gate * hidden + unit;
        double sum = value("bias_ih").data()[row];
        for (std::size_t j = 0; j < hidden; ++j) {
          sum += static_cast<double>(value("recurrent.weight_hh").at(row, j)) * h[j];
        }
        return sum;
      };
      std::vector<double> next(hidden);
      std::size_t unit = 0;
      for (std::size_t p = 0; p < options.parts.size(); ++p) {
        const MemoryPart& part = options.parts[p];
        const Tensor& w = value("parts." + std::to_string(p) + ".weight_ih");
        const auto units = static_cast<std::size_t>(part.hidden_size);
        for (std::size_t k = 0; k < units; ++k, ++unit) {
          double gates[3];
          for (std::size_t gate = 0; gate < 3; ++gate) {
            gates[gate] = recurrent(gate, unit);
            for (std::size_t i = 0; i < part.columns.size(); ++i) {
              gates[gate] +=
                  static_cast<double>(w.at(gate * units + k, i)) * x.at(node, part.columns[i]);
            }
          }
          c[unit] = sigmoid(gates[1]) * c[unit] + sigmoid(gates[0]) * std::tanh(gates[2]);
          double o = recurrent(3, unit);
          for (std::size_t i = 0; i < kInputs; ++i) {
            o += static_cast<double>(value("output.weight_ih").at(unit, i)) * x.at(node, i);
          }
          next[unit] = sigmoid(o) * std::tanh(c[unit]);
        }
      }
      h = next;
      for (std::size_t k = 0; k < hidden; ++k) states.at(node, k) = static_cast<float>(h[k]);
    }
  }
  return states;
}

class PartAwareLSTMTest : public testing::Test {
 protected:
  Rng rng_{1};
  PartAwareLSTMOptions options_ = some_options();
  PartAwareLSTM lstm_{options_, rng_};
  std::vector<std::size_t> lengths_ = {5, 1, 7};
  Schedule schedule_{test::sequences({5, 1, 7})};
  Variable x_ = Variable::parameter(normal_tensor({13, kInputs}, 1.0f, rng_));
};

TEST_F(PartAwareLSTMTest, AgreesWithTheEquations) {
  EXPECT_EQ(lstm_.output_size(), 6u);
  EXPECT_TRUE(all_close(lstm_.forward(x_, schedule_).h.value(),
                        step_by_step(lstm_, options_, x_.value(), lengths_), 1e-5f, 1e-6f));
}

TEST_F(PartAwareLSTMTest, GradientsMatchDifferences) {
  std::vector<NamedParameter> all(lstm_.parameters().begin(), lstm_.parameters().end());
  EXPECT_EQ(all.size(), 6u);
  all.push_back({"x", x_});
  const Variable weights(normal_tensor({13, 6}, 1.0f, rng_));
  const GradientCheck check =
      check_gradients([&] { return (lstm_.forward(x_, schedule_).h * weights).sum(); }, all);
  EXPECT_TRUE(check.ok) << check.to_string();
}

TEST_F(PartAwareLSTMTest, OfOnePartIsAnLSTM) {
  const PartAwareLSTM one({.input_size = 3, .parts = {{{0, 1, 2}, 4}}}, rng_);
  const LSTM lstm({.input_size = 3, .hidden_size = 4}, rng_);
  const auto copy = [&](const char* from, const char* to, std::size_t first) {
    const Tensor& value = one.parameter(from).value();
    std::copy_n(value.data(), value.size(), lstm.parameter(to).mutable_value().data() + first);
  };
  copy("parts.0.weight_ih", "weight_ih", 0);
  copy("output.weight_ih", "weight_ih", 3 * 4 * 3);
  copy("bias_ih", "bias_ih", 0);
  copy("recurrent.weight_hh", "weight_hh", 0);
  lstm.parameter("bias_hh").mutable_value().fill(0.0f);
  const Variable x(normal_tensor({13, 3}, 1.0f, rng_));
  const NodeStates actual = one.forward(x, schedule_), expected = lstm.forward(x, schedule_);
  EXPECT_TRUE(all_close(actual.h.value(), expected.h.value(), 1e-5f, 1e-6f));
  EXPECT_TRUE(all_close(actual.c.value(), expected.c.value(), 1e-5f, 1e-6f));
}

TEST_F(PartAwareLSTMTest, HasTheSameBitsAtAnyNumberOfThreads) {
  const Variable x(normal_tensor({13, kInputs}, 1.0f, rng_));
  const auto run = [&](int threads) {
    set_num_threads(threads);
    lstm_.clear_gradients();
    const Variable h = lstm_.forward(x, schedule_).h;
    (h * h).sum().backward();
    std::vector<Tensor> results;
    results.push_back(h.value().clone());
    for (const NamedParameter& p : lstm_.parameters())
      results.push_back(p.variable.gradient().clone());
    return results;
  };
  const auto one = run(1), two = run(2);
  for (std::size_t i = 0; i < one.size(); ++i) EXPECT_TRUE(bitwise_equal(one[i], two[i])) << i;
}

TEST_F(PartAwareLSTMTest, RefusesPartsAndInputsThatDoNotFit) {
  const auto error = [&](const PartAwareLSTMOptions& options) {
    return error_of<OptionError>([&] { PartAwareLSTM(options, rng_); });
  };
  EXPECT_EQ(error({.input_size = 3, .parts = {}}), "no parts, expected one or more");
  EXPECT_NE(error({.input_size = 0, .parts = {{{0}, 1}}}), "(nothing was thrown)");
  EXPECT_NE(error({.input_size = 3, .parts = {{{0}, 0}}}), "(nothing was thrown)");
  for (const std::vector<std::size_t>& columns :
       {std::vector<std::size_t>{}, std::vector<std::size_t>{1, 1}, std::vector<std::size_t>{3}}) {
    EXPECT_EQ(error({.input_size = 3, .parts = {{{0}, 1}, {columns, 1}}}),
              "part 1 has " + std::to_string(columns.size()) +
                  " columns, expected one or more of 0 .. 2, none twice");
  }
  EXPECT_THROW(lstm_.forward(Variable(Tensor::zeros({13, 5})), schedule_), ShapeError);
  EXPECT_THROW(lstm_.forward(Variable(Tensor::zeros({12, kInputs})), schedule_), ShapeError);
  EXPECT_THROW(lstm_.forward(NodeInputs::given(Variable(Tensor::zeros({13, 24}))), schedule_),
               OptionError);
}

}  // namespace
}  // namespace espalier
