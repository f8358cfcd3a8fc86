#include <espalier/layers/lstm.h>

#include <cmath>

#include <espalier/layers/child_sum_tree_lstm.h>
#include <espalier/layers/nary_tree_lstm.h>

#include "tests/layers/chain_layer.h"

namespace espalier {
namespace {

using test::ChainLayerTest;
using test::SomeInputs;
using test::SomeStates;

INSTANTIATE_TEST_SUITE_P(
    LSTM, ChainLayerTest,
    testing::Values(test::variant<LSTM>("Plain", LSTMOptions()),
                    test::variant<LSTM>("Peephole", LSTMOptions{.peephole = Peephole::kDiagonal}),
                    test::variant<LSTM>("Coupled", LSTMOptions{.coupled = true}),
                    test::variant<LSTM>("CoupledPeephole",
                                        LSTMOptions{.peephole = Peephole::kDiagonal,
                                                    .coupled = true}),
                    test::variant<LSTM>("FullPeephole", LSTMOptions{.peephole = Peephole::kFull}),
                    test::variant<LSTM>("CoupledFullPeephole",
                                        LSTMOptions{.peephole = Peephole::kFull, .coupled = true})),
    test::name_of);

class LSTMTest : public testing::Test {
 protected:
  Rng rng_{1};
  LSTM lstm_{{.input_size = 3, .hidden_size = 4}, rng_};
};

TEST_F(LSTMTest, HasPyTorchsParametersAndTheForgetBias) {
  struct Expected {
    bool peephole, coupled;
    std::size_t gates, forget, peephole_rows;
  };
  for (const Expected& e : {Expected{false, false, 4, 1, 0}, Expected{true, false, 4, 1, 3},
                            Expected{false, true, 3, 0, 0}, Expected{true, true, 3, 0, 2}}) {
    const LSTM lstm({.input_size = 3,
                     .hidden_size = 4,
                     .peephole = e.peephole ? Peephole::kDiagonal : Peephole::kNone,
                     .coupled = e.coupled,
                     .forget_bias = 1.5f},
                    rng_);
    EXPECT_TRUE(lstm.has_cell());
    EXPECT_EQ(lstm.parameter("weight_ih").shape(), (Shape{4 * e.gates, 3}));
    EXPECT_EQ(lstm.parameter("weight_hh").shape(), (Shape{4 * e.gates, 4}));
    EXPECT_EQ(lstm.parameter("bias_ih").shape(), (Shape{4 * e.gates}));
    EXPECT_EQ(lstm.parameter("bias_hh").shape(), (Shape{4 * e.gates}));
    EXPECT_EQ(lstm.parameters().size(), e.peephole ? 5u : 4u);
    for (std::size_t i = 0; i < 4 * e.gates; ++i) {
      const bool forget = i / 4 == e.forget;
      EXPECT_EQ(lstm.parameter("bias_ih").value().flat()[i] == 1.5f, forget) << i;
      EXPECT_EQ(lstm.parameter("bias_hh").value().flat()[i] == 0.0f, forget) << i;
    }
    if (!e.peephole) continue;
    EXPECT_TRUE(
        bitwise_equal(lstm.parameter("peephole").value(), Tensor::zeros({e.peephole_rows, 4})));
  }
}

TEST_F(LSTMTest, ChronoInitialisationOpensForgetAndShutsInputGatesAlike) {
  for (const bool coupled : {false, true}) {
    const LSTM lstm({.input_size = 3, .hidden_size = 4, .coupled = coupled, .chrono_steps = 50},
                    rng_);
    const auto bias = [&](std::size_t i) {
      return lstm.parameter("bias_ih").value().flat()[i] +
             lstm.parameter("bias_hh").value().flat()[i];
    };
    const std::size_t forget = coupled ? 0 : 4;
    for (std::size_t e = 0; e < 4; ++e) {
      EXPECT_GT(bias(forget + e), 0.0f);
      EXPECT_LT(bias(forget + e), std::log(49.0f));
      if (!coupled) {
        EXPECT_EQ(bias(e), -bias(forget + e));
      }
    }
  }
}

TEST_F(LSTMTest, EqualsTreeLSTMsOnAChain) {
  const Structure chain = bottom_up(test::chain(20));  // Node 0 is the last step.
  Relation previous = chain.relation("children");
  previous.name = "previous";
  const Structure sequence(20, {previous});
  const SomeInputs x = test::inputs_of(test::all_nodes(chain), 3, rng_);
  const test::Results expected = test::ChainRun{lstm_, sequence, x}.step();
  const auto expect_close = [&](const test::Results& actual, const char* name) {
    for (std::size_t i = 0; i < 3; ++i) {  // h, c and the gradient of x.
      EXPECT_TRUE(all_close(actual[i].second, expected[i].second, 1e-5f, 1e-6f))
          << name << ' ' << expected[i].first;
    }
  };

  const ChildSumTreeLSTM child_sum({.input_size = 3, .hidden_size = 4}, rng_);
  for (const NamedParameter& p : lstm_.parameters()) {
    child_sum.parameter(p.name).mutable_value() = p.variable.value().clone();
  }
  const test::Results of_child_sum = test::training_step(child_sum, x.inputs(), Schedule(chain));
  expect_close(of_child_sum, "child-sum");
  for (std::size_t i = 3; i < expected.size(); ++i) {
    EXPECT_EQ(of_child_sum[i].first, expected[i].first);
    EXPECT_TRUE(all_close(of_child_sum[i].second, expected[i].second, 1e-5f, 1e-5f))
        << expected[i].first;
  }

  // Of one child: U is i, u, o and, apart, f; the child's bias is i, u, o, f.
  const NaryTreeLSTM nary({.input_size = 3, .hidden_size = 4, .arity = 1}, rng_);
  for (const char* name : {"weight_ih", "bias_ih"}) {
    nary.parameter(name).mutable_value() = lstm_.parameter(name).value().clone();
  }
  const float* const u = lstm_.parameter("weight_hh").value().data();
  const float* const bias = lstm_.parameter("bias_hh").value().data();
  constexpr std::size_t kGates[] = {0, 2, 3, 1};  // i, u, o, f among i, f, u, o.
  for (std::size_t g = 0; g < 4; ++g) {
    std::copy_n(u + 16 * kGates[g], 16,
                g == 3 ? nary.parameter("forget_hh").mutable_value().data()
                       : nary.parameter("weight_hh").mutable_value().data() + 16 * g);
    std::copy_n(bias + 4 * kGates[g], 4, nary.parameter("bias_hh").mutable_value().data() + 4 * g);
  }
  expect_close(test::training_step(nary, x.inputs(), test::schedule_for(nary, chain)), "N-ary");
}

TEST_F(LSTMTest, PeepholesOfZeroChangeNoBit) {
  const Structure structure = test::sequences({7, 2, 5});
  const LSTM peephole({.input_size = 3, .hidden_size = 4, .peephole = Peephole::kDiagonal}, rng_);
  for (const NamedParameter& p : lstm_.parameters()) {
    peephole.parameter(p.name).mutable_value() = p.variable.value().clone();
  }
  const SomeInputs x = test::inputs_of(test::all_nodes(structure), 3, rng_);
  const SomeStates initial = test::states_of(lstm_, {0, 9}, rng_);
  test::Results actual = test::ChainRun{peephole, structure, x, initial}.step();
  std::erase_if(actual, [](const auto& result) { return result.first == "peephole"; });
  EXPECT_TRUE(test::same_bits(actual, test::ChainRun{lstm_, structure, x, initial}.step()));
}

// A gate that is shut or open copies exactly, however often.
TEST_F(LSTMTest, ACoupledGateThatIsOpenCopiesTheCellAndShutTheCandidate) {
  const Structure structure = test::sequences({40});
  for (const bool peephole : {false, true}) {
    const LSTM lstm({.input_size = 3,
                     .hidden_size = 21,
                     .peephole = peephole ? Peephole::kDiagonal : Peephole::kNone,
                     .coupled = true},
                    rng_);
    const SomeInputs x = test::inputs_of(test::all_nodes(structure), 3, rng_);
    const SomeStates initial = test::states_of(lstm, {0}, rng_);
    const auto forget_bias = [&](float bias) {
      std::fill_n(lstm.parameter("bias_ih").mutable_value().data(), 21, bias);
      return test::ChainRun{lstm, structure, x, initial}.forward()({}).c.value().clone();
    };
    const Tensor kept = forget_bias(1000.0f);
    for (std::size_t t = 0; t < 40; ++t) {
      EXPECT_TRUE(bitwise_equal(test::rows_of(kept, t, t + 1), initial.c.value())) << t;
    }
    const Tensor replaced = forget_bias(-1000.0f);
    std::fill_n(initial.c.mutable_value().data(), 21, 1e6f);
    EXPECT_TRUE(bitwise_equal(forget_bias(-1000.0f), replaced));
  }
}

TEST_F(LSTMTest, EachGateBeginsWithAnOrthogonalMatrixOfItsOwn) {
  const LSTM lstm({.input_size = 3, .hidden_size = 4, .recurrent_init = RecurrentInit::kOrthogonal},
                  rng_);
  const Tensor& u = lstm.parameter("weight_hh").value();
  for (std::size_t a = 0; a < 16; ++a) {
    for (std::size_t b = a / 4 * 4; b < a / 4 * 4 + 4; ++b) {
      float dot = 0.0f;
      for (std::size_t k = 0; k < 4; ++k) dot += u.at(a, k) * u.at(b, k);
      EXPECT_NEAR(dot, a == b ? 1.0f : 0.0f, 1e-6f);
    }
  }
}

}  // namespace
}  // namespace espalier
