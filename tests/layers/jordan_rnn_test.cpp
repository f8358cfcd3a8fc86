#include <espalier/layers/jordan_rnn.h>

#include <espalier/ops/elementwise.h>
#include <espalier/ops/gradient_check.h>
#include <espalier/ops/linear.h>
#include <espalier/ops/loss.h>
#include <espalier/ops/rows.h>

#include "tests/layers/chain_layer.h"

namespace espalier {
namespace {

using test::ChainLayerTest;
using test::Values;

constexpr int kOutputs = 5;

JordanRNNOptions with(Activation activation, OutputActivation output_activation) {
  return {
      .output_size = kOutputs, .activation = activation, .output_activation = output_activation};
}

// What a teacher says at step t of every sequence.
Tensor taught_output(std::size_t t) {
  Rng rng(100 + t);
  return normal_tensor({1, kOutputs}, 1.0f, rng);
}

// A Jordan network that always has a teacher, as a layer like the others.
class TaughtJordanRNN final : public RecurrentLayer {
 public:
  TaughtJordanRNN(const JordanRNNOptions& options, Rng& rng) : jordan_(options, rng) {
    add_module_with_ending("", jordan_);
  }
  std::size_t input_size() const override { return jordan_.input_size(); }
  std::size_t output_size() const override { return jordan_.output_size(); }
  Recurrence recurrence(const NodeInputs& inputs, const Schedule& schedule,
                        const InitialStates& initial, const SweepOptions& sweep) const override {
    Tensor teacher = Tensor::zeros({schedule.num_nodes(), kOutputs});
    for (std::size_t level = 0; level < schedule.num_wavefronts(); ++level) {
      const Tensor output = taught_output(level);
      const RowRange rows = schedule.wavefront(level);
      for (NodeId row = rows.begin; row < rows.end; ++row) {
        std::ranges::copy(output.flat(), teacher.row(schedule.nodes()[row]).begin());
      }
    }
    return jordan_.recurrence_taught(inputs, schedule, teacher, initial, sweep);
  }
  const JordanRNNOptions& options() const { return jordan_.options(); }

 private:
  JordanRNN jordan_;
};

test::ChainVariant taught_variant(std::string name, const JordanRNNOptions& options) {
  test::ChainVariant variant = test::variant<TaughtJordanRNN>(std::move(name), options);
  variant.equations = [](const RecurrentLayer& layer, const Values& values,
                         const Relation& previous) {
    test::Matrix teacher(values.at("x").rows, kOutputs);
    for (std::size_t v = 0; v < teacher.rows; ++v) {
      std::size_t t = 0;
      for (auto u = static_cast<NodeId>(v); !previous.of(u).empty(); u = previous.of(u)[0]) ++t;
      const Tensor output = taught_output(t);
      for (std::size_t k = 0; k < teacher.cols; ++k) {
        teacher.at(v, k) = static_cast<double>(output.at(0, k));
      }
    }
    Values taught = values;
    taught["teacher"] = teacher;
    return node_by_node(dynamic_cast<const TaughtJordanRNN&>(layer).options(), taught, previous);
  };
  return variant;
}

INSTANTIATE_TEST_SUITE_P(
    JordanRNN, ChainLayerTest,
    testing::Values(
        test::variant<JordanRNN>("Tanh", with(Activation::kTanh, OutputActivation::kIdentity)),
        test::variant<JordanRNN>("TanhSoftmax",
                                 with(Activation::kTanh, OutputActivation::kSoftmax)),
        test::variant<JordanRNN>("Relu", with(Activation::kRelu, OutputActivation::kIdentity)),
        test::variant<JordanRNN>("SigmoidTanh",
                                 with(Activation::kSigmoid, OutputActivation::kTanh)),
        test::variant<JordanRNN>("TanhSigmoid",
                                 with(Activation::kTanh, OutputActivation::kSigmoid)),
        test::variant<JordanRNN>("TanhRelu", with(Activation::kTanh, OutputActivation::kRelu)),
        taught_variant("Taught", with(Activation::kTanh, OutputActivation::kIdentity)),
        taught_variant("TaughtSoftmax", with(Activation::kTanh, OutputActivation::kSoftmax))),
    test::name_of);

class JordanRNNTest : public testing::Test {
 protected:
  Rng rng_{1};
  JordanRNN jordan_{{.input_size = 3,
                     .hidden_size = 4,
                     .output_size = kOutputs,
                     .output_activation = OutputActivation::kSoftmax},
                    rng_};
  SequenceBatch batch_{std::vector<NodeId>{4, 1, 6}};
  Schedule order_ = schedule(batch_, Direction::kForward);
};

// With a teacher no step waits for another: y = g(V f(W x + U t' + b) + b_y).
TEST_F(JordanRNNTest, WithATeacherEqualsTheSameWithoutRecurrence) {
  const Variable x(normal_tensor({11, 3}, 1.0f, rng_));
  const Tensor teacher = normal_tensor({11, kOutputs}, 1.0f, rng_);
  const Variable weights(normal_tensor({11, kOutputs}, 1.0f, rng_));
  const auto gradients = [&](const Variable& y) {
    jordan_.clear_gradients();
    (y * weights).sum().backward();
    std::vector<Tensor> result;
    for (const NamedParameter& p : jordan_.parameters()) {
      result.push_back(p.variable.gradient().clone());
    }
    return result;
  };

  Tensor before = Tensor::zeros({11, kOutputs});
  for (const NodeId v : {1u, 2u, 3u, 6u, 7u, 8u, 9u, 10u}) {
    std::ranges::copy(teacher.row(v - 1), before.row(v).begin());
  }
  const auto weight = [&](const char* name) { return LinearWeight(jordan_.parameter(name)); };
  const Variable s =
      tanh(linear(x, weight("weight_ih"), jordan_.parameter("bias_ih")) +
           linear(Variable(std::move(before)), weight("weight_hh"), jordan_.parameter("bias_hh")));
  const Variable expected = softmax(linear(s, weight("weight_ho"), jordan_.parameter("bias_ho")));

  const NodeStates taught = jordan_.forward_taught(x, order_, teacher);
  EXPECT_TRUE(all_close(taught.h.value(), expected.value()));
  const std::vector<Tensor> wanted = gradients(expected), actual = gradients(taught.h);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    EXPECT_TRUE(all_close(actual[i], wanted[i], 1e-5f, 1e-5f)) << jordan_.parameters()[i].name;
  }
}

// What it says itself, said by the teacher, changes nothing.
TEST_F(JordanRNNTest, ItsOwnOutputsAsTeacherChangeNoBit) {
  const Variable x(normal_tensor({11, 3}, 1.0f, rng_));
  const NodeStates alone = jordan_.forward(x, order_);
  const NodeStates taught = jordan_.forward_taught(x, order_, alone.h.value());
  EXPECT_TRUE(bitwise_equal(taught.h.value(), alone.h.value()));
}

// y = g(V s + b_y), and a gradient of s goes where one of y does.
TEST_F(JordanRNNTest, GivesItsHiddenLayersToo) {
  const NamedParameter x{"x", Variable::parameter(normal_tensor({11, 3}, 1.0f, rng_))};
  const JordanStates states = jordan_.forward_with_hidden(x.variable, order_);
  EXPECT_TRUE(bitwise_equal(states.y.value(), jordan_.forward(x.variable, order_).h.value()));
  const Variable y = softmax(
      linear(states.s, LinearWeight(jordan_.parameter("weight_ho")), jordan_.parameter("bias_ho")));
  EXPECT_TRUE(all_close(y.value(), states.y.value()));
  std::vector<NamedParameter> variables(jordan_.parameters().begin(), jordan_.parameters().end());
  variables.push_back(x);
  const Variable weights(normal_tensor({11, 4}, 1.0f, rng_));
  const GradientCheck check = check_gradients(
      [&] {
        const JordanStates at = jordan_.forward_with_hidden(x.variable, order_);
        return (at.s * weights).sum() + (at.y * at.y).sum();
      },
      variables);
  EXPECT_TRUE(check.ok) << check.to_string();
}

TEST_F(JordanRNNTest, OutputsOfASoftmaxAreProbabilities) {
  const NodeStates states = jordan_.forward(Variable(normal_tensor({11, 3}, 9.0f, rng_)), order_);
  for (std::size_t v = 0; v < 11; ++v) {
    float sum = 0.0f;
    for (const float y : states.h.value().row(v)) sum += y;
    EXPECT_NEAR(sum, 1.0f, 1e-6f);
  }
}

TEST_F(JordanRNNTest, RefusesATeacherThatDoesNotFit) {
  const Variable x(Tensor::zeros({11, 3}));
  EXPECT_EQ(test::error_of<ShapeError>([&] {
              jordan_.forward_taught(x, order_, Tensor::zeros({11, kOutputs - 1}));
            }),
            "outputs of a teacher: shape [11, 4], expected [11, 5]");
  EXPECT_EQ(test::error_of<OptionError>(
                [&] { JordanRNN({.input_size = 3, .hidden_size = 4, .output_size = 0}, rng_); }),
            "output_size is 0, expected 1 or more");
}

}  // namespace
}  // namespace espalier
