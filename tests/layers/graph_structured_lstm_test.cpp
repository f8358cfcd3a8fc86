#include <espalier/layers/graph_structured_lstm.h>

#include <espalier/graph/reply_graph.h>
#include <espalier/layers/child_sum_tree_lstm.h>
#include <espalier/layers/lstm.h>
#include <espalier/ops/rows.h>

#include "tests/layers/testing.h"
#include "tests/support/graph_structured_lstm_reference.h"

namespace espalier {
namespace {

using test::error_of;
using test::Results;
using test::SomeInputs;
using test::Uses;

constexpr ReplyDirection kDirections[] = {ReplyDirection::kForward, ReplyDirection::kBackward};
constexpr ReplyEdges kAllEdges[] = {ReplyEdges::kBoth, ReplyEdges::kHierarchical,
                                    ReplyEdges::kChain};

// Comment i + 1 replies to record parents[i], 0 being the post, a second later each.
ReplyGraph thread(const std::vector<NodeId>& parents) {
  std::vector<ReplyRecord> records = {{.id = 1, .is_post = true}};
  for (std::size_t i = 0; i < parents.size(); ++i) {
    records.push_back(
        {.id = i + 2, .parent = parents[i] + 1u, .time_s = static_cast<std::int64_t>(i + 1)});
  }
  return ReplyGraph(records);
}

ReplyGraph random_thread(std::size_t num_comments, Rng& rng) {
  std::vector<NodeId> parents;
  for (std::size_t i = 0; i < num_comments; ++i) {
    parents.push_back(rng.chance(0.4f) ? 0 : static_cast<NodeId>(rng.below(i + 1)));
  }
  return thread(parents);
}

Structure batch(std::size_t num_threads, std::size_t most_comments, ReplyDirection direction,
                ReplyEdges edges, Rng& rng) {
  std::vector<ReplyGraph> graphs;
  for (std::size_t i = 0; i < num_threads; ++i) {
    graphs.push_back(random_thread(rng.below(most_comments + 1), rng));
  }
  std::vector<const ReplyGraph*> pointers;
  for (const ReplyGraph& graph : graphs) pointers.push_back(&graph);
  return reply_structure(pointers, direction, edges);
}

// A training step's results: h, c and all gradients.
Results step(const GraphStructuredLSTM& lstm, const NodeInputs& inputs, const Schedule& schedule,
             const SweepOptions& sweep = {}, Uses uses = Uses::kBoth) {
  return test::training_step(
      [&](const SweepOptions& s) { return lstm.forward(inputs, schedule, s); },
      test::variables_of(lstm, inputs.x), sweep, uses);
}

class GraphStructuredLSTMTest : public testing::TestWithParam<GraphStructuredLSTMOptions> {
 protected:
  GraphStructuredLSTM make(int input_size, int hidden_size) {
    GraphStructuredLSTMOptions options = GetParam();
    options.input_size = input_size;
    options.hidden_size = hidden_size;
    return {options, rng_};
  }
  testing::AssertionResult agrees(const GraphStructuredLSTM& lstm, const Structure& structure,
                                  const SomeInputs& x, Uses uses = Uses::kBoth) {
    const auto equations = [&](const test::Values& values) {
      return test::node_by_node(lstm.options(), values, structure);
    };
    return test::agrees_with_the_equations(
        step(lstm, x.inputs(), Schedule(structure), {}, uses), equations,
        test::values_of(lstm, x.dense(structure.num_nodes())), {{"x", x.nodes}}, uses);
  }

  Rng rng_{1};
};

INSTANTIATE_TEST_SUITE_P(
    , GraphStructuredLSTMTest,
    testing::Values(GraphStructuredLSTMOptions(),
                    GraphStructuredLSTMOptions{.candidate = Candidate::kTanh},
                    GraphStructuredLSTMOptions{.null_state = NullState::kTrained},
                    GraphStructuredLSTMOptions{.candidate = Candidate::kTanh,
                                               .null_state = NullState::kTrained}),
    [](const auto& info) {
      return std::string(info.param.candidate == Candidate::kTanh ? "Tanh" : "Linear") +
             (info.param.null_state == NullState::kTrained ? "TrainedNull" : "");
    });

// 153 threads: every one of a post and up to 5 comments, so all ways of lacking a predecessor.
TEST_P(GraphStructuredLSTMTest, AgreesWithTheEquationsOnEverySmallThread) {
  const GraphStructuredLSTM lstm = make(2, 3);
  std::vector<std::vector<NodeId>> all = {{}};
  for (std::size_t first = 0, size = 1; size <= 5; ++size) {
    const std::size_t last = all.size();
    for (; first < last; ++first) {
      for (NodeId parent = 0; parent < size; ++parent) {
        std::vector<NodeId> parents = all[first];
        parents.push_back(parent);
        all.push_back(std::move(parents));
      }
    }
  }
  ASSERT_EQ(all.size(), 1u + 1 + 2 + 6 + 24 + 120);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const ReplyGraph graph = thread(all[i]);
    for (const ReplyDirection direction : kDirections) {
      SCOPED_TRACE(testing::PrintToString(all[i]));
      const Structure structure = reply_structure(graph, direction);
      const SomeInputs x = test::inputs_of(test::all_nodes(structure), 2, rng_);
      ASSERT_TRUE(agrees(lstm, structure, x));
    }
  }
}

TEST_P(GraphStructuredLSTMTest, AgreesWithTheEquationsOnBatchesAndWithoutSomeEdgesAndInputs) {
  const GraphStructuredLSTM lstm = make(3, 4);
  for (const ReplyDirection direction : kDirections) {
    for (const ReplyEdges edges : kAllEdges) {
      const Structure structure = batch(4, 7, direction, edges, rng_);
      const std::vector<NodeId> all = test::all_nodes(structure);
      for (const auto& nodes : {all, test::random_subset(all, rng_), std::vector<NodeId>()}) {
        EXPECT_TRUE(agrees(lstm, structure, test::inputs_of(nodes, 3, rng_)));
      }
      for (const Uses uses : {Uses::kH, Uses::kC}) {
        EXPECT_TRUE(agrees(lstm, structure, test::inputs_of(all, 3, rng_), uses));
      }
    }
  }
}

TEST_P(GraphStructuredLSTMTest, WavefrontsEqualVisitingNodeByNode) {
  const GraphStructuredLSTM lstm = make(60, 40);
  for (const ReplyDirection direction : kDirections) {
    for (const ReplyEdges edges : kAllEdges) {
      const Structure structure = batch(30, 40, direction, edges, rng_);
      const Schedule schedule(structure);
      const SomeInputs x = test::inputs_of(test::all_nodes(structure), 60, rng_);
      const Results expected = step(lstm, x.inputs(), schedule, {.tile_rows = 1});
      for (const std::size_t tile_rows : {2u, 7u, 64u}) {
        EXPECT_TRUE(
            test::same_bits(step(lstm, x.inputs(), schedule, {.tile_rows = tile_rows}), expected))
            << tile_rows << " rows";
      }
      test::for_each_number_of_threads([&](int threads) {
        EXPECT_TRUE(test::same_bits(step(lstm, x.inputs(), schedule), expected)) << threads;
      });
      EXPECT_TRUE(test::infers_what_it_trains(
          [&](const SweepOptions& sweep) { return lstm.forward(x.inputs(), schedule, sweep); }));
    }
  }
}

TEST_P(GraphStructuredLSTMTest, ABatchEqualsItsThreadsOneByOne) {
  const GraphStructuredLSTM lstm = make(5, 6);
  std::vector<ReplyGraph> graphs;
  for (const std::size_t size : {9u, 0u, 1u, 30u}) graphs.push_back(random_thread(size, rng_));
  std::vector<const ReplyGraph*> pointers;
  for (const ReplyGraph& graph : graphs) pointers.push_back(&graph);
  for (const ReplyDirection direction : kDirections) {
    const Structure together = reply_structure(pointers, direction);
    const SomeInputs x = test::inputs_of(test::all_nodes(together), 5, rng_);
    const NodeStates expected = lstm.forward(x.inputs(), Schedule(together));
    NodeId first = 0;
    for (const ReplyGraph& graph : graphs) {
      Tensor own = Tensor::uninitialized({graph.num_nodes(), 5});
      for (NodeId v = 0; v < graph.num_nodes(); ++v) {
        std::ranges::copy(x.x.value().row(first + v), own.row(v).begin());
      }
      const NodeStates states =
          lstm.forward(Variable(std::move(own)), Schedule(reply_structure(graph, direction)));
      for (NodeId v = 0; v < graph.num_nodes(); ++v) {
        EXPECT_EQ(test::bits_of(states.h, v), test::bits_of(expected.h, first + v));
        EXPECT_EQ(test::bits_of(states.c, v), test::bits_of(expected.c, first + v));
      }
      first += graph.num_nodes();
    }
  }
}

// Of parameter `from`, the gates in this order, each of `hidden` rows.
Tensor gates_of(const Module& module, const char* from, std::initializer_list<std::size_t> gates,
                std::size_t hidden) {
  const Tensor& all = module.parameter(from).value();
  const std::size_t cols = all.size() / (5 * hidden);
  std::vector<float> values;
  for (const std::size_t gate : gates) {
    const auto rows = all.flat().subspan(gate * hidden * cols, hidden * cols);
    values.insert(values.end(), rows.begin(), rows.end());
  }
  if (all.shape().rank() == 1) return Tensor::from_values({gates.size() * hidden}, values);
  return Tensor::from_values({gates.size() * hidden, cols}, values);
}

// Replies to the comment before have one predecessor, through the hierarchical gate g.
TEST(GraphStructuredLSTMIdentityTest, IsAnLSTMOnAChainOfReplies) {
  Rng rng(3);
  const GraphStructuredLSTM lstm({.input_size = 3, .hidden_size = 4, .candidate = Candidate::kTanh},
                                 rng);
  const Structure structure = reply_structure(thread({0, 1, 2, 3, 4, 5}), ReplyDirection::kForward);
  Relation previous = structure.relation("hierarchical");
  previous.name = "previous";
  const Structure sequence(7, {previous});
  const LSTM plain({.input_size = 3, .hidden_size = 4}, rng);
  const std::initializer_list<std::size_t> ifuo = {0, 2, 3, 4};
  plain.parameter("weight_ih").mutable_value() = gates_of(lstm, "weight_ih", ifuo, 4);
  plain.parameter("weight_hh").mutable_value() = gates_of(lstm, "weight_hierarchical", ifuo, 4);
  plain.parameter("bias_ih").mutable_value() = gates_of(lstm, "bias", ifuo, 4);
  plain.parameter("bias_hh").mutable_value() = Tensor::zeros({16});

  const SomeInputs x = test::inputs_of(test::all_nodes(structure), 3, rng);
  const Results actual = step(lstm, x.inputs(), Schedule(structure));
  const Results expected = test::training_step(
      [&](const SweepOptions& s) { return plain.forward(x.inputs(), Schedule(sequence), {}, s); },
      test::variables_of(plain, x.x));
  for (std::size_t i = 0; i < 3; ++i) {  // h, c and the gradient of x.
    EXPECT_TRUE(all_close(actual[i].second, expected[i].second, 1e-5f, 1e-6f)) << i;
  }
}

// A chain of siblings but for its first comment, and a post without a part in it: gate f.
TEST(GraphStructuredLSTMIdentityTest, IsAnLSTMAlongSiblings) {
  Rng rng(4);
  const GraphStructuredLSTM lstm({.input_size = 3, .hidden_size = 4, .candidate = Candidate::kTanh},
                                 rng);
  lstm.parameter("weight_hierarchical").mutable_value() = Tensor::zeros({20, 4});
  const Structure structure =
      reply_structure(thread({0, 0, 0, 0}), ReplyDirection::kForward, ReplyEdges::kChain);
  Relation previous = structure.relation("temporal");
  previous.name = "previous";
  const LSTM plain({.input_size = 3, .hidden_size = 4}, rng);
  const std::initializer_list<std::size_t> ifuo = {0, 1, 3, 4};
  plain.parameter("weight_ih").mutable_value() = gates_of(lstm, "weight_ih", ifuo, 4);
  plain.parameter("weight_hh").mutable_value() = gates_of(lstm, "weight_temporal", ifuo, 4);
  plain.parameter("bias_ih").mutable_value() = gates_of(lstm, "bias", ifuo, 4);
  plain.parameter("bias_hh").mutable_value() = Tensor::zeros({16});
  const SomeInputs x = test::inputs_of(test::all_nodes(structure), 3, rng);
  const NodeStates actual = lstm.forward(x.inputs(), Schedule(structure));
  const NodeStates expected = plain.forward(x.inputs(), Schedule(Structure(5, {previous})));
  EXPECT_TRUE(all_close(actual.h.value(), expected.h.value(), 1e-5f, 1e-6f));
}

// Without siblings, backward: a tree whose nodes have one child at most.
TEST(GraphStructuredLSTMIdentityTest, IsATreeLSTMOfOneChildWithoutSiblings) {
  Rng rng(5);
  const GraphStructuredLSTM lstm({.input_size = 3, .hidden_size = 4, .candidate = Candidate::kTanh},
                                 rng);
  const Structure structure = reply_structure(thread({0, 1, 2, 3}), ReplyDirection::kBackward);
  Relation children = structure.relation("hierarchical");
  children.name = "children";
  const Structure tree(5, {children});
  const ChildSumTreeLSTM plain({.input_size = 3, .hidden_size = 4}, rng);
  const std::initializer_list<std::size_t> ifuo = {0, 2, 3, 4};
  plain.parameter("weight_ih").mutable_value() = gates_of(lstm, "weight_ih", ifuo, 4);
  plain.parameter("weight_hh").mutable_value() = gates_of(lstm, "weight_hierarchical", ifuo, 4);
  plain.parameter("bias_ih").mutable_value() = gates_of(lstm, "bias", ifuo, 4);
  plain.parameter("bias_hh").mutable_value() = Tensor::zeros({16});
  const SomeInputs x = test::inputs_of(test::all_nodes(structure), 3, rng);
  const Results actual = step(lstm, x.inputs(), Schedule(structure));
  const Results expected = test::training_step(plain, x.inputs(), Schedule(tree));
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_TRUE(all_close(actual[i].second, expected[i].second, 1e-5f, 1e-6f)) << i;
  }
}

// Side by side, both directions give the bits that each gives by itself, and so do the gradients of
// what they share.
TEST(BidirectionalGraphStructuredLSTMTest, EqualsItsDirectionsOneAfterTheOther) {
  Rng rng(6);
  const BidirectionalGraphStructuredLSTM both({.input_size = 8, .hidden_size = 16}, rng);
  for (const std::size_t num_threads : {1u, 20u}) {
    Rng draws(7);
    Rng same_draws(7);
    const Structure forward =
        batch(num_threads, 40, ReplyDirection::kForward, ReplyEdges::kBoth, draws);
    const Structure backward =
        batch(num_threads, 40, ReplyDirection::kBackward, ReplyEdges::kBoth, same_draws);
    const Schedule there(forward), back(backward);
    const SomeInputs x = test::inputs_of(test::all_nodes(forward), 8, rng);
    const auto variables = test::variables_of(both, x.x);
    const auto separately = [&](const SweepOptions& sweep) {
      return NodeStates{
          .h = concat_columns({both.forward_layer().forward(x.inputs(), there, sweep).h,
                               both.backward_layer().forward(x.inputs(), back, sweep).h}),
          .c = {}};
    };
    const auto together = [&](const SweepOptions& sweep) {
      return NodeStates{.h = both.forward(x.inputs(), there, back, sweep), .c = {}};
    };
    const Results one = test::training_step(together, variables);
    const Results two = test::training_step(separately, variables);
    for (std::size_t i = 0; i < one.size(); ++i) {
      EXPECT_TRUE(all_close(one[i].second, two[i].second, 1e-6f, 1e-6f)) << one[i].first;
    }
    EXPECT_TRUE(bitwise_equal(one[0].second, two[0].second));
    test::for_each_number_of_threads([&](int threads) {
      EXPECT_TRUE(test::same_bits(test::training_step(together, variables), one)) << threads;
    });
  }
}

TEST(GraphStructuredLSTMErrorsTest, RefusesWhatDoesNotFit) {
  Rng rng(8);
  EXPECT_EQ(error_of<OptionError>([&] { GraphStructuredLSTM({.input_size = 3}, rng); }),
            "hidden_size is 0, expected 1 or more");
  const GraphStructuredLSTM lstm({.input_size = 3, .hidden_size = 4}, rng);
  const Structure structure = reply_structure(thread({0, 0}), ReplyDirection::kForward);
  EXPECT_THROW(lstm.forward(Variable(Tensor::zeros({3, 2})), Schedule(structure)), ShapeError);
  EXPECT_THROW(lstm.forward(Variable(Tensor::zeros({2, 3})), Schedule(structure)), ShapeError);
  const Structure one(3, {structure.relation("temporal")});
  EXPECT_THROW(lstm.forward(Variable(Tensor::zeros({3, 3})), Schedule(one)), GraphError);
  Relation two = structure.relation("temporal");
  two.offsets = {0, 0, 0, 2};
  two.predecessors = {0, 1};
  const Structure several(3, {two, structure.relation("hierarchical")});
  EXPECT_EQ(error_of<GraphError>([&] {
              lstm.forward(Variable(Tensor::zeros({3, 3})), Schedule(several));
            }),
            "node 2 has 2 predecessors in \"temporal\", expected at most one");
}

}  // namespace
}  // namespace espalier
