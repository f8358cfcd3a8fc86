#include <espalier/layers/forward_cell.h>

#include <espalier/layers/child_sum_tree_lstm.h>
#include <espalier/layers/initialize.h>
#include <espalier/ops/elementwise.h>
#include <espalier/ops/gradient_check.h>
#include <espalier/ops/linear.h>
#include <espalier/ops/rows.h>
#include <espalier/ops/segment.h>

#include "tests/layers/testing.h"

namespace espalier {
namespace {

using test::error_of;
using test::Results;

// The Child-Sum Tree-LSTM (Tai et al. 2015, Eqs. 2-8) over the parameters of another one.
std::vector<Variable> child_sum(const ChildSumTreeLSTM& layer, const Variable& x,
                                const Schedule& schedule) {
  const std::size_t hidden = layer.parameter("weight_hh").cols();
  const LinearWeight w(layer.parameter("weight_ih")), u(layer.parameter("weight_hh"));
  const Variable b_hh = layer.parameter("bias_hh");
  const ForwardCell cell{
      .state = {hidden, hidden}, .forward = [&](const Wavefront& at) -> std::vector<Variable> {
        const Variable wx = at.input();
        const auto gate = [&](const Variable& pre, std::size_t g) {
          return columns(pre, g * hidden, hidden);
        };
        const Variable pre = wx + linear(at.sum("children", 0), u, b_hh);
        const Variable from_children = linear(at.each("children", 0), u, b_hh);
        const Variable f = sigmoid(at.to_edges(gate(wx, 1), "children") + gate(from_children, 1));
        const Variable kept = segment_sum(f * at.each("children", 1), at.offsets("children"));
        const Variable c = sigmoid(gate(pre, 0)) * tanh(gate(pre, 2)) + kept;
        return {sigmoid(gate(pre, 3)) * tanh(c), c};
      }};
  return run_forward_cell(cell, schedule, {.inputs = {linear(x, w, layer.parameter("bias_ih"))}},
                          layer.parameters());
}

Results step(const ChildSumTreeLSTM& layer, const Variable& x, const Schedule& schedule) {
  return test::training_step(
      [&](const SweepOptions&) {
        const std::vector<Variable> states = child_sum(layer, x, schedule);
        return NodeStates{.h = states[0], .c = states[1]};
      },
      test::variables_of(layer, x));
}

// 1e-6 of a tensor's greatest entry.
testing::AssertionResult close(const Tensor& actual, const Tensor& expected) {
  float greatest = 0.0f;
  for (const float e : expected.flat()) greatest = std::max(greatest, std::abs(e));
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const float difference = std::abs(actual.data()[i] - expected.data()[i]);
    if (!(difference <= 1e-6f * greatest)) {
      return testing::AssertionFailure() << difference << " of " << greatest;
    }
  }
  return testing::AssertionSuccess();
}

TEST(ForwardCellTest, TheChildSumTreeLSTMWrittenForwardEqualsTheLibrarys) {
  Rng rng(1);
  const ChildSumTreeLSTM layer({.input_size = 20, .hidden_size = 16}, rng);
  for (const Structure& structure :
       {test::random_dag(60, 3, rng), test::forest(test::batch_of_parse_trees())}) {
    const Schedule schedule(structure);
    const Variable x = Variable::parameter(normal_tensor({structure.num_nodes(), 20}, 1.0f, rng));
    const Results expected = test::training_step(layer, x, schedule);
    const Results actual = step(layer, x, schedule);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      EXPECT_TRUE(close(actual[i].second, expected[i].second)) << expected[i].first;
    }
  }
}

TEST(ForwardCellTest, GivesTheSameBitsAtAnyNumberOfThreads) {
  Rng rng(2);
  const ChildSumTreeLSTM layer({.input_size = 70, .hidden_size = 80}, rng);
  const Structure structure = test::forest(test::batch_of_parse_trees());
  const Schedule schedule(structure);
  const Variable x = Variable::parameter(normal_tensor({structure.num_nodes(), 70}, 1.0f, rng));
  const Results expected = step(layer, x, schedule);
  test::for_each_number_of_threads([&](int threads) {
    EXPECT_TRUE(test::same_bits(step(layer, x, schedule), expected)) << threads << " threads";
  });
  const NoRecording no_recording;
  EXPECT_TRUE(bitwise_equal(child_sum(layer, x, schedule)[0].value(), expected[0].second));
}

// Every way of reading, of a relation that orders the nodes and of one that reads old states.
TEST(ForwardCellTest, GradientsMatchDifferencesThroughEveryWayOfReading) {
  Rng rng(3);
  constexpr std::size_t kWidth = 2;
  for (const NodeId n : {1u, 4u, 9u}) {
    Relation old{.name = "scene", .reads = Reads::kOldStates, .offsets = {0}, .predecessors = {}};
    Relation one{.name = "one", .reads = Reads::kNewStates, .offsets = {0}, .predecessors = {}};
    for (NodeId v = 0; v < n; ++v) {
      for (std::uint64_t k = rng.below(3); k > 0; --k) {
        old.predecessors.push_back(static_cast<NodeId>(rng.below(n)));
      }
      old.offsets.push_back(old.predecessors.size());
      if (v > 0 && rng.chance(0.6f)) one.predecessors.push_back(static_cast<NodeId>(rng.below(v)));
      one.offsets.push_back(one.predecessors.size());
    }
    Relation many{
        .name = "children", .reads = Reads::kNewStates, .offsets = {0}, .predecessors = {}};
    for (NodeId v = 0; v < n; ++v) {
      for (std::uint64_t k = v == 0 ? 0 : rng.below(4); k > 0; --k) {
        many.predecessors.push_back(static_cast<NodeId>(rng.below(v)));
      }
      many.offsets.push_back(many.predecessors.size());
    }
    const Schedule schedule(Structure(n, {old, one, many}));
    std::vector<NamedParameter> variables;
    const auto variable = [&](const char* name, const Shape& shape) {
      variables.push_back({name, Variable::parameter(normal_tensor(shape, 0.5f, rng))});
      return variables.back().variable;
    };
    const Variable x = variable("x", {n, kWidth}), y = variable("y", {n, kWidth});
    const Variable old_h = variable("old_h", {n, kWidth}), v = variable("v", {kWidth, kWidth});
    const Variable w = variable("w", {kWidth, kWidth});
    const auto loss = [&] {
      const LinearWeight weight(w);
      const Variable computed = tanh(v);  // Outside of the cell.
      const ForwardCell cell{
          .state = {kWidth, kWidth}, .forward = [&](const Wavefront& at) -> std::vector<Variable> {
            const LinearWeight shared(at.shared(0));
            const Variable each = at.each("children", 1) * at.to_edges(at.input(1), "children");
            const Variable h = tanh(at.input(0) + linear(at.sum("children", 0), weight, {}) +
                                    linear(at.mean("children", 0), shared, {}) + at.one("one", 1) +
                                    segment_sum(each, at.offsets("children")) +
                                    at.sum("scene", 0) * at.mean("scene", 0) +
                                    segment_sum(at.each("scene", 0), at.offsets("scene")));
            return {h, h * at.one("one", 0)};
          }};
      const std::vector<Variable> states = run_forward_cell(
          cell, schedule,
          {.inputs = {x, y}, .shared = {computed}, .old_states = {old_h, Variable()}},
          std::vector<NamedParameter>{{"w", w}});
      return (states[0] * states[0]).sum() + states[1].sum();
    };
    const GradientCheck check = check_gradients(loss, variables);
    EXPECT_TRUE(check.ok) << n << " nodes: " << check.to_string();
  }
}

TEST(ForwardCellTest, GradientsReachThoseThatAskForOneAlone) {
  Rng rng(4);
  const ChildSumTreeLSTM layer({.input_size = 3, .hidden_size = 2}, rng);
  const Schedule schedule(bottom_up(test::chain(5)));
  const Variable constant(normal_tensor({5, 3}, 1.0f, rng));
  child_sum(layer, constant, schedule)[0].sum().backward();
  EXPECT_TRUE(constant.gradient().empty());
  EXPECT_FALSE(layer.parameter("weight_hh").gradient().empty());
}

TEST(ForwardCellTest, TakesNoNodes) {
  Rng rng(5);
  const ChildSumTreeLSTM layer({.input_size = 3, .hidden_size = 2}, rng);
  const Schedule none(Structure(0, {Relation{"children", Reads::kNewStates, {0}, {}}}));
  const auto states = child_sum(layer, Variable(Tensor::zeros({0, 3})), none);
  EXPECT_EQ(states[0].shape(), (Shape{0, 2}));
  states[0].sum().backward();
}

TEST(ForwardCellTest, RefusesWhatDoesNotFit) {
  Rng rng(6);
  const Schedule chain(bottom_up(test::chain(3)));  // Node 2 is the leaf.
  const Schedule star(bottom_up(test::star(3)));
  const Variable x = Variable::parameter(normal_tensor({3, 2}, 1.0f, rng));
  using States = std::vector<Variable>;
  const auto run = [&](const std::function<States(const Wavefront&)>& forward,
                       ForwardCellInputs inputs = {}) {
    if (inputs.inputs.empty()) inputs.inputs = {x};
    run_forward_cell({.state = {2}, .forward = forward}, chain, inputs, {});
  };
  EXPECT_EQ(error_of<ShapeError>([&] {
              run([&](const Wavefront& at) -> States {
                return {gather_rows(at.input(), std::vector<std::uint32_t>{0, 0})};
              });
            }),
            "wavefront 0: a cell returns state part 0 as [2, 2], expected [1, 2]");
  EXPECT_EQ(
      error_of<ShapeError>([&] { run([](const Wavefront&) -> States { return {Variable()}; }); }),
      "wavefront 0: a cell returns state part 0 as an undefined variable, expected [1, 2]");
  EXPECT_EQ(error_of<OptionError>([&] { run([](const Wavefront&) { return States(); }); }),
            "a cell returns 0 parts of a state, expected 1");
  EXPECT_EQ(error_of<GraphError>(
                [&] { run([](const Wavefront& at) -> States { return {at.sum("next")}; }); }),
            "the schedule has no relation \"next\"; it has: \"children\"");
  EXPECT_EQ(error_of<OptionError>([&] {
              run([](const Wavefront& at) -> States { return {at.sum("children", 1)}; });
            }),
            "a cell asks for state part 1 of 1");
  EXPECT_EQ(error_of<OptionError>(
                [&] { run([](const Wavefront& at) -> States { return {at.input(1)}; }); }),
            "a cell asks for input 1 of 1");
  EXPECT_EQ(error_of<OptionError>(
                [&] { run([](const Wavefront& at) -> States { return {at.shared(0)}; }); }),
            "a cell asks for shared variable 0 of 0");
  const Variable outside = tanh(Variable::parameter(Tensor::zeros({1, 2})));
  EXPECT_EQ(error_of<Error>([&] {
              run([&](const Wavefront& at) -> States { return {at.input() + outside}; });
            }),
            "a cell uses a variable that was computed outside of it; pass it as one of `shared`");
  EXPECT_EQ(error_of<GraphError>([&] {
              run_forward_cell(
                  {.state = {2},
                   .forward = [](const Wavefront& at) -> States { return {at.one("children")}; }},
                  star, {}, {});
            }),
            "node 0 has 3 predecessors in \"children\", expected at most one");
  const auto same = [](const Wavefront& at) -> States { return {at.input()}; };
  EXPECT_EQ(error_of<ShapeError>([&] {
              run(same, {.inputs = {Variable(Tensor::zeros({4, 2}))}});
            }),
            "input 0 of a cell: shape [4, 2], expected [3, 2]");
  EXPECT_EQ(error_of<ShapeError>([&] {
              run(same, {.old_states = {x, x}});
            }),
            "2 old states, expected 1, one for each part of the state");
  EXPECT_EQ(error_of<OptionError>([&] {
              run_forward_cell({.state = {}, .forward = same}, chain, {.inputs = {x}}, {});
            }),
            "a cell's state has no parts, expected one or more");
}

}  // namespace
}  // namespace espalier
