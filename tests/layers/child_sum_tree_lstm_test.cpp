#include <espalier/layers/child_sum_tree_lstm.h>

#include <cmath>

#include "tests/layers/testing.h"

namespace espalier {
namespace {

using test::error_of;
using test::SomeInputs;
using test::Uses;

class ChildSumTreeLSTMTest : public testing::Test {
 protected:
  static ChildSumTreeLSTM make(int input, int hidden, bool output_gate, Rng& rng) {
    return {{.input_size = input, .hidden_size = hidden, .output_gate = output_gate}, rng};
  }

  Rng rng_{1};
  ChildSumTreeLSTM gated_ = make(3, 4, true, rng_);
  ChildSumTreeLSTM ungated_ = make(3, 4, false, rng_);
};

// 197 trees: every ordered tree of up to 7 nodes, so chains, stars and all between.
TEST_F(ChildSumTreeLSTMTest, AgreesWithTheEquationsOnEverySmallTree) {
  for (const Tree& tree : test::all_ordered_trees(7)) {
    SCOPED_TRACE(test::brackets(tree));
    const Structure structure = bottom_up(tree);
    const SomeInputs x = test::inputs_of(test::all_nodes(structure), 3, rng_);
    EXPECT_TRUE(test::agrees_with_the_equations(gated_, x, structure));
    EXPECT_TRUE(test::agrees_with_the_equations(ungated_, x, structure));
  }
}

TEST_F(ChildSumTreeLSTMTest, AgreesWithTheEquationsOnRandomGraphsAndInputs) {
  for (NodeId i = 0; i < 30; ++i) {
    SCOPED_TRACE(i);
    const Structure structure = test::random_dag(1 + i, 1 + i % 5, rng_);
    for (const SomeInputs& x :
         {test::inputs_of(test::all_nodes(structure), 3, rng_),
          test::inputs_of(test::leaves(structure), 3, rng_),
          test::inputs_of(test::random_subset(test::all_nodes(structure), rng_), 3, rng_)}) {
      EXPECT_TRUE(test::agrees_with_the_equations(gated_, x, structure));
      EXPECT_TRUE(test::agrees_with_the_equations(ungated_, x, structure));
    }
  }
}

TEST_F(ChildSumTreeLSTMTest, AgreesWithTheEquationsHoweverTheStatesAreUsed) {
  const Structure structure = test::random_dag(12, 3, rng_);
  const SomeInputs x = test::inputs_of(test::all_nodes(structure), 3, rng_);
  for (const Uses uses : {Uses::kBoth, Uses::kH, Uses::kC}) {
    EXPECT_TRUE(test::agrees_with_the_equations(gated_, x, structure, uses));
    EXPECT_TRUE(test::agrees_with_the_equations(ungated_, x, structure, uses));
  }
  { const NodeStates unused = gated_.forward(x.inputs(), Schedule(structure)); }
  EXPECT_TRUE(test::agrees_with_the_equations(gated_, x, structure));
}

TEST_F(ChildSumTreeLSTMTest, WavefrontsEqualVisitingNodeByNode) {
  const std::vector<Tree> trees = test::batch_of_parse_trees();
  const Structure structure = test::forest(trees);
  const Schedule schedule(structure);
  for (const bool output_gate : {true, false}) {
    const ChildSumTreeLSTM lstm = make(300, 150, output_gate, rng_);
    for (const SomeInputs& x :
         {test::inputs_of(test::all_nodes(structure), 300, rng_),
          test::inputs_of(test::leaves(structure), 300, rng_),
          test::inputs_of(test::random_subset(test::all_nodes(structure), rng_), 300, rng_)}) {
      const test::Results expected =
          test::training_step(lstm, x.inputs(), schedule, {.tile_rows = 1});
      for (const std::size_t tile_rows : {2u, 7u, 64u, 200u}) {
        EXPECT_TRUE(test::same_bits(
            test::training_step(lstm, x.inputs(), schedule, {.tile_rows = tile_rows}), expected))
            << tile_rows << " rows";
      }
      test::for_each_number_of_threads([&](int threads) {
        EXPECT_TRUE(test::same_bits(test::training_step(lstm, x.inputs(), schedule), expected))
            << threads << " threads";
      });
      EXPECT_TRUE(test::infers_what_it_trains(lstm, x.inputs(), schedule));
    }
  }
}

TEST_F(ChildSumTreeLSTMTest, ABatchOfTreesEqualsTheTreesOneByOne) {
  const std::vector<Tree> trees = test::batch_of_parse_trees();
  const Structure structure = test::forest(trees);
  const ChildSumTreeLSTM lstm = make(30, 50, true, rng_);
  const SomeInputs x = test::inputs_of(test::all_nodes(structure), 30, rng_);
  const NodeStates together = lstm.forward(x.x, Schedule(structure));
  std::size_t first = 0;
  for (const Tree& tree : trees) {
    const std::size_t n = tree.num_nodes();
    const auto part = [&](const Variable& of) {
      const MatrixView rows = of.value().view().slice(first, first + n);
      return Tensor::from_values({rows.rows, rows.cols}, rows.flat());
    };
    const NodeStates alone = lstm.forward(Variable(part(x.x)), Schedule(bottom_up(tree)));
    EXPECT_TRUE(bitwise_equal(part(together.h), alone.h.value()));
    EXPECT_TRUE(bitwise_equal(part(together.c), alone.c.value()));
    first += n;
  }
}

TEST_F(ChildSumTreeLSTMTest, GivesTheSameBitsForOneLargeComponent) {
  std::mt19937_64 random(3);
  const ChildSumTreeLSTM lstm = make(8, 20, true, rng_);
  for (const Tree& tree :
       {test::random_tree(5000, 8, random), test::star(3000), test::chain(500)}) {
    const Structure structure = bottom_up(tree);
    const Schedule schedule(structure);
    const SomeInputs x = test::inputs_of(test::all_nodes(structure), 8, rng_);
    const test::Results expected =
        test::training_step(lstm, x.inputs(), schedule, {.tile_rows = 1});
    test::for_each_number_of_threads([&](int threads) {
      for (int repeat = 0; repeat < 3; ++repeat) {
        EXPECT_TRUE(test::same_bits(test::training_step(lstm, x.inputs(), schedule), expected))
            << threads << " threads";
      }
    });
  }
}

// In PyTorch's words: gates i, f, g, o.
TEST_F(ChildSumTreeLSTMTest, IsTheLSTMOnAChain) {
  constexpr NodeId kSteps = 20;
  const Structure structure = bottom_up(test::chain(kSteps));  // Node 0 is the last step.
  const SomeInputs inputs = test::inputs_of(test::all_nodes(structure), 3, rng_);
  const NodeStates states = gated_.forward(inputs.inputs(), Schedule(structure));
  const test::Values values = test::values_of(gated_, inputs.dense(kSteps));
  const test::Matrix &w = values.at("weight_ih"), &u = values.at("weight_hh"), &x = values.at("x");
  std::vector<double> h(4, 0.0), c(4, 0.0);
  for (NodeId v = kSteps; v-- > 0;) {
    std::vector<double> gates;
    for (std::size_t g = 0; g < 16; ++g) {
      gates.push_back(values.at("bias_ih").values[g] + values.at("bias_hh").values[g]);
      for (std::size_t k = 0; k < 3; ++k) gates[g] += w.at(g, k) * x.at(v, k);
      for (std::size_t k = 0; k < 4; ++k) gates[g] += u.at(g, k) * h[k];
    }
    const auto sigmoid = [](double a) { return 1 / (1 + std::exp(-a)); };
    for (std::size_t e = 0; e < 4; ++e) {
      c[e] = sigmoid(gates[4 + e]) * c[e] + sigmoid(gates[e]) * std::tanh(gates[8 + e]);
      h[e] = sigmoid(gates[12 + e]) * std::tanh(c[e]);
      EXPECT_NEAR(states.h.value().at(v, e), h[e], 1e-5);
      EXPECT_NEAR(states.c.value().at(v, e), c[e], 1e-5);
    }
  }
}

// Section 7 of the design; Tai et al. 2015, Table 1.
TEST_F(ChildSumTreeLSTMTest, HasThePublishedNumbersOfParameters) {
  EXPECT_EQ(make(300, 150, false, rng_).num_parameters(), 203400u);
  EXPECT_EQ(make(300, 168, true, rng_).num_parameters(), 315840u);
}

TEST_F(ChildSumTreeLSTMTest, TakesStructuresWithoutNodesAndWithOne) {
  const Schedule none(Structure(0, {Relation{"children", Reads::kNewStates, {0}, {}}}));
  const NodeStates states = gated_.forward(Variable(Tensor::zeros({0, 3})), none);
  EXPECT_EQ(states.h.shape(), (Shape{0, 4}));
  EXPECT_EQ(states.c.shape(), (Shape{0, 4}));
  (states.h.sum() + states.c.sum()).backward();

  const Structure one(1, {Relation{"children", Reads::kNewStates, {0, 0}, {}}});
  EXPECT_TRUE(test::agrees_with_the_equations(gated_, test::inputs_of({0}, 3, rng_), one));
  EXPECT_TRUE(test::agrees_with_the_equations(gated_, test::inputs_of({}, 3, rng_), one));
}

TEST_F(ChildSumTreeLSTMTest, InputsThatRequireNoGradientHaveNone) {
  const Structure structure = test::random_dag(9, 3, rng_);
  const Schedule schedule(structure);
  const SomeInputs trained = test::inputs_of(test::all_nodes(structure), 3, rng_);
  test::Results expected = test::training_step(gated_, trained.inputs(), schedule);
  const Variable fixed(trained.x.value().clone());
  for (auto& [name, gradient] : expected) {
    if (name == "x") gradient = {};
  }
  EXPECT_TRUE(test::same_bits(test::training_step(gated_, fixed, schedule), expected));
}

TEST_F(ChildSumTreeLSTMTest, TwoRunsThroughOneLayerAddTheirGradients) {
  const Structure first = test::random_dag(9, 3, rng_), second = test::random_dag(14, 2, rng_);
  const SomeInputs x = test::inputs_of(test::all_nodes(first), 3, rng_);
  const SomeInputs y = test::inputs_of(test::leaves(second), 3, rng_);
  const auto gradients = [&](bool run_first, bool run_second) {
    gated_.clear_gradients();
    const NodeStates a = gated_.forward(x.inputs(), Schedule(first));
    const NodeStates b = gated_.forward(y.inputs(), Schedule(second));
    if (run_first && run_second) {
      (a.h.sum() + a.c.sum() + b.h.sum() + b.c.sum()).backward();
    } else {
      (run_first ? a.h.sum() + a.c.sum() : b.h.sum() + b.c.sum()).backward();
    }
    std::vector<Tensor> result;
    for (const NamedParameter& p : gated_.parameters())
      result.push_back(p.variable.gradient().clone());
    return result;
  };
  const auto both = gradients(true, true), one = gradients(true, false),
             two = gradients(false, true);
  for (std::size_t i = 0; i < both.size(); ++i) {
    EXPECT_TRUE(all_close(both[i], add(Variable(one[i].clone()), Variable(two[i].clone())).value(),
                          1e-4f, 1e-4f));
  }
}

TEST_F(ChildSumTreeLSTMTest, PacksAnewWhenWeightsHaveChanged) {
  const Structure structure = test::random_dag(9, 3, rng_);
  const SomeInputs x = test::inputs_of(test::all_nodes(structure), 3, rng_);
  EXPECT_TRUE(test::agrees_with_the_equations(gated_, x, structure));
  for (const NamedParameter& p : gated_.parameters()) {
    SCOPED_TRACE(p.name);
    p.variable.mutable_value().data()[1] += 0.5f;
    {
      const NoRecording no_recording;  // Inference packs for the forward pass alone.
      gated_.forward(x.inputs(), Schedule(structure));
    }
    EXPECT_TRUE(test::agrees_with_the_equations(gated_, x, structure));
  }
}

TEST_F(ChildSumTreeLSTMTest, ReadsTheRelationItIsToldTo) {
  const Structure dag = test::random_dag(12, 3, rng_), other = test::random_dag(12, 2, rng_);
  Relation children = dag.relation("children");
  Relation before{.name = "before", .reads = Reads::kNewStates, .offsets = {0}, .predecessors = {}};
  for (NodeId v = 0; v < 12; ++v) before.offsets.push_back(0);
  // A relation that the layer does not read still orders the nodes: the last of the first wavefront
  // after all others of it.
  const Schedule plain(dag);
  const RowRange first = plain.wavefront(0);
  const NodeId last = plain.nodes()[first.end - 1];
  for (NodeId row = first.begin; row + 1 < first.end; ++row) {
    before.predecessors.push_back(plain.nodes()[row]);
  }
  for (NodeId v = last; v < 12; ++v) before.offsets[v + 1] = before.predecessors.size();
  const SomeInputs x = test::inputs_of(test::all_nodes(dag), 3, rng_);
  EXPECT_TRUE(test::agrees_with_the_equations(gated_, x, Structure(12, {before, children})));
  children.name = "cites";
  const NodeStates expected = gated_.forward(x.x, plain);
  const Schedule renamed(Structure(12, {children}));
  EXPECT_TRUE(bitwise_equal(gated_.forward(x.x, renamed, "cites").h.value(), expected.h.value()));
}

TEST_F(ChildSumTreeLSTMTest, RefusesWhatDoesNotFit) {
  EXPECT_EQ(error_of<OptionError>([&] { make(-1, 4, true, rng_); }),
            "input_size is -1, expected 1 or more");
  EXPECT_EQ(error_of<OptionError>([&] { make(3, -1, true, rng_); }),
            "hidden_size is -1, expected 1 or more");
  const Schedule schedule(bottom_up(test::chain(5)));
  const auto forward = [&](const Shape& x) {
    gated_.forward(Variable(Tensor::zeros(x)), schedule);
  };
  EXPECT_EQ(error_of<ShapeError>([&] {
              forward({5, 2});
            }),
            "inputs of the nodes: shape [5, 2], expected [5, 3]");
  EXPECT_EQ(error_of<ShapeError>([&] {
              forward({4, 3});
            }),
            "inputs of the nodes: shape [4, 3], expected [5, 3]");
  const Variable x(Tensor::zeros({5, 3}));
  EXPECT_EQ(error_of<GraphError>([&] { gated_.forward(x, schedule, "next"); }),
            "the schedule has no relation \"next\"; it has: \"children\"");
  EXPECT_EQ(
      error_of<OptionError>([&] { gated_.forward(x, schedule, "children", {.tile_rows = 0}); }),
      "tile_rows is 0, expected 1 or more");
  const Schedule old({Structure(1, {Relation{"children", Reads::kOldStates, {0, 0}, {}}})});
  EXPECT_EQ(error_of<GraphError>([&] {
              gated_.forward(Variable(Tensor::zeros({1, 3})), old);
            }),
            "relation \"children\" reads old states, expected one that reads new states");
}

}  // namespace
}  // namespace espalier
