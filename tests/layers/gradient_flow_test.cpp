#include <espalier/layers/gradient_flow.h>

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include <espalier/graph/sequence.h>
#include <espalier/layers/child_sum_tree_lstm.h>
#include <espalier/layers/elman_rnn.h>
#include <espalier/layers/lstm.h>
#include <espalier/ops/arithmetic.h>

#include "tests/layers/testing.h"

namespace espalier {
namespace {

class GradientFlowTest : public testing::Test {
 protected:
  std::vector<double> flow(const RecurrentLayer& layer, NodeId target, std::size_t part = 0) {
    return gradient_flow(
        [&](const SweepOptions& sweep) { return layer.forward(x_, order_, {}, sweep).h; }, target,
        part);
  }

  Rng rng_{1};
  SequenceBatch sequences_{std::vector<NodeId>{12, 7}};
  Schedule order_ = schedule(sequences_, Direction::kForward);
  Variable x_{normal_tensor({19, 3}, 1.0f, rng_)};
};

// With h = rho Q h' the Jacobian over k steps is rho^k times an orthogonal matrix.
TEST_F(GradientFlowTest, IsAPowerOfTheScaleOfALinearOrthogonalRecurrence) {
  for (const float rho : {0.5f, 1.0f, 1.3f}) {
    const ElmanRNN rnn({.input_size = 3,
                        .hidden_size = 6,
                        .activation = Activation::kIdentity,
                        .recurrent_init = RecurrentInit::kOrthogonal},
                       rng_);
    for (float& u : rnn.parameter("weight_hh").mutable_value().flat()) u *= rho;
    const std::vector<double> sizes = flow(rnn, 9);
    ASSERT_EQ(sizes.size(), 19u);
    for (std::size_t t = 0; t <= 9; ++t) {
      const double expected = std::pow(static_cast<double>(rho), 9.0 - static_cast<double>(t));
      EXPECT_NEAR(sizes[t], expected, 1e-5 * expected) << t;
    }
    // Later steps, and the other sequence.
    for (std::size_t t = 10; t < 19; ++t) EXPECT_EQ(sizes[t], 0.0) << t;
  }
}

// Against the initial state, whose gradient is that of the state before the first step.
TEST_F(GradientFlowTest, AgreesWithTheGradientOfAnInitialState) {
  const LSTM lstm({.input_size = 3, .hidden_size = 4}, rng_);
  const std::vector<NodeId> first = {0, 12};
  for (const std::size_t part : {0u, 1u}) {
    // Steps 1 .. 11 of the first sequence, begun from the state of step 0.
    const NodeStates whole = lstm.forward(x_, order_);
    const SequenceBatch rest(std::vector<NodeId>{11});
    Tensor later = Tensor::uninitialized({11, 3});
    std::copy_n(x_.value().row(1).data(), later.size(), later.data());
    const auto row = [](const Variable& of) {
      return Variable::parameter(Tensor::from_values({1, 4}, of.value().row(0)));
    };
    const Variable h = row(whole.h), c = row(whole.c);
    double square = 0.0;
    for (std::size_t unit = 0; unit < 4; ++unit) {
      const std::vector<NodeId> begin = {0};
      const NodeStates states =
          lstm.forward(Variable(later.clone()), schedule(rest, Direction::kForward),
                       {.h = h, .c = c, .nodes = begin});
      h.clear_gradient();
      c.clear_gradient();
      Tensor seed = Tensor::zeros({11, 4});
      seed.at(10, unit) = 1.0f;
      states.h.backward(std::move(seed));
      for (const float g : (part == 0 ? h : c).gradient().flat()) {
        square += static_cast<double>(g) * static_cast<double>(g);
      }
    }
    EXPECT_NEAR(flow(lstm, 11, part)[0], std::sqrt(square / 4.0), 1e-6);
  }
}

TEST_F(GradientFlowTest, TakesAnyRecurrence) {
  const Tree tree = Tree::from_parents(std::vector<NodeId>{kNoNode, 0, 0, 1, 1});
  const Schedule order(bottom_up(tree));
  const ChildSumTreeLSTM lstm({.input_size = 3, .hidden_size = 4}, rng_);
  const Variable x(normal_tensor({5, 3}, 1.0f, rng_));
  const auto run = [&](const SweepOptions& sweep) {
    return lstm.forward(x, order, "children", sweep).h;
  };
  const std::vector<double> to_root = gradient_flow(run, 0), to_inner = gradient_flow(run, 1);
  for (std::size_t v = 1; v < 5; ++v) EXPECT_GT(to_root[v], 0.0) << v;
  EXPECT_EQ(to_inner[2], 0.0);
  EXPECT_GT(to_inner[3], 0.0);
}

TEST_F(GradientFlowTest, RefusesATargetThatIsNoNode) {
  const ElmanRNN rnn({.input_size = 3, .hidden_size = 2}, rng_);
  EXPECT_EQ(test::error_of<GraphError>([&] { flow(rnn, 19); }),
            "gradient flow to node 19, expected a node below 19");
}

}  // namespace
}  // namespace espalier
