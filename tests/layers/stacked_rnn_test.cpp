#include <espalier/layers/stacked_rnn.h>

#include <algorithm>
#include <optional>

#include <espalier/layers/dropout.h>
#include <espalier/layers/gru.h>
#include <espalier/layers/lstm.h>
#include <espalier/ops/rows.h>
#include <espalier/ops/training_mode.h>

#include "tests/layers/chain_layer.h"

namespace espalier {
namespace {

using test::bits_of;
using test::error_of;
using Nodes = std::vector<NodeId>;

constexpr int kHidden = 4;

template <class Layer, class Options>
std::unique_ptr<RecurrentLayer> make_layer(std::size_t input_size, Rng& rng) {
  return std::make_unique<Layer>(
      Options{.input_size = static_cast<int>(input_size), .hidden_size = kHidden}, rng);
}

class StackedRNNTest : public testing::Test {
 protected:
  StackedRNN lstms(const StackedRNNOptions& options) {
    return {3, options, make_layer<LSTM, LSTMOptions>, rng_};
  }
  StackedRNN grus(const StackedRNNOptions& options) {
    return {3, options, make_layer<GRU, GRUOptions>, rng_};
  }
  Variable random(std::size_t rows, std::size_t cols) {
    return Variable::parameter(normal_tensor({rows, cols}, 1.0f, rng_));
  }
  std::vector<SequenceStates> random_states(const StackedRNN& stack, std::size_t num_sequences) {
    std::vector<SequenceStates> states(stack.num_layers());
    for (std::size_t i = 0; i < states.size(); ++i) {
      states[i].h = random(num_sequences, kHidden);
      if (stack.layer(i).has_cell()) states[i].c = random(num_sequences, kHidden);
    }
    return states;
  }

  Rng rng_{1};
  SequenceBatch batch_{Nodes{4, 0, 1, 6}};
  Variable x_ = random(11, 3);
};

TEST_F(StackedRNNTest, EqualsItsLayersComposedByHand) {
  const StackedRNN stack = lstms({.num_layers = 2, .bidirectional = true});
  const std::vector<SequenceStates> initial = random_states(stack, 4);
  const StackedStates actual = stack.forward(x_, batch_, rng_, initial);

  const Nodes sequences = {0, 2, 3};  // Those that are not empty.
  const Nodes ends[2] = {{0, 4, 5}, {3, 4, 10}};
  Variable h = x_;
  for (std::size_t k = 0; k < 2; ++k) {
    std::vector<Variable> both;
    for (std::size_t d = 0; d < 2; ++d) {
      const SequenceStates& before = initial[2 * k + d];
      const NodeStates states = stack.layer(2 * k + d).forward(
          h, schedule(batch_, d == 0 ? Direction::kForward : Direction::kBackward),
          {.h = gather_rows(before.h, sequences),
           .c = gather_rows(before.c, sequences),
           .nodes = ends[d]});
      both.push_back(states.h);
      const SequenceStates& last = actual.last[2 * k + d];
      for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(bits_of(last.h, sequences[i]), bits_of(states.h, ends[1 - d][i]));
        EXPECT_EQ(bits_of(last.c, sequences[i]), bits_of(states.c, ends[1 - d][i]));
      }
      EXPECT_EQ(bits_of(last.h, 1), bits_of(before.h, 1));
      EXPECT_EQ(bits_of(last.c, 1), bits_of(before.c, 1));
    }
    h = concat_columns(both);
  }
  EXPECT_TRUE(bitwise_equal(actual.h.value(), h.value()));
  EXPECT_TRUE(bitwise_equal(actual.summary().value(),
                            concat_columns({actual.last[2].h, actual.last[3].h}).value()));
  EXPECT_EQ(stack.output_size(), 2u * kHidden);
  EXPECT_EQ(stack.input_size(), 3u);
}

TEST_F(StackedRNNTest, AnEmptySequenceEndsAsItBegan) {
  const StackedRNN stack = grus({.num_layers = 2});
  const StackedStates zeros = stack.forward(x_, batch_, rng_);
  for (const SequenceStates& last : zeros.last) {
    EXPECT_EQ(bits_of(last.h, 1), std::vector<float>(kHidden, 0.0f));
    EXPECT_FALSE(last.c.defined());
  }
  EXPECT_TRUE(bitwise_equal(zeros.summary().value(), zeros.last[1].h.value()));

  const SequenceBatch none(Nodes{0, 0});
  const std::vector<SequenceStates> initial = random_states(stack, 2);
  const StackedStates states = stack.forward(Variable(Tensor::zeros({0, 3})), none, rng_, initial);
  EXPECT_EQ(states.h.shape(), (Shape{0, kHidden}));
  states.summary().sum().backward();
  EXPECT_TRUE(bitwise_equal(states.last[1].h.value(), initial[1].h.value()));
  EXPECT_TRUE(bitwise_equal(initial[1].h.gradient(), Tensor::filled({2, kHidden}, 1.0f)));

  const StackedStates nothing =
      stack.forward(Variable(Tensor::zeros({0, 3})), SequenceBatch(Nodes()), rng_);
  EXPECT_EQ(nothing.summary().shape(), (Shape{0, kHidden}));
}

TEST_F(StackedRNNTest, NamesItsParametersAsPyTorchDoes) {
  const auto names = [](const StackedRNN& stack) {
    std::vector<std::string> result;
    for (const NamedParameter& p : stack.parameters()) result.push_back(p.name);
    return result;
  };
  EXPECT_EQ(names(grus({.num_layers = 2})),
            (std::vector<std::string>{"weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0",
                                      "weight_ih_l1", "weight_hh_l1", "bias_ih_l1", "bias_hh_l1"}));
  EXPECT_EQ(names(grus({.bidirectional = true})),
            (std::vector<std::string>{"weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0",
                                      "weight_ih_l0_reverse", "weight_hh_l0_reverse",
                                      "bias_ih_l0_reverse", "bias_hh_l0_reverse"}));
  const StackedRNN both = lstms({.num_layers = 3, .bidirectional = true});
  EXPECT_EQ(both.parameter("weight_ih_l2_reverse").shape(), (Shape{4 * kHidden, 2 * kHidden}));
  EXPECT_EQ(both.parameter("weight_ih_l0_reverse").shape(), (Shape{4 * kHidden, 3}));
}

TEST_F(StackedRNNTest, DropsOutBetweenLayersAloneAndInTrainingAlone) {
  const StackedRNN stack = lstms({.num_layers = 2, .bidirectional = true, .dropout = 0.5f});
  Rng drop(3), same(3);
  std::optional<Training> training(std::in_place);
  const StackedStates trained = stack.forward(x_, batch_, drop);
  // By hand: what the lower layers give is dropped out once, what the upper ones give not at all.
  const auto both = [&](std::size_t k, const Variable& input) {
    return concat_columns(
        {stack.layer(2 * k).forward(input, schedule(batch_, Direction::kForward)).h,
         stack.layer(2 * k + 1).forward(input, schedule(batch_, Direction::kBackward)).h});
  };
  const Variable expected = both(1, Dropout(0.5f).forward(both(0, x_), same));
  EXPECT_TRUE(bitwise_equal(trained.h.value(), expected.value()));

  training.reset();
  const StackedStates inferred = stack.forward(x_, batch_, drop);
  EXPECT_TRUE(bitwise_equal(inferred.h.value(), both(1, both(0, x_)).value()));
  EXPECT_FALSE(bitwise_equal(inferred.h.value(), trained.h.value()));
}

TEST_F(StackedRNNTest, RefusesWhatDoesNotFit) {
  EXPECT_EQ(error_of<OptionError>([&] { lstms({.num_layers = 0}); }),
            "num_layers is 0, expected 1 or more");
  EXPECT_NE(error_of<OptionError>([&] { lstms({.dropout = 1.0f}); }), "(nothing was thrown)");
  const StackedRNN stack = grus({.num_layers = 2});
  EXPECT_EQ(error_of<ShapeError>([&] { stack.forward(random(10, 3), batch_, rng_); }),
            "inputs of the nodes: shape [10, 3], expected [11, 3]");
  std::vector<SequenceStates> initial = random_states(stack, 4);
  const auto error = [&] {
    return error_of<ShapeError>([&] { stack.forward(x_, batch_, rng_, initial); });
  };
  initial[1].h = random(3, kHidden);  // A row for each sequence that is not empty.
  EXPECT_EQ(error(), "initial states of the sequences: shape [3, 4], expected [4, 4]");
  initial = random_states(stack, 4);
  initial[0].c = random(4, kHidden);
  EXPECT_EQ(error(), "initial states of memory cells, [3, 4], for a layer that has none");
  initial.pop_back();
  EXPECT_EQ(error(), "1 initial states, expected 2, one for each layer and direction");
}

// --- Back-propagation through time, truncated ---------------------------------------------------

// 3 sequences of 12 steps, step by step in windows; inputs are [36, 3], those of step t of sequence
// s at row 12 s + t.
class TruncatedTest : public StackedRNNTest {
 protected:
  static constexpr NodeId kSteps = 12, kSequences = 3;

  struct Outcome {
    std::vector<std::vector<float>> h;  // Of step t of sequence s, at 12 s + t.
    test::Results gradients;            // Of all parameters and the initial states.
  };

  Outcome run(const StackedRNN& stack, const Variable& x,
              const std::vector<SequenceStates>& initial, NodeId window, bool truncated) {
    stack.clear_gradients();
    for (const SequenceStates& s : initial) {
      s.h.clear_gradient();
      s.c.clear_gradient();
    }
    Outcome outcome{.h = std::vector<std::vector<float>>(kSteps * kSequences), .gradients = {}};
    std::vector<SequenceStates> before = initial;
    Variable total(Tensor::zeros({1}));
    for (NodeId begin = 0; begin < kSteps; begin += window) {
      const NodeId length = std::min(window, kSteps - begin);
      Nodes rows;
      for (NodeId s = 0; s < kSequences; ++s) {
        for (NodeId t = 0; t < length; ++t) rows.push_back(kSteps * s + begin + t);
      }
      const StackedStates states = stack.forward(
          gather_rows(x, rows), SequenceBatch(Nodes(kSequences, length)), rng_, before);
      for (std::size_t i = 0; i < rows.size(); ++i) outcome.h[rows[i]] = bits_of(states.h, i);
      const Variable loss = (states.h * states.h).sum();
      if (truncated) {
        loss.backward();
        before = detach(states.last);
      } else {
        total = total + loss;
        before = states.last;
      }
    }
    if (!truncated) total.backward();
    for (const NamedParameter& p : stack.parameters()) {
      outcome.gradients.emplace_back(p.name, p.variable.gradient().clone());
    }
    for (const SequenceStates& s : initial) {
      outcome.gradients.emplace_back("h_0", s.h.gradient().clone());
      outcome.gradients.emplace_back("c_0", s.c.gradient().clone());
    }
    return outcome;
  }

  StackedRNN stack_ = lstms({.num_layers = 2});
  Variable long_x_{normal_tensor({kSteps * kSequences, 3}, 1.0f, rng_)};
  std::vector<SequenceStates> initial_ = random_states(stack_, kSequences);
};

TEST_F(TruncatedTest, StatesCrossAnyWindows) {
  const Outcome whole = run(stack_, long_x_, initial_, kSteps, false);
  for (const NodeId window : {1u, 3u, 5u, 12u}) {
    for (const bool truncated : {false, true}) {
      EXPECT_EQ(run(stack_, long_x_, initial_, window, truncated).h, whole.h) << window;
    }
  }
}

TEST_F(TruncatedTest, AWindowThatHoldsAllIsFullBackPropagation) {
  const Outcome full = run(stack_, long_x_, initial_, kSteps, false);
  for (const NodeId window : {kSteps, kSteps + 5}) {
    EXPECT_TRUE(
        test::same_bits(run(stack_, long_x_, initial_, window, true).gradients, full.gradients));
  }
}

// Without detach() gradients cross the edges of the windows, back to the initial states.
TEST_F(TruncatedTest, WindowsWithoutDetachAreFullBackPropagation) {
  const Outcome full = run(stack_, long_x_, initial_, kSteps, false);
  for (const NodeId window : {1u, 5u}) {
    const Outcome windows = run(stack_, long_x_, initial_, window, false);
    for (std::size_t i = 0; i < full.gradients.size(); ++i) {
      EXPECT_TRUE(all_close(windows.gradients[i].second, full.gradients[i].second, 1e-4f, 1e-4f))
          << full.gradients[i].first;
    }
  }
}

// What is truncated is the sum of the windows' own gradients, each from states that are constants.
TEST_F(TruncatedTest, WithDetachEachWindowStandsAlone) {
  const Outcome truncated = run(stack_, long_x_, initial_, 4, true);
  test::Results expected;
  std::vector<SequenceStates> before = initial_;
  stack_.clear_gradients();
  for (NodeId begin = 0; begin < kSteps; begin += 4) {
    Tensor x = Tensor::uninitialized({4 * kSequences, 3});
    for (NodeId s = 0; s < kSequences; ++s) {
      std::copy_n(long_x_.value().row(kSteps * s + begin).data(), 12, x.row(4 * s).data());
    }
    const StackedStates states =
        stack_.forward(Variable(std::move(x)), SequenceBatch(Nodes(kSequences, 4)), rng_, before);
    (states.h * states.h).sum().backward();
    before.clear();
    for (const SequenceStates& s : states.last) {
      before.push_back({.h = Variable(s.h.value().clone()), .c = Variable(s.c.value().clone())});
    }
  }
  for (const NamedParameter& p : stack_.parameters()) {
    expected.emplace_back(p.name, p.variable.gradient().clone());
  }
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_TRUE(bitwise_equal(truncated.gradients[i].second, expected[i].second))
        << expected[i].first;
  }
  const Outcome full = run(stack_, long_x_, initial_, kSteps, false);
  EXPECT_FALSE(all_close(truncated.gradients[1].second, full.gradients[1].second, 1e-3f, 1e-3f));
}

TEST_F(TruncatedTest, TheStatesThatAreHandedOnHaveGradients) {
  const StackedStates states = stack_.forward(Variable(normal_tensor({8, 3}, 1.0f, rng_)),
                                              SequenceBatch(Nodes{5, 0, 3}), rng_, initial_);
  (states.summary().sum() + states.last[0].c.sum()).backward();
  for (const SequenceStates& s : initial_) {
    for (const Variable& v : {s.h, s.c}) {
      for (const NodeId sequence : {0u, 2u}) {
        EXPECT_NE(v.gradient().at(sequence, 0), 0.0f);
      }
    }
  }
  // The empty one hands on what it was given.
  EXPECT_EQ(initial_[1].h.gradient().at(1, 0), 1.0f);
  EXPECT_EQ(initial_[0].c.gradient().at(1, 0), 1.0f);
  EXPECT_EQ(initial_[1].c.gradient().at(1, 0), 0.0f);
}

}  // namespace
}  // namespace espalier
