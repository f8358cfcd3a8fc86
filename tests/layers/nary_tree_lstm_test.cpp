#include <espalier/layers/nary_tree_lstm.h>

#include <espalier/layers/child_sum_tree_lstm.h>

#include "tests/layers/testing.h"

namespace espalier {
namespace {

using test::error_of;
using test::SomeInputs;
using test::Uses;

// The eight kinds of the cell.
std::vector<NaryTreeLSTMOptions> all_kinds(int input, int hidden, int arity) {
  std::vector<NaryTreeLSTMOptions> kinds;
  for (unsigned kind = 0; kind < 8; ++kind) {
    kinds.push_back({.input_size = input,
                     .hidden_size = hidden,
                     .arity = arity,
                     .off_diagonal_forget = (kind & 1) == 0,
                     .leaf_module = (kind & 2) != 0,
                     .output_gate = (kind & 4) == 0});
  }
  return kinds;
}

std::string name_of(const NaryTreeLSTMOptions& o) {
  return message(o.off_diagonal_forget ? "off-diagonal " : "diagonal ",
                 o.leaf_module ? "leaf module " : "", o.output_gate ? "gated" : "ungated");
}

// Nodes that may have an input.
std::vector<NodeId> places(const NaryTreeLSTMOptions& options, const Structure& structure) {
  return options.leaf_module ? test::leaves(structure) : test::all_nodes(structure);
}

TEST(NaryTreeLSTMTest, AgreesWithTheEquationsOnEverySmallTree) {
  Rng rng(1);
  for (const Tree& tree : test::all_ordered_trees(7)) {
    const Structure structure = bottom_up(tree);
    for (const auto& options : all_kinds(3, 3, static_cast<int>(test::greatest_arity(tree)))) {
      SCOPED_TRACE(test::brackets(tree) + " " + name_of(options));
      const NaryTreeLSTM lstm(options, rng);
      const SomeInputs x = test::inputs_of(places(options, structure), 3, rng);
      EXPECT_TRUE(test::agrees_with_the_equations(lstm, x, structure));
    }
  }
}

TEST(NaryTreeLSTMTest, AgreesWithTheEquationsOnRandomGraphsAndInputs) {
  Rng rng(2);
  for (NodeId n = 1; n < 15; ++n) {
    const Structure structure = test::random_dag(n, 3, rng);
    for (const NaryTreeLSTMOptions& options : all_kinds(3, 4, 3)) {
      SCOPED_TRACE(message(n, " nodes, ", name_of(options)));
      const NaryTreeLSTM lstm(options, rng);
      for (const std::vector<NodeId>& nodes :
           {test::leaves(structure), test::random_subset(places(options, structure), rng)}) {
        const SomeInputs x = test::inputs_of(nodes, 3, rng);
        EXPECT_TRUE(test::agrees_with_the_equations(lstm, x, structure));
      }
    }
  }
}

TEST(NaryTreeLSTMTest, AgreesWithTheEquationsHoweverTheStatesAreUsed) {
  Rng rng(3);
  const Structure structure = test::random_dag(10, 2, rng);
  for (const NaryTreeLSTMOptions& options : all_kinds(3, 3, 2)) {
    SCOPED_TRACE(name_of(options));
    const NaryTreeLSTM lstm(options, rng);
    const SomeInputs x = test::inputs_of(places(options, structure), 3, rng);
    for (const Uses uses : {Uses::kH, Uses::kC}) {
      EXPECT_TRUE(test::agrees_with_the_equations(lstm, x, structure, uses));
    }
  }
}

TEST(NaryTreeLSTMTest, WavefrontsEqualVisitingNodeByNode) {
  Rng rng(4);
  const Structure structure = test::forest(test::batch_of_parse_trees());
  for (const NaryTreeLSTMOptions& options : all_kinds(300, 150, 2)) {
    SCOPED_TRACE(name_of(options));
    const NaryTreeLSTM lstm(options, rng);
    const Schedule schedule = test::schedule_for(lstm, structure);
    std::vector<std::vector<NodeId>> inputs = {places(options, structure)};
    inputs.push_back(test::random_subset(inputs[0], rng));
    if (!options.leaf_module) inputs.push_back(test::leaves(structure));
    for (const std::vector<NodeId>& nodes : inputs) {
      const SomeInputs x = test::inputs_of(nodes, 300, rng);
      const test::Results expected =
          test::training_step(lstm, x.inputs(), schedule, {.tile_rows = 1});
      for (const std::size_t tile_rows : {5u, 200u}) {
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

// Two products added to bias_hh side by side: one of the leaves, one of the inner nodes.
TEST(NaryTreeLSTMTest, BiasGradientsOfLeavesAndInnerNodesDoNotMeet) {
  Rng rng(5);
  std::mt19937_64 random(5);
  const Structure structure = bottom_up(test::random_binary_tree(4000, random));
  const NaryTreeLSTM lstm({.input_size = 2, .hidden_size = 150}, rng);
  const Schedule schedule = test::schedule_for(lstm, structure);
  const SomeInputs x = test::inputs_of(test::all_nodes(structure), 2, rng);
  const test::Results expected = test::training_step(lstm, x.inputs(), schedule, {.tile_rows = 1});
  test::for_each_number_of_threads([&](int threads) {
    for (int repeat = 0; repeat < 5; ++repeat) {
      EXPECT_TRUE(test::same_bits(test::training_step(lstm, x.inputs(), schedule), expected))
          << threads << " threads";
    }
  });
}

TEST(NaryTreeLSTMTest, ABatchOfTreesEqualsTheTreesOneByOne) {
  Rng rng(6);
  const std::vector<Tree> trees = test::batch_of_parse_trees();
  const Structure structure = test::forest(trees);
  for (const NaryTreeLSTMOptions& options : all_kinds(30, 50, 2)) {
    SCOPED_TRACE(name_of(options));
    const NaryTreeLSTM lstm(options, rng);
    const Tensor x = normal_tensor({structure.num_nodes(), 30}, 1.0f, rng);
    const auto forward = [&](const Structure& s, std::size_t first) {
      const std::vector<NodeId> nodes = places(options, s);
      Tensor some = Tensor::uninitialized({nodes.size(), 30});
      for (std::size_t i = 0; i < nodes.size(); ++i) {
        std::copy_n(x.row(first + nodes[i]).data(), 30, some.row(i).data());
      }
      return lstm.forward(NodeInputs(Variable(std::move(some)), nodes),
                          test::schedule_for(lstm, s));
    };
    const NodeStates together = forward(structure, 0);
    std::size_t first = 0;
    for (const Tree& tree : trees) {
      const std::size_t n = tree.num_nodes();
      const NodeStates alone = forward(bottom_up(tree), first);
      const auto part = [&](const Variable& of) {
        return Tensor::from_values({n, 50}, of.value().view().slice(first, first + n).flat());
      };
      EXPECT_TRUE(bitwise_equal(part(together.h), alone.h.value()));
      EXPECT_TRUE(bitwise_equal(part(together.c), alone.c.value()));
      first += n;
    }
  }
}

// With one child, both are the LSTM.
TEST(NaryTreeLSTMTest, IsTheChildSumTreeLSTMOnAChain) {
  Rng rng(7);
  const ChildSumTreeLSTM child_sum({.input_size = 3, .hidden_size = 2}, rng);
  const NaryTreeLSTM nary({.input_size = 3, .hidden_size = 2, .arity = 1}, rng);
  const auto copy_rows = [](const Tensor& from, std::size_t first, Tensor& to, std::size_t to_first,
                            std::size_t count, std::size_t width) {
    std::copy_n(from.data() + first * width, count * width, to.data() + to_first * width);
  };
  for (const char* name : {"weight_ih", "bias_ih"}) {
    const Tensor& from = child_sum.parameter(name).value();
    copy_rows(from, 0, nary.parameter(name).mutable_value(), 0, from.size(), 1);
  }
  const Tensor& u = child_sum.parameter("weight_hh").value();  // i, f, u, o
  const Tensor& b = child_sum.parameter("bias_hh").value();
  Tensor& main = nary.parameter("weight_hh").mutable_value();  // i, u, o
  copy_rows(u, 0, main, 0, 2, 2);
  copy_rows(u, 4, main, 2, 4, 2);
  copy_rows(u, 2, nary.parameter("forget_hh").mutable_value(), 0, 2, 2);
  Tensor& bias = nary.parameter("bias_hh").mutable_value();  // i, u, o, f
  copy_rows(b, 0, bias, 0, 2, 1);
  copy_rows(b, 4, bias, 2, 4, 1);
  copy_rows(b, 2, bias, 6, 2, 1);

  const Structure structure = bottom_up(test::chain(12));
  const SomeInputs x = test::inputs_of(test::all_nodes(structure), 3, rng);
  const test::Results expected = test::training_step(child_sum, x.inputs(), Schedule(structure));
  const test::Results actual =
      test::training_step(nary, x.inputs(), test::schedule_for(nary, structure));
  for (std::size_t i = 0; i < 3; ++i) {  // h, c, and the gradient of x.
    EXPECT_TRUE(all_close(actual[i].second, expected[i].second)) << actual[i].first;
  }
}

// Section 7 of the design; Tai et al. 2015, Table 1.
TEST(NaryTreeLSTMTest, HasThePublishedNumbersOfParameters) {
  Rng rng(8);
  const auto count = [&](int hidden, bool output_gate) {
    return NaryTreeLSTM({.input_size = 300,
                         .hidden_size = hidden,
                         .leaf_module = true,
                         .output_gate = output_gate},
                        rng)
        .num_parameters();
  };
  EXPECT_EQ(count(142, false), 205190u);
  EXPECT_EQ(count(150, true), 316800u);
}

TEST(NaryTreeLSTMTest, TakesStructuresWithoutNodesAndWithOne) {
  Rng rng(9);
  const Structure none(0, {Relation{"children", Reads::kNewStates, {0}, {}}});
  const Structure one(1, {Relation{"children", Reads::kNewStates, {0, 0}, {}}});
  for (const NaryTreeLSTMOptions& options : all_kinds(3, 4, 2)) {
    const NaryTreeLSTM lstm(options, rng);
    const NodeStates states =
        lstm.forward(Variable(Tensor::zeros({0, 3})), test::schedule_for(lstm, none));
    EXPECT_EQ(states.h.shape(), (Shape{0, 4}));
    (states.h.sum() + states.c.sum()).backward();
    EXPECT_TRUE(test::agrees_with_the_equations(lstm, test::inputs_of({0}, 3, rng), one));
    EXPECT_TRUE(test::agrees_with_the_equations(lstm, test::inputs_of({}, 3, rng), one));
  }
}

TEST(NaryTreeLSTMTest, PacksAnewWhenWeightsHaveChanged) {
  Rng rng(10);
  const Structure structure = test::random_dag(8, 2, rng);
  for (const NaryTreeLSTMOptions& options : all_kinds(3, 3, 2)) {
    const NaryTreeLSTM lstm(options, rng);
    const SomeInputs x = test::inputs_of(places(options, structure), 3, rng);
    EXPECT_TRUE(test::agrees_with_the_equations(lstm, x, structure));
    for (const NamedParameter& p : lstm.parameters()) {
      SCOPED_TRACE(name_of(options) + " " + p.name);
      p.variable.mutable_value().data()[1] += 0.5f;
      {
        const NoRecording no_recording;  // Inference packs for the forward pass alone.
        lstm.forward(x.inputs(), test::schedule_for(lstm, structure));
      }
      EXPECT_TRUE(test::agrees_with_the_equations(lstm, x, structure));
    }
  }
}

TEST(NaryTreeLSTMTest, RefusesWhatDoesNotFit) {
  Rng rng(11);
  const auto error_of_options = [&](const NaryTreeLSTMOptions& options) {
    return error_of<OptionError>([&] { NaryTreeLSTM(options, rng); });
  };
  EXPECT_EQ(error_of_options({.input_size = -1, .hidden_size = 4}),
            "input_size is -1, expected 1 or more");
  EXPECT_EQ(error_of_options({.input_size = 0, .hidden_size = 4, .leaf_module = true}),
            "input_size is 0, expected 1 or more");
  EXPECT_EQ(error_of_options({.input_size = 3, .hidden_size = -4}),
            "hidden_size is -4, expected 1 or more");
  EXPECT_EQ(error_of_options({.input_size = 3, .hidden_size = 4, .arity = 0}),
            "arity is 0, expected 1 or more");

  const NaryTreeLSTM plain({.input_size = 3, .hidden_size = 4}, rng);
  const NaryTreeLSTM with_leaves({.input_size = 3, .hidden_size = 4, .leaf_module = true}, rng);
  const Schedule chain(bottom_up(test::chain(3), 2));  // Node 2 is the leaf.
  const auto x = [](std::size_t rows, std::size_t cols) {
    return Variable(Tensor::zeros({rows, cols}));
  };
  EXPECT_EQ(error_of<ShapeError>([&] { plain.forward(x(3, 4), chain); }),
            "inputs of the nodes: shape [3, 4], expected [3, 3]");
  EXPECT_EQ(error_of<ShapeError>([&] { plain.forward(x(2, 3), chain); }),
            "inputs of the nodes: shape [2, 3], expected [3, 3]");
  EXPECT_EQ(error_of<GraphError>([&] { plain.forward(x(3, 3), chain, "next"); }),
            "the schedule has no relation \"next 0\"; it has: \"child 0\" \"child 1\"");
  const Schedule twice(Structure(2, {Relation{"child 0", Reads::kNewStates, {0, 2, 2}, {1, 1}},
                                     Relation{"child 1", Reads::kNewStates, {0, 0, 0}, {}}}));
  EXPECT_EQ(error_of<GraphError>([&] { plain.forward(x(2, 3), twice); }),
            "node 0 has 2 predecessors in \"child 0\", expected at most one");
  const std::vector<NodeId> some = {2, 1};
  EXPECT_EQ(error_of<GraphError>([&] { with_leaves.forward(NodeInputs(x(2, 3), some), chain); }),
            "node 1 has children and an input; with a leaf module only leaves have one");
}

// Node 1 has no children, but another relation puts it after node 0: it would be computed as an
// inner node.
TEST(NaryTreeLSTMTest, RefusesALeafThatAnotherRelationPutsBehindTheFirstWavefront) {
  Rng rng(12);
  const Structure structure(2, {Relation{"children", Reads::kNewStates, {0, 0, 0}, {}},
                                Relation{"next", Reads::kNewStates, {0, 0, 1}, {0}}});
  const NaryTreeLSTM with_leaves({.input_size = 3, .hidden_size = 4, .leaf_module = true}, rng);
  EXPECT_EQ(error_of<GraphError>([&] {
              with_leaves.forward(Variable(Tensor::zeros({2, 3})),
                                  test::schedule_for(with_leaves, structure));
            }),
            "node 1 has no children but waits for nodes of another relation; with a leaf module "
            "leaves must come first");
  const NaryTreeLSTM plain({.input_size = 3, .hidden_size = 4}, rng);
  EXPECT_TRUE(test::agrees_with_the_equations(plain, test::inputs_of({0, 1}, 3, rng), structure));
}

// A lone child at place 1 meets the weights of that place; it is not moved to the first.
TEST(NaryTreeLSTMTest, AChildKeepsItsPlaceWhenTheOneBeforeItIsMissing) {
  Rng rng(13);
  const Tree tree = test::chain(2);
  for (const NaryTreeLSTMOptions& options : all_kinds(3, 4, 2)) {
    SCOPED_TRACE(name_of(options));
    const NaryTreeLSTM lstm(options, rng);
    const NodeId leaf = 1;
    const SomeInputs x = test::inputs_of({leaf}, 3, rng);
    const std::vector<std::size_t> right = {0, 1};
    const NodeStates states = lstm.forward(x.inputs(), Schedule(bottom_up(tree, 2, right)));
    // The same as two children of which the first is all zeros: h and c are both 0.
    test::Values values = test::values_of(lstm, x.dense(2));
    const test::ReferenceStates alone =
        test::node_by_node(options, values, bottom_up(tree).relation("children"));
    const NodeStates left = lstm.forward(x.inputs(), Schedule(bottom_up(tree, 2)));
    EXPECT_TRUE(test::close(left.h.value(), alone.h, 1e-5));
    const std::size_t hidden = 4;
    for (const char* name : {"weight_hh", "forget_hh", "bias_hh"}) {  // Change the places.
      const Variable& w = lstm.parameter(name);
      Tensor& values_of = w.mutable_value();
      const bool forget = std::string_view(name) == "forget_hh";
      if (w.cols() == 2 * hidden) {
        for (std::size_t r = 0; r < w.rows(); ++r) {
          std::swap_ranges(values_of.row(r).begin(), values_of.row(r).begin() + hidden,
                           values_of.row(r).begin() + hidden);
        }
      }
      if (forget) {
        const std::size_t half = w.value().size() / 2;
        std::swap_ranges(values_of.data(), values_of.data() + half, values_of.data() + half);
      }
      if (std::string_view(name) == "bias_hh") {
        for (std::size_t l = 0; l < 2; ++l) {
          float* const f = values_of.row(l).data() + w.cols() - 2 * hidden;
          std::swap_ranges(f, f + hidden, f + hidden);
        }
      }
    }
    const NodeStates changed = lstm.forward(x.inputs(), Schedule(bottom_up(tree, 2)));
    EXPECT_TRUE(all_close(changed.h.value(), states.h.value()));
    EXPECT_TRUE(all_close(changed.c.value(), states.c.value()));
    EXPECT_FALSE(all_close(left.h.value(), states.h.value()));
  }
}

}  // namespace
}  // namespace espalier
