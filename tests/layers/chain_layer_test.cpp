#include "tests/layers/chain_layer.h"

#include <algorithm>
#include <cstdint>

#include <espalier/ops/rows.h>

namespace espalier::test {
namespace {

using Nodes = std::vector<NodeId>;

Structure empty() { return sequences({}); }

// Sequences of unequal lengths in both directions, single steps, and trees read from the root.
std::vector<Structure> small_structures() {
  std::mt19937_64 random(3);
  return {sequences({4, 1, 3, 0, 2}), sequences({4, 1, 3, 0, 2}, Direction::kBackward),
          sequences({1, 1, 1}), parents_as_previous(random_tree(9, 3, random)),
          parents_as_previous(star(4))};
}

TEST_P(ChainLayerTest, AgreesWithTheEquations) {
  const auto layer = make(3, 4);
  for (const Structure& structure : small_structures()) {
    const Nodes all = all_nodes(structure), starts = sources(structure, "previous");
    SCOPED_TRACE(message(all.size(), " nodes, ", starts.size(), " without a predecessor"));
    for (const Nodes& inputs : {all, starts, random_subset(all, rng_), Nodes()}) {
      const SomeInputs x = inputs_of(inputs, 3, rng_);
      for (const Nodes& initial : {starts, random_subset(starts, rng_)}) {
        const ChainRun run{*layer, structure, x, states_of(*layer, initial, rng_)};
        EXPECT_TRUE(agrees_with_the_equations(GetParam(), run));
      }
      EXPECT_TRUE(agrees_with_the_equations(GetParam(), {*layer, structure, x}));
    }
  }
}

TEST_P(ChainLayerTest, AgreesWithTheEquationsHoweverTheStatesAreGivenAndUsed) {
  const auto layer = make(3, 4);
  const Structure structure = sequences({3, 4});
  const SomeInputs x = inputs_of(all_nodes(structure), 3, rng_);
  const SomeStates both = states_of(*layer, {3, 0}, rng_);
  const SomeStates h{.nodes = {3, 0}, .h = both.h, .c = {}};
  const SomeStates c{.nodes = {3, 0}, .h = {}, .c = both.c};
  for (const Uses uses : {Uses::kBoth, Uses::kH, Uses::kC}) {
    for (const SomeStates& initial : {both, h, c}) {
      EXPECT_TRUE(agrees_with_the_equations(GetParam(), {*layer, structure, x, initial}, uses));
    }
    if (!layer->has_cell()) break;
  }
  const ChainRun run{*layer, structure, x, both};
  { const NodeStates unused = run.forward()({}); }
  EXPECT_TRUE(agrees_with_the_equations(GetParam(), run));
}

void expect_the_same_bits_however_it_is_run(const ChainRun& run) {
  const Results expected = run.step({.tile_rows = 1});
  for (const std::size_t tile_rows : {2u, 7u, 64u}) {
    EXPECT_TRUE(same_bits(run.step({.tile_rows = tile_rows}), expected)) << tile_rows << " rows";
  }
  for_each_number_of_threads([&](int threads) {
    EXPECT_TRUE(same_bits(run.step(), expected)) << threads << " threads";
    EXPECT_TRUE(same_bits(run.step({.tile_rows = 5}), expected)) << threads << " threads";
  });
  EXPECT_TRUE(infers_what_it_trains(run.forward()));
}

TEST_P(ChainLayerTest, WavefrontsEqualVisitingNodeByNode) {
  const auto layer = make(60, 40);
  for (const Direction direction : {Direction::kForward, Direction::kBackward}) {
    const Structure structure = sequences(many_lengths(), direction);
    const Nodes all = all_nodes(structure), starts = sources(structure, "previous");
    expect_the_same_bits_however_it_is_run({*layer, structure, inputs_of(all, 60, rng_)});
    expect_the_same_bits_however_it_is_run({*layer, structure, inputs_of(starts, 60, rng_),
                                            states_of(*layer, random_subset(starts, rng_), rng_)});
  }
}

TEST_P(ChainLayerTest, WavefrontsEqualVisitingNodeByNodeWhereProductsAreLarge) {
  const auto layer = make(300, 256);
  const Structure structure = sequences({12, 4, 9, 7, 1, 12, 5, 8});
  expect_the_same_bits_however_it_is_run({*layer, structure,
                                          inputs_of(all_nodes(structure), 300, rng_),
                                          states_of(*layer, sources(structure, "previous"), rng_)});
}

// One lane, so that threads share each wavefront.
TEST_P(ChainLayerTest, GivesTheSameBitsForOneLargeTree) {
  std::mt19937_64 random(3);
  const auto layer = make(8, 20);
  for (const Tree& tree : {random_tree(2000, 8, random), star(900)}) {
    const Structure structure = parents_as_previous(tree);
    expect_the_same_bits_however_it_is_run({*layer, structure,
                                            inputs_of(all_nodes(structure), 8, rng_),
                                            states_of(*layer, {tree.root()}, rng_)});
  }
}

// States, and the gradients of inputs and initial states, of a loss that sees each row by itself.
Results rows_alone(const ChainRun& run) {
  const NodeStates states = run.forward()({});
  for (const NamedParameter& v : run.variables()) v.variable.clear_gradient();
  const Variable loss = (states.h * states.h).sum();
  (states.c.defined() ? loss + (states.c * states.c).sum() : loss).backward();
  Results results;
  results.emplace_back("h", states.h.value().clone());
  if (states.c.defined()) results.emplace_back("c", states.c.value().clone());
  for (const auto& [name, variable] : run.variables()) {
    if (name == "x" || name == "h_0" || name == "c_0") {
      results.emplace_back(name, variable.gradient().clone());
    }
  }
  return results;
}

TEST_P(ChainLayerTest, ABatchEqualsItsSequencesOneByOne) {
  const auto layer = make(30, 50);
  std::vector<NodeId> lengths = many_lengths();
  lengths[3] = lengths[31] = 1;
  for (const Direction direction : {Direction::kForward, Direction::kBackward}) {
    const SequenceBatch batch(lengths);
    const Structure structure = batch.structure(direction);
    const auto starts = batch.first_read(direction);
    const ChainRun together{*layer, structure, inputs_of(all_nodes(structure), 30, rng_),
                            states_of(*layer, Nodes(starts.begin(), starts.end()), rng_)};
    const Results expected = rows_alone(together);
    for (NodeId s = 0; s < batch.num_sequences(); ++s) {
      const Structure own = sequences({batch.length(s)}, direction);
      const auto part = [&](const Variable& of, bool by_node) {
        if (!of.defined()) return Variable();
        return Variable::parameter(by_node ? rows_of(of.value(), batch.first(s), batch.first(s + 1))
                                           : rows_of(of.value(), s, s + 1));
      };
      const ChainRun alone{*layer,
                           own,
                           {.nodes = all_nodes(own), .x = part(together.x.x, true)},
                           {.nodes = {direction == Direction::kForward ? 0 : batch.length(s) - 1},
                            .h = part(together.initial.h, false),
                            .c = part(together.initial.c, false)}};
      for (const auto& [name, actual] : rows_alone(alone)) {
        const auto whole = std::ranges::find(expected, name, &Results::value_type::first);
        const bool by_node = !name.ends_with("_0");
        EXPECT_TRUE(bitwise_equal(
            actual, by_node ? rows_of(whole->second, batch.first(s), batch.first(s + 1))
                            : rows_of(whole->second, s, s + 1)))
            << name << " of sequence " << s;
      }
    }
  }
}

// Eight rows for many nodes, one of them nobody's: as if each node had a copy of its own.
TEST_P(ChainLayerTest, SharedInputsEqualARowForEachNode) {
  const auto layer = make(30, 20);
  for (const Direction direction : {Direction::kForward, Direction::kBackward}) {
    const Schedule order(sequences(many_lengths(), direction));
    const Variable x = inputs_of({0, 1, 2, 3, 4, 5, 6, 7}, 30, rng_).x;
    std::vector<std::uint32_t> rows(order.num_nodes());
    for (std::uint32_t& row : rows) row = static_cast<std::uint32_t>(rng_.below(7));
    const SomeStates initial =
        states_of(*layer, sources(sequences(many_lengths(), direction), "previous"), rng_);
    const auto run = [&](bool shared, const SweepOptions& sweep) {
      return layer->forward(shared ? NodeInputs::shared(x, rows) : gather_rows(x, rows), order,
                            initial.states(), sweep);
    };
    const auto step = [&](bool shared, const SweepOptions& sweep) {
      std::vector<NamedParameter> variables = variables_of(*layer, x);
      variables.push_back({"h_0", initial.h});
      return training_step([&](const SweepOptions& s) { return run(shared, s); }, variables, sweep);
    };
    const Results apart = step(false, {}), expected = step(true, {.tile_rows = 1});
    for (std::size_t i = 0; i < apart.size(); ++i) {
      const auto& [name, result] = expected[i];
      if (name == "h" || name == "c" || name == "h_0") {
        EXPECT_TRUE(bitwise_equal(result, apart[i].second)) << name;
      } else {
        EXPECT_TRUE(all_close(result, apart[i].second, 1e-4f, 1e-3f)) << name;
      }
    }
    for_each_number_of_threads([&](int threads) {
      EXPECT_TRUE(same_bits(step(true, {}), expected)) << threads << " threads";
    });
    EXPECT_TRUE(infers_what_it_trains([&](const SweepOptions& s) { return run(true, s); }));
  }
}

// Terms W x + b that are given, some of them shared by steps of the caller's own making, equal
// inputs.
TEST_P(ChainLayerTest, GivenTermsEqualInputs) {
  const auto layer = make(6, 5), given = make(0, 5);
  const bool two_biases_at_n = layer->parameters().size() != given->parameters().size() + 3;
  for (const NamedParameter& p : given->parameters()) {
    p.variable.mutable_value() = layer->parameter(p.name).value().clone();
  }
  EXPECT_FALSE(two_biases_at_n);
  const Variable& b_hh = layer->parameter("bias_hh");
  b_hh.mutable_value().fill(0.0f);  // A given layer has none.
  const Structure structure = sequences({4, 1, 7, 3});
  const Schedule order(structure);
  const SomeStates initial = states_of(*layer, sources(structure, "previous"), rng_);
  const Variable x = inputs_of(all_nodes(structure), 6, rng_).x;
  const Tensor& w = layer->parameter("weight_ih").value();
  Tensor terms = Tensor::uninitialized({x.rows(), w.rows()});
  for (std::size_t v = 0; v < x.rows(); ++v) {
    for (std::size_t g = 0; g < w.rows(); ++g) {
      double sum = static_cast<double>(layer->parameter("bias_ih").value().data()[g]);
      for (std::size_t i = 0; i < w.cols(); ++i) {
        sum += static_cast<double>(w.at(g, i)) * static_cast<double>(x.value().at(v, i));
      }
      terms.at(v, g) = static_cast<float>(sum);
    }
  }
  const Variable as_given = Variable::parameter(terms.clone());
  const auto step = [&](const RecurrentLayer& of, const NodeInputs& inputs) {
    std::vector<NamedParameter> variables = variables_of(of, inputs.x);
    variables.push_back({"h_0", initial.h});
    return training_step(
        [&](const SweepOptions& s) { return of.forward(inputs, order, initial.states(), s); },
        variables);
  };
  const Results expected = step(*layer, x), actual = step(*given, NodeInputs::given(as_given));
  EXPECT_TRUE(bitwise_equal(as_given.value(), terms));
  for (const auto& [name, result] : actual) {
    const auto found =
        std::ranges::find(expected, name, [](const auto& named) { return named.first; });
    if (name == "x") {  // The bias's gradient is the sum of the terms'.
      const Tensor& d_bias = std::ranges::find(expected, "bias_ih", [](const auto& named) {
                               return named.first;
                             })->second;
      Tensor sums = Tensor::zeros(d_bias.shape());
      for (std::size_t v = 0; v < result.rows(); ++v) {
        for (std::size_t g = 0; g < result.cols(); ++g) sums.data()[g] += result.at(v, g);
      }
      EXPECT_TRUE(all_close(sums, d_bias, 1e-4f, 1e-4f));
      continue;
    }
    EXPECT_TRUE(all_close(result, found->second, 1e-4f, 1e-4f)) << name;
  }
  EXPECT_TRUE(infers_what_it_trains([&](const SweepOptions& s) {
    return given->forward(NodeInputs::given(as_given), order, initial.states(), s);
  }));
}

TEST_P(ChainLayerTest, TakesBatchesWithoutSteps) {
  const auto layer = make(3, 4);
  for (const Structure& structure : {empty(), sequences({0, 0, 0}, Direction::kBackward)}) {
    for (const SomeStates& initial : {SomeStates(), states_of(*layer, {}, rng_)}) {
      const ChainRun run{*layer, structure, inputs_of({}, 3, rng_), initial};
      const Results results = run.step();
      EXPECT_EQ(results[0].second.shape(), (Shape{0, layer->output_size()}));
      for (const auto& [name, gradient] : results) {
        for (const float g : gradient.flat()) EXPECT_EQ(g, 0.0f) << name;
      }
      EXPECT_TRUE(infers_what_it_trains(run.forward()));
    }
  }
}

TEST_P(ChainLayerTest, WhatRequiresNoGradientHasNone) {
  const auto layer = make(3, 4);
  const Structure structure = sequences({4, 1, 3});
  const auto constant = [](const Variable& v) { return v.defined() ? v.detach() : Variable(); };
  ChainRun run{*layer, structure, inputs_of(all_nodes(structure), 3, rng_),
               states_of(*layer, {5, 0}, rng_)};
  Results expected = run.step();
  run.x.x = constant(run.x.x);
  run.initial.h = constant(run.initial.h);
  run.initial.c = constant(run.initial.c);
  for (auto& [name, gradient] : expected) {
    if (name == "x" || name.ends_with("_0")) gradient = {};
  }
  EXPECT_TRUE(same_bits(run.step(), expected));
}

TEST_P(ChainLayerTest, TwoRunsThroughOneLayerAddTheirGradients) {
  const auto layer = make(3, 4);
  const Structure one = sequences({4, 1, 3}), two = sequences({5, 2}, Direction::kBackward);
  const SomeInputs x = inputs_of(all_nodes(one), 3, rng_), y = inputs_of({1, 4}, 3, rng_);
  const ChainRun first{*layer, one, x}, second{*layer, two, y};
  const Results a = first.step(), b = second.step();
  layer->clear_gradients();
  for (const ChainRun& run : {first, second}) {
    training_step(run.forward(), std::vector<NamedParameter>{{"x", run.x.x}});  // Clears x's alone.
  }
  for (std::size_t i = 0; i < a.size(); ++i) {
    const std::string& name = a[i].first;
    if (name == "h" || name == "c" || name == "x") continue;
    const Variable sum = add(Variable(a[i].second.clone()), Variable(b[i].second.clone()));
    EXPECT_TRUE(all_close(layer->parameter(name).gradient(), sum.value(), 1e-4f, 1e-4f)) << name;
  }
}

TEST_P(ChainLayerTest, PacksAnewWhenWeightsHaveChanged) {
  const auto layer = make(3, 4);
  const Structure structure = sequences({4, 1, 3});
  const ChainRun run{*layer, structure, inputs_of(all_nodes(structure), 3, rng_)};
  EXPECT_TRUE(agrees_with_the_equations(GetParam(), run));
  for (const NamedParameter& p : layer->parameters()) {
    SCOPED_TRACE(p.name);
    p.variable.mutable_value().data()[1] += 0.5f;
    {
      const NoRecording no_recording;  // Inference packs for the forward pass alone.
      run.forward()({});
    }
    EXPECT_TRUE(agrees_with_the_equations(GetParam(), run));
  }
}

}  // namespace
}  // namespace espalier::test
