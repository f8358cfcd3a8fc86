#include <espalier/layers/dag_lstm.h>

#include <espalier/layers/graph_structured_lstm.h>
#include <espalier/layers/lstm.h>

#include "tests/layers/testing.h"
#include "tests/support/evaluation.h"

namespace espalier {
namespace {

using test::error_of;
using test::Matrix;
using test::Results;
using test::SomeInputs;

const std::vector<std::string> kThree = {"left", "above", "before"};

// Each node has at most one predecessor among the nodes of lower rank under each relation.
Structure random_structure(NodeId n, const std::vector<std::string>& names, Rng& rng) {
  std::vector<NodeId> order(n);
  std::iota(order.begin(), order.end(), NodeId{0});
  rng.shuffle(std::span(order));
  std::vector<Relation> relations;
  for (const std::string& name : names) {
    std::vector<NodeId> predecessor(n, kNoNode);
    for (NodeId i = 1; i < n; ++i) {
      if (rng.chance(0.7f)) predecessor[order[i]] = order[rng.below(i)];
    }
    Relation relation{.name = name, .reads = Reads::kNewStates, .offsets = {0}, .predecessors = {}};
    for (const NodeId p : predecessor) {
      if (p != kNoNode) relation.predecessors.push_back(p);
      relation.offsets.push_back(relation.predecessors.size());
    }
    relations.push_back(std::move(relation));
  }
  return Structure(n, std::move(relations));
}

// The equations of the header, a node and an element at a time.
test::ReferenceStates node_by_node(const DAGLSTMOptions& options, const test::Values& values,
                                   const Structure& structure) {
  const auto H = static_cast<std::size_t>(options.hidden_size);
  const std::size_t k = options.relations.size();
  std::vector<const Relation*> relations;
  for (const std::string& name : options.relations) relations.push_back(&structure.relation(name));
  const auto read = [&](std::size_t r, std::size_t v, const Matrix& states, const char* null) {
    const auto predecessors = relations[r]->of(static_cast<NodeId>(v));
    if (!predecessors.empty()) return test::row(states, predecessors[0]);
    return options.null_state == NullState::kTrained ? test::row(values.at(null), 0)
                                                     : test::Vector(H, 0.0);
  };
  const auto cell = [&](std::size_t v, test::ReferenceStates& states) {
    const auto pre = [&](std::size_t gate, std::size_t e) {
      double sum =
          test::product(values.at("weight_ih"), gate * H, 0, e, test::row(values.at("x"), v)) +
          test::element(values.at("bias"), gate * H + e);
      for (std::size_t r = 0; r < k; ++r) {
        sum += test::product(values.at("weight_" + options.relations[r]), gate * H, 0, e,
                             read(r, v, states.h, "null_h"));
      }
      return sum;
    };
    test::Vector h(H), c(H);
    for (std::size_t e = 0; e < H; ++e) {
      const double u = pre(k + 1, e);
      c[e] = test::sigmoid(pre(0, e)) * (options.candidate == Candidate::kTanh ? std::tanh(u) : u);
      for (std::size_t r = 0; r < k; ++r) {
        c[e] += test::sigmoid(pre(1 + r, e)) * read(r, v, states.c, "null_c")[e];
      }
      switch (options.output) {
        case CellOutput::kGated:
          h[e] = test::sigmoid(pre(k + 2, e)) * std::tanh(c[e]);
          break;
        case CellOutput::kUngated:
          h[e] = std::tanh(c[e]);
          break;
        case CellOutput::kInside:
          h[e] = std::tanh(test::sigmoid(pre(k + 2, e)) * c[e]);
          break;
      }
    }
    for (std::size_t e = 0; e < H; ++e) {
      states.h.at(v, e) = h[e];
      states.c.at(v, e) = c[e];
    }
  };
  return test::Evaluation(relations, H, cell).take();
}

Results step(const DAGLSTM& lstm, const NodeInputs& inputs, const Schedule& schedule,
             const SweepOptions& sweep = {}) {
  return test::training_step(
      [&](const SweepOptions& s) { return lstm.forward(inputs, schedule, s); },
      test::variables_of(lstm, inputs.x), sweep);
}

// Twelve forms, of three relations.
std::vector<DAGLSTMOptions> all_forms(int input, int hidden) {
  std::vector<DAGLSTMOptions> forms;
  for (const Candidate candidate : {Candidate::kTanh, Candidate::kLinear}) {
    for (const CellOutput output :
         {CellOutput::kGated, CellOutput::kUngated, CellOutput::kInside}) {
      for (const NullState null : {NullState::kZeros, NullState::kTrained}) {
        forms.push_back({.input_size = input,
                         .hidden_size = hidden,
                         .relations = kThree,
                         .candidate = candidate,
                         .output = output,
                         .null_state = null});
      }
    }
  }
  return forms;
}

std::string name_of(const DAGLSTMOptions& o) {
  return message("candidate ", static_cast<int>(o.candidate), ", output ",
                 static_cast<int>(o.output), ", null ", static_cast<int>(o.null_state));
}

TEST(DAGLSTMTest, AgreesWithTheEquationsOnRandomGraphsAndInputs) {
  Rng rng(1);
  for (const DAGLSTMOptions& options : all_forms(2, 3)) {
    const DAGLSTM lstm(options, rng);
    for (const NodeId n : {1u, 2u, 5u, 12u}) {
      SCOPED_TRACE(message(name_of(options), ", ", n, " nodes"));
      const Structure structure = random_structure(n, kThree, rng);
      const std::vector<NodeId> all = test::all_nodes(structure);
      for (const auto& nodes : {all, test::random_subset(all, rng), std::vector<NodeId>()}) {
        const SomeInputs x = test::inputs_of(nodes, 2, rng);
        EXPECT_TRUE(test::agrees_with_the_equations(
            step(lstm, x.inputs(), Schedule(structure)),
            [&](const test::Values& values) { return node_by_node(options, values, structure); },
            test::values_of(lstm, x.dense(n)), {{"x", x.nodes}}));
      }
    }
  }
}

TEST(DAGLSTMTest, WavefrontsEqualVisitingNodeByNodeAtAnyNumberOfThreads) {
  Rng rng(2);
  for (const DAGLSTMOptions& options : all_forms(30, 40)) {
    SCOPED_TRACE(name_of(options));
    const DAGLSTM lstm(options, rng);
    const Structure structure = random_structure(700, kThree, rng);
    const Schedule schedule(structure);
    const Variable x = Variable::parameter(normal_tensor({700, 30}, 1.0f, rng));
    const Results expected = step(lstm, x, schedule, {.tile_rows = 1});
    for (const std::size_t tile_rows : {3u, 64u}) {
      EXPECT_TRUE(test::same_bits(step(lstm, x, schedule, {.tile_rows = tile_rows}), expected));
    }
    test::for_each_number_of_threads(
        [&](int) { EXPECT_TRUE(test::same_bits(step(lstm, x, schedule), expected)); });
    EXPECT_TRUE(test::infers_what_it_trains(
        [&](const SweepOptions& sweep) { return lstm.forward(x, schedule, sweep); }));
  }
}

// Terms that are given, and inputs that nodes share, are the same as inputs of each node.
TEST(DAGLSTMTest, TakesGivenTermsAndSharedInputs) {
  Rng rng(3);
  const Structure structure = random_structure(40, kThree, rng);
  const Schedule schedule(structure);
  DAGLSTMOptions options{.input_size = 5, .hidden_size = 4, .relations = kThree};
  const DAGLSTM lstm(options, rng);
  options.input_size = 0;
  const DAGLSTM given(options, rng);
  for (const NamedParameter& p : given.parameters()) {
    p.variable.mutable_value() = lstm.parameter(p.name).value().clone();
  }
  const Tensor few = normal_tensor({6, 5}, 1.0f, rng);
  std::vector<std::uint32_t> row_of_node;
  for (NodeId v = 0; v < 40; ++v) {
    row_of_node.push_back(rng.chance(0.2f) ? kNoInput : static_cast<std::uint32_t>(rng.below(6)));
  }
  std::vector<NodeId> nodes;
  Tensor some = Tensor::zeros({40, 5}), terms = Tensor::zeros({40, 24});
  for (NodeId v = 0; v < 40; ++v) {
    if (row_of_node[v] != kNoInput) std::ranges::copy(few.row(row_of_node[v]), some.row(v).begin());
    const Tensor& w = lstm.parameter("weight_ih").value();
    for (std::size_t g = 0; g < 24; ++g) {
      double sum = static_cast<double>(lstm.parameter("bias").value().data()[g]);
      for (std::size_t i = 0; i < 5; ++i) {
        sum += static_cast<double>(w.at(g, i)) * static_cast<double>(some.at(v, i));
      }
      terms.at(v, g) = static_cast<float>(sum);
    }
  }
  const Variable each = Variable::parameter(std::move(some));
  const Variable shared = Variable::parameter(few.clone());
  const Variable as_given = Variable::parameter(terms.clone());
  const Results expected = step(lstm, each, schedule);
  const Results by_sharing = step(lstm, NodeInputs::shared(shared, row_of_node), schedule);
  const Results by_giving = step(given, NodeInputs::given(as_given), schedule);
  EXPECT_TRUE(bitwise_equal(as_given.value(), terms));  // Read where it lies, and left as it is.
  const auto of = [](const Results& results, const std::string& name) -> const Tensor& {
    return std::ranges::find(results, name, [](const auto& r) { return r.first; })->second;
  };
  for (const char* name : {"h", "c", "weight_left", "weight_above", "weight_before"}) {
    EXPECT_TRUE(all_close(of(by_sharing, name), of(expected, name), 1e-4f, 1e-4f)) << name;
    EXPECT_TRUE(all_close(of(by_giving, name), of(expected, name), 1e-4f, 1e-4f)) << name;
  }
  for (const char* name : {"weight_ih", "bias"}) {
    EXPECT_TRUE(all_close(of(by_sharing, name), of(expected, name), 1e-4f, 1e-4f)) << name;
  }
  Tensor d_shared = Tensor::zeros({6, 5}), d_bias = Tensor::zeros({24});
  for (NodeId v = 0; v < 40; ++v) {
    for (std::size_t i = 0; i < 5 && row_of_node[v] != kNoInput; ++i) {
      d_shared.at(row_of_node[v], i) += of(expected, "x").at(v, i);
    }
    for (std::size_t g = 0; g < 24; ++g) d_bias.data()[g] += of(by_giving, "x").at(v, g);
  }
  EXPECT_TRUE(all_close(of(by_sharing, "x"), d_shared, 1e-4f, 1e-4f));
  EXPECT_TRUE(all_close(d_bias, of(expected, "bias"), 1e-4f, 1e-4f));
}

TEST(DAGLSTMTest, WithOneRelationIsTheLSTM) {
  Rng rng(4);
  const DAGLSTM dag({.input_size = 3, .hidden_size = 4, .relations = {"previous"}}, rng);
  const LSTM lstm({.input_size = 3, .hidden_size = 4}, rng);
  lstm.parameter("weight_ih").mutable_value() = dag.parameter("weight_ih").value().clone();
  lstm.parameter("weight_hh").mutable_value() = dag.parameter("weight_previous").value().clone();
  lstm.parameter("bias_ih").mutable_value() = dag.parameter("bias").value().clone();
  lstm.parameter("bias_hh").mutable_value().fill(0.0f);
  const Structure chain(
      9,
      {{"previous", Reads::kNewStates, {0, 0, 1, 2, 3, 4, 5, 6, 7, 8}, {0, 1, 2, 3, 4, 5, 6, 7}}});
  const Variable x = Variable::parameter(normal_tensor({9, 3}, 1.0f, rng));
  const NodeStates expected = lstm.forward(x, Schedule(chain));
  const NodeStates actual = dag.forward(x, Schedule(chain));
  EXPECT_TRUE(all_close(actual.h.value(), expected.h.value()));
  EXPECT_TRUE(all_close(actual.c.value(), expected.c.value()));
}

TEST(DAGLSTMTest, WithTwoRelationsIsTheGraphStructuredLSTM) {
  Rng rng(5);
  const std::vector<std::string> two = {"temporal", "hierarchical"};
  const DAGLSTM dag({.input_size = 3,
                     .hidden_size = 4,
                     .relations = two,
                     .candidate = Candidate::kLinear,
                     .null_state = NullState::kTrained},
                    rng);
  const GraphStructuredLSTM other(
      {.input_size = 3, .hidden_size = 4, .null_state = NullState::kTrained}, rng);
  for (const NamedParameter& p : other.parameters()) {
    p.variable.mutable_value() = dag.parameter(p.name).value().clone();
  }
  const Schedule schedule(random_structure(50, two, rng));
  const Variable x = Variable::parameter(normal_tensor({50, 3}, 1.0f, rng));
  const Results actual = step(dag, x, schedule);
  const Results expected =
      test::training_step([&](const SweepOptions& s) { return other.forward(x, schedule, s); },
                          test::variables_of(other, x));
  EXPECT_TRUE(test::same_bits(actual, expected));
}

TEST(DAGLSTMTest, TakesNoNodes) {
  Rng rng(6);
  const DAGLSTM lstm({.input_size = 3, .hidden_size = 4, .relations = {"a"}}, rng);
  const Schedule none(Structure(0, {{"a", Reads::kNewStates, {0}, {}}}));
  const NodeStates states = lstm.forward(Variable(Tensor::zeros({0, 3})), none);
  EXPECT_EQ(states.h.shape(), (Shape{0, 4}));
  (states.h.sum() + states.c.sum()).backward();
}

TEST(DAGLSTMTest, RefusesWhatDoesNotFit) {
  Rng rng(7);
  const auto error = [&](DAGLSTMOptions options) {
    return error_of<OptionError>([&] { DAGLSTM(options, rng); });
  };
  EXPECT_EQ(error({.input_size = -1, .hidden_size = 4, .relations = kThree}),
            "input_size is -1, expected 1 or more");
  EXPECT_EQ(error({.input_size = 3, .hidden_size = 0, .relations = kThree}),
            "hidden_size is 0, expected 1 or more");
  EXPECT_EQ(error({.input_size = 3, .hidden_size = 4}),
            "relations is empty, expected one or more names");
  EXPECT_EQ(error({.input_size = 3, .hidden_size = 4, .relations = {"a", "b", "a"}}),
            "relations names \"a\" twice");

  const DAGLSTM lstm({.input_size = 3, .hidden_size = 4, .relations = {"a"}}, rng);
  const DAGLSTM given({.input_size = 0, .hidden_size = 4, .relations = {"a"}}, rng);
  const Schedule two(Structure(2, {{"a", Reads::kNewStates, {0, 0, 1}, {0}}}));
  const Variable x(Tensor::zeros({2, 3})), terms(Tensor::zeros({2, 16}));
  EXPECT_EQ(error_of<ShapeError>([&] { lstm.forward(terms, two); }),
            "inputs of the nodes: shape [2, 16], expected [2, 3]");
  EXPECT_EQ(error_of<OptionError>([&] { lstm.forward(NodeInputs::given(terms), two); }),
            "terms are given to a layer that has input weights; make it with input_size 0");
  EXPECT_EQ(error_of<OptionError>([&] { given.forward(x, two); }),
            "a layer of input_size 0 has no input weights; pass NodeInputs::given(terms)");
  EXPECT_EQ(error_of<ShapeError>([&] { given.forward(NodeInputs::given(x), two); }),
            "given input terms: shape [2, 3], expected [2, 16]");
  const std::vector<std::uint32_t> rows = {0, 2};
  EXPECT_EQ(error_of<ShapeError>([&] { lstm.forward(NodeInputs::shared(x, rows), two); }),
            "shared inputs: id 2 at position 1, expected less than 2");
  const Schedule twice(Structure(2, {{"a", Reads::kNewStates, {0, 0, 2}, {0, 0}}}));
  EXPECT_EQ(error_of<GraphError>([&] { lstm.forward(x, twice); }),
            "node 1 has 2 predecessors in \"a\", expected at most one");
  const Schedule other(Structure(2, {{"b", Reads::kNewStates, {0, 0, 1}, {0}}}));
  EXPECT_EQ(error_of<GraphError>([&] { lstm.forward(x, other); }),
            "the schedule has no relation \"a\"; it has: \"b\"");
}

}  // namespace
}  // namespace espalier
