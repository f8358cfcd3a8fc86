#include <espalier/layers/agc_lstm.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include <espalier/base/error.h>
#include <espalier/graph/joint_partition.h>
#include <espalier/graph/skeleton.h>
#include <espalier/layers/lstm.h>
#include <espalier/ops/arithmetic.h>
#include <espalier/ops/gradient_check.h>
#include <espalier/ops/parallel.h>
#include <espalier/ops/reshape.h>
#include <espalier/ops/rows.h>

#include "tests/layers/chain_layer.h"

namespace espalier {
namespace {

constexpr std::size_t kJoints = 4, kInput = 2, kHidden = 3, kUnits = 5;

// A centre with a limb of two joints and one of one.
std::vector<Adjacency> some_groups() {
  return joint_partitions(Tree::from_parents(std::vector<NodeId>{kNoNode, 0, 1, 0}),
                          JointPartition::kDistance);
}

AGCLSTMOptions some_options(bool attends = true, bool feeds_attended = true) {
  return {.input_size = kInput,
          .hidden_size = kHidden,
          .attention_size = kUnits,
          .attends = attends,
          .feeds_attended = feeds_attended};
}

using Matrix = std::vector<std::vector<double>>;

Matrix zeros(std::size_t rows, std::size_t cols) {
  return Matrix(rows, std::vector<double>(cols, 0.0));
}
double sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }

// The equations of the header, a frame, a joint and a unit at a time.
class Plain {
 public:
  Plain(const AGCLSTM& layer, const std::vector<Adjacency>& groups)
      : layer_(layer), groups_(groups) {}

  struct Frame {
    Matrix h = zeros(kJoints, kHidden), c = zeros(kJoints, kHidden),
           h_hat = zeros(kJoints, kHidden);
    std::vector<double> alpha = std::vector<double>(kJoints, 0.0);
  };

  Frame next(const Frame& before, const Matrix& x) const {
    Frame now;
    const Matrix& fed = layer_.options().feeds_attended ? before.h : before.h_hat;
    for (std::size_t n = 0; n < kJoints; ++n) {
      for (std::size_t j = 0; j < kHidden; ++j) {
        const double i = sigmoid(gate(0, n, j, x, fed)), f = sigmoid(gate(1, n, j, x, fed));
        const double u = std::tanh(gate(2, n, j, x, fed)), o = sigmoid(gate(3, n, j, x, fed));
        now.c[n][j] = f * before.c[n][j] + i * u;
        now.h_hat[n][j] = o * std::tanh(now.c[n][j]);
      }
    }
    now.h = now.h_hat;
    if (layer_.options().attends) attend(now);
    return now;
  }

 private:
  double at(const char* name, std::size_t row, std::size_t column) const {
    return layer_.parameter(name).value().at(row, column);
  }
  // W *_G of a matrix, for gate row `row` of joint n.
  double convolved(const char* name, std::size_t row, std::size_t n, const Matrix& x) const {
    double sum = 0.0;
    const std::size_t width = x[0].size();
    for (std::size_t k = 0; k < groups_.size(); ++k) {
      for (EdgeId e = groups_[k].offsets()[n]; e < groups_[k].offsets()[n + 1]; ++e) {
        for (std::size_t d = 0; d < width; ++d) {
          sum += static_cast<double>(groups_[k].weights()[e]) * x[groups_[k].columns()[e]][d] *
                 at(name, row, k * width + d);
        }
      }
    }
    return sum;
  }
  double gate(std::size_t which, std::size_t n, std::size_t j, const Matrix& x,
              const Matrix& fed) const {
    const std::size_t row = which * kHidden + j;
    return convolved("weight_ih", row, n, x) + convolved("weight_hh", row, n, fed) +
           layer_.parameter("bias").value().data()[row];
  }
  void attend(Frame& now) const {
    std::vector<double> q(kHidden, 0.0);
    for (std::size_t j = 0; j < kHidden; ++j) {
      for (std::size_t n = 0; n < kJoints; ++n) {
        for (std::size_t d = 0; d < kHidden; ++d)
          q[j] += at("attention.query", j, d) * now.h_hat[n][d];
      }
      q[j] = std::max(q[j], 0.0);
    }
    for (std::size_t n = 0; n < kJoints; ++n) {
      double score = layer_.parameter("attention.score_bias").value().item();
      for (std::size_t a = 0; a < kUnits; ++a) {
        double unit = layer_.parameter("attention.bias").value().data()[a];
        for (std::size_t d = 0; d < kHidden; ++d) {
          unit += at("attention.states", a, d) * now.h_hat[n][d];
          unit += at("attention.from_query", a, d) * q[d];
        }
        score += layer_.parameter("attention.score").value().data()[a] * std::tanh(unit);
      }
      now.alpha[n] = sigmoid(score);
      for (std::size_t d = 0; d < kHidden; ++d)
        now.h[n][d] = (1.0 + now.alpha[n]) * now.h_hat[n][d];
    }
  }

  const AGCLSTM& layer_;
  const std::vector<Adjacency>& groups_;
};

class AGCLSTMTest : public testing::Test {
 protected:
  AGCLSTM layer(const AGCLSTMOptions& options) {
    AGCLSTM made(options, groups_, rng_);
    for (const NamedParameter& p : made.parameters()) {
      if (p.name.find("bias") == std::string::npos) continue;
      p.variable.mutable_value() = normal_tensor(p.variable.shape(), 0.5f, rng_);
    }
    return made;
  }

  Rng rng_{1};
  std::vector<Adjacency> groups_ = some_groups();
  std::vector<NodeId> lengths_ = {4, 1, 3};
  Schedule schedule_{test::sequences({4, 1, 3})};
  Variable x_ = Variable::parameter(normal_tensor({8, kJoints* kInput}, 1.0f, rng_));
};

TEST_F(AGCLSTMTest, AgreesWithTheEquations) {
  for (const auto& options : {some_options(), some_options(true, false), some_options(false),
                              some_options(false, false)}) {
    const AGCLSTM agc = layer(options);
    const JointStates states = agc.forward(x_, schedule_);
    const Plain plain(agc, groups_);
    std::size_t node = 0;
    for (const NodeId length : lengths_) {
      Plain::Frame frame;
      for (NodeId t = 0; t < length; ++t, ++node) {
        Matrix x = zeros(kJoints, kInput);
        for (std::size_t i = 0; i < kJoints * kInput; ++i) {
          x[i / kInput][i % kInput] = x_.value().at(node, i);
        }
        frame = plain.next(frame, x);
        for (std::size_t n = 0; n < kJoints; ++n) {
          for (std::size_t j = 0; j < kHidden; ++j) {
            EXPECT_NEAR(states.h.value().at(node, n * kHidden + j), frame.h[n][j], 1e-5);
            EXPECT_NEAR(states.c.value().at(node, n * kHidden + j), frame.c[n][j], 1e-5);
          }
          if (options.attends) {
            EXPECT_NEAR(states.alpha.value().at(node, n), frame.alpha[n], 1e-5);
          }
        }
      }
    }
    EXPECT_EQ(states.alpha.defined(), options.attends);
  }
}

// Of h, c and alpha together, from initial states.
TEST_F(AGCLSTMTest, GradientsMatchDifferences) {
  for (const auto& options : {some_options(), some_options(true, false), some_options(false)}) {
    const AGCLSTM agc = layer(options);
    const std::vector<NodeId> frames = {5, 0};
    const auto parameter = [&](std::size_t cols) {
      return Variable::parameter(normal_tensor({2, cols}, 0.7f, rng_));
    };
    InitialJointStates initial{{parameter(kJoints * kHidden), parameter(kJoints * kHidden), {}},
                               frames};
    std::vector<NamedParameter> all(agc.parameters().begin(), agc.parameters().end());
    all.push_back({"x", x_});
    all.push_back({"initial h", initial.states.h});
    all.push_back({"initial c", initial.states.c});
    if (options.attends) {
      initial.states.alpha = Variable::parameter(uniform_tensor({2, kJoints}, 0.2f, 0.8f, rng_));
      all.push_back({"initial alpha", initial.states.alpha});
      if (options.feeds_attended) all.pop_back();  // Nobody reads it.
    }
    // Left unsummed, for sharper differences.
    const Variable of_h(normal_tensor({8, kJoints * kHidden}, 1.0f, rng_));
    const Variable of_alpha(normal_tensor({8, kJoints}, 1.0f, rng_));
    const std::vector<std::function<Variable(const JointStates&)>> losses = {
        [&](const JointStates& states) { return states.h * of_h; },
        [&](const JointStates& states) { return states.c * of_h; },
        [&](const JointStates& states) { return states.alpha * of_alpha; }};
    for (std::size_t i = 0; i < (options.attends ? 3u : 2u); ++i) {
      const GradientCheck check = check_gradients(
          [&] { return losses[i](agc.forward(x_, schedule_, initial)); }, all, {.step = 3e-3f});
      EXPECT_TRUE(check.ok) << i << ": " << check.to_string();
    }
  }
}

// With each joint alone its own neighbour, joints are sequences of an LSTM that they share.
TEST_F(AGCLSTMTest, WithoutNeighboursAndAttentionIsAnLSTMOfEachJoint) {
  std::vector<Edge> edges;
  for (NodeId n = 0; n < kJoints; ++n) edges.push_back({n, n});
  const std::vector<Adjacency> identity = {Adjacency::from_edges(kJoints, kJoints, edges)};
  const AGCLSTM agc(some_options(false), identity, rng_);
  const LSTM lstm({.input_size = kInput, .hidden_size = kHidden}, rng_);
  for (const char* name : {"weight_ih", "weight_hh"}) {
    lstm.parameter(name).mutable_value() = agc.parameter(name).value().clone();
  }
  lstm.parameter("bias_ih").mutable_value() = agc.parameter("bias").value().clone();
  lstm.parameter("bias_hh").mutable_value().fill(0.0f);
  const JointStates states = agc.forward(x_, schedule_);
  for (std::size_t n = 0; n < kJoints; ++n) {
    Tensor x = Tensor::uninitialized({8, kInput});
    for (std::size_t t = 0; t < 8; ++t) {
      std::copy_n(x_.value().row(t).data() + n * kInput, kInput, x.row(t).data());
    }
    const NodeStates expected = lstm.forward(Variable(std::move(x)), schedule_);
    for (std::size_t t = 0; t < 8; ++t) {
      for (std::size_t j = 0; j < kHidden; ++j) {
        EXPECT_NEAR(states.h.value().at(t, n * kHidden + j), expected.h.value().at(t, j), 1e-6);
      }
    }
  }
}

TEST_F(AGCLSTMTest, GoesOnFromTheStatesOfTheFrameBefore) {
  for (const auto& options : {some_options(), some_options(true, false), some_options(false)}) {
    const AGCLSTM agc = layer(options);
    const Schedule whole(test::sequences({5}));
    const Schedule one(test::sequences({1}));
    const Tensor x = normal_tensor({5, kJoints * kInput}, 1.0f, rng_);
    const JointStates expected = agc.forward(Variable(x.alias()), whole);
    JointStates states;
    const std::vector<NodeId> frames = {0};
    for (std::size_t t = 0; t < 5; ++t) {
      const Variable frame(Tensor::from_values({1, kJoints * kInput}, x.row(t)));
      states = t == 0 ? agc.forward(frame, one) : agc.forward(frame, one, {states, frames});
      for (std::size_t j = 0; j < kJoints * kHidden; ++j) {
        EXPECT_EQ(states.h.value().at(0, j), expected.h.value().at(t, j));
      }
    }
  }
}

TEST_F(AGCLSTMTest, HasTheSameBitsAtAnyNumberOfThreadsAndTileSizes) {
  const std::vector<Adjacency> groups =
      joint_partitions(skeleton_named("ntu").bones(), JointPartition::kSpatial);
  const AGCLSTM agc({.input_size = 6, .hidden_size = 8}, groups, rng_);
  const Schedule schedule(test::sequences(std::vector<NodeId>(40, 9)));
  const Variable x = Variable::parameter(normal_tensor({360, 25 * 6}, 1.0f, rng_));
  const auto run = [&](int threads, std::size_t tile_rows) {
    set_num_threads(threads);
    agc.clear_gradients();
    x.clear_gradient();
    const JointStates states =
        agc.forward(x, schedule, {}, {.tile_rows = tile_rows, .observe = {}});
    ((states.h * states.h).sum() + states.alpha.sum()).backward();
    std::vector<Tensor> results;
    results.push_back(states.h.value().clone());
    results.push_back(x.gradient().clone());
    for (const NamedParameter& p : agc.parameters())
      results.push_back(p.variable.gradient().clone());
    return results;
  };
  const auto expected = run(1, 256);
  for (const auto& [threads, tile_rows] : {std::pair(2, 256), {1, 1}, {2, 3}}) {
    const auto actual = run(threads, static_cast<std::size_t>(tile_rows));
    for (std::size_t i = 0; i < expected.size(); ++i) {
      EXPECT_TRUE(bitwise_equal(actual[i], expected[i])) << i;
    }
  }
}

TEST_F(AGCLSTMTest, AnswersAreThoseOfARecordedRun) {
  const AGCLSTM agc = layer(some_options());
  const JointStates recorded = agc.forward(x_, schedule_);
  const NoRecording none;
  const JointStates answered = agc.forward(x_, schedule_);
  EXPECT_TRUE(bitwise_equal(answered.h.value(), recorded.h.value()));
  EXPECT_TRUE(bitwise_equal(answered.alpha.value(), recorded.alpha.value()));
  for (const float alpha : answered.alpha.value().flat()) {
    EXPECT_GT(alpha, 0.0f);
    EXPECT_LT(alpha, 1.0f);
  }
}

TEST_F(AGCLSTMTest, ReadOutsAreSumsOverJoints) {
  const Variable h = Variable::parameter(normal_tensor({3, kJoints * kHidden}, 1.0f, rng_));
  const Variable alpha = Variable::parameter(uniform_tensor({3, kJoints}, 0.1f, 0.9f, rng_));
  const Variable sums = sum_of_joints(h, kJoints), local = attended_sum_of_joints(h, alpha);
  for (std::size_t t = 0; t < 3; ++t) {
    for (std::size_t j = 0; j < kHidden; ++j) {
      double sum = 0.0, attended = 0.0;
      for (std::size_t n = 0; n < kJoints; ++n) {
        const double value = h.value().at(t, n * kHidden + j), a = alpha.value().at(t, n);
        sum += value;
        attended += a * (value / (1.0 + a));
      }
      EXPECT_NEAR(sums.value().at(t, j), sum, 1e-5);
      EXPECT_NEAR(local.value().at(t, j), attended, 1e-5);
    }
  }
  const Variable weights(normal_tensor({3, kHidden}, 1.0f, rng_));
  const GradientCheck check = check_gradients(
      [&] {
        return (sum_of_joints(h, kJoints) * weights).sum() +
               (attended_sum_of_joints(h, alpha) * weights * weights).sum();
      },
      std::vector<NamedParameter>{{"h", h}, {"alpha", alpha}});
  EXPECT_TRUE(check.ok) << check.to_string();
  EXPECT_THROW(sum_of_joints(h, 5), ShapeError);
  EXPECT_THROW(sum_of_joints(h, 0), ShapeError);
  EXPECT_THROW(attended_sum_of_joints(h, Variable(Tensor::zeros({2, kJoints}))), ShapeError);
}

TEST_F(AGCLSTMTest, RefusesWhatDoesNotFit) {
  EXPECT_THROW(AGCLSTM({.input_size = 0, .hidden_size = 3}, groups_, rng_), OptionError);
  EXPECT_THROW(AGCLSTM({.input_size = 3, .hidden_size = 0}, groups_, rng_), OptionError);
  EXPECT_THROW(AGCLSTM({.input_size = 3, .hidden_size = 3, .attention_size = -1}, groups_, rng_),
               OptionError);
  EXPECT_THROW(AGCLSTM(some_options(), {}, rng_), GraphError);
  const std::vector<Adjacency> oblong = {Adjacency::from_edges(4, 5, {})};
  EXPECT_THROW(AGCLSTM(some_options(), oblong, rng_), GraphError);
  const AGCLSTM agc = layer(some_options());
  EXPECT_THROW(agc.forward(Variable(Tensor::zeros({8, 7})), schedule_), ShapeError);
  EXPECT_THROW(agc.forward(Variable(Tensor::zeros({7, 8})), schedule_), ShapeError);
  const std::vector<NodeId> frames = {1};  // It has a frame before it.
  const Variable h(Tensor::zeros({1, kJoints * kHidden}));
  EXPECT_THROW(agc.forward(x_, schedule_, {{h, {}, {}}, frames}), GraphError);
  const AGCLSTM raw = layer(some_options(true, false));
  const std::vector<NodeId> first = {0};
  EXPECT_THROW(raw.forward(x_, schedule_, {{h, {}, {}}, first}), ShapeError);
}

}  // namespace
}  // namespace espalier
