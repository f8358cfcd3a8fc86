#include <espalier/layers/elman_rnn.h>

#include <cmath>

#include "tests/layers/chain_layer.h"

namespace espalier {
namespace {

using test::ChainLayerTest;
using test::SomeInputs;
using test::SomeStates;

ElmanRNNOptions with(Activation activation) { return {.activation = activation}; }

INSTANTIATE_TEST_SUITE_P(
    ElmanRNN, ChainLayerTest,
    testing::Values(test::variant<ElmanRNN>("Tanh", with(Activation::kTanh)),
                    test::variant<ElmanRNN>("Relu", with(Activation::kRelu)),
                    test::variant<ElmanRNN>("Sigmoid", with(Activation::kSigmoid)),
                    test::variant<ElmanRNN>("Identity", with(Activation::kIdentity))),
    test::name_of);

class ElmanRNNTest : public testing::Test {
 protected:
  Rng rng_{1};
};

TEST_F(ElmanRNNTest, HasPyTorchsParameters) {
  const ElmanRNN rnn({.input_size = 3, .hidden_size = 4}, rng_);
  std::vector<std::pair<std::string, Shape>> expected = {
      {"weight_ih", {4, 3}}, {"weight_hh", {4, 4}}, {"bias_ih", {1, 4}}, {"bias_hh", {1, 4}}};
  ASSERT_EQ(rnn.parameters().size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto& [name, parameter] = rnn.parameters()[i];
    EXPECT_EQ(name, expected[i].first);
    EXPECT_EQ((Shape{parameter.rows(), parameter.cols()}), expected[i].second) << name;
  }
  EXPECT_EQ(rnn.input_size(), 3u);
  EXPECT_EQ(rnn.output_size(), 4u);
  EXPECT_FALSE(rnn.has_cell());
}

// With h = rho Q h' + W x, Q orthogonal, the Jacobian of h_T by h_0 is rho^T Q^T: it shrinks and
// grows every gradient alike.
TEST_F(ElmanRNNTest, ALinearOrthogonalRecurrenceScalesGradientsByThePowerOfItsScale) {
  constexpr NodeId kSteps = 30;
  const Structure structure = test::sequences({kSteps});
  for (const float rho : {0.8f, 1.0f, 1.2f}) {
    const ElmanRNN rnn({.input_size = 3,
                        .hidden_size = 16,
                        .activation = Activation::kIdentity,
                        .recurrent_init = RecurrentInit::kOrthogonal},
                       rng_);
    for (float& u : rnn.parameter("weight_hh").mutable_value().flat()) u *= rho;
    const SomeInputs x = test::inputs_of(test::all_nodes(structure), 3, rng_);
    const SomeStates initial = test::states_of(rnn, {0}, rng_);
    const NodeStates states = rnn.forward(x.inputs(), Schedule(structure), initial.states());
    Tensor seed = Tensor::zeros(states.h.shape());
    for (float& s : seed.row(kSteps - 1)) s = 0.25f;  // Of norm 1.
    states.h.backward(std::move(seed));
    double square = 0.0;
    for (const float g : initial.h.gradient().flat()) {
      square += static_cast<double>(g) * static_cast<double>(g);
    }
    const double expected = std::pow(static_cast<double>(rho), kSteps);
    EXPECT_NEAR(std::sqrt(square), expected, 1e-5 * expected) << rho;
  }
}

// Le, Jaitly and Hinton 2015: begun as the identity, with relu, states stay until inputs come.
TEST_F(ElmanRNNTest, TheIdentityWithReluKeepsStates) {
  const ElmanRNN rnn({.input_size = 3,
                      .hidden_size = 4,
                      .activation = Activation::kRelu,
                      .recurrent_init = RecurrentInit::kIdentity},
                     rng_);
  for (const char* bias : {"bias_ih", "bias_hh"}) rnn.parameter(bias).mutable_value().fill(0.0f);
  const Structure structure = test::sequences({50});
  const SomeInputs none = test::inputs_of({}, 3, rng_);
  const Variable h(Tensor::from_values({1, 4}, {0.1f, 2.0f, 0.0f, 30.0f}));
  const std::vector<NodeId> first = {0};
  const NodeStates states =
      rnn.forward(none.inputs(), Schedule(structure), {.h = h, .nodes = first});
  EXPECT_TRUE(bitwise_equal(test::rows_of(states.h.value(), 49, 50), h.value()));
}

}  // namespace
}  // namespace espalier
