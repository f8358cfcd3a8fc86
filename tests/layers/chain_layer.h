#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <espalier/graph/sequence.h>
#include <espalier/layers/recurrent_layer.h>

#include "tests/layers/testing.h"
#include "tests/support/chain_reference.h"

// What the tests of the RNN family have in common. Every variant of every layer goes through the
// recipe in chain_layer_test.cpp; the file of the layer's name lists the variants.
namespace espalier::test {

/// One form of a layer, and its equations.
struct ChainVariant {
  std::string name;
  std::function<std::unique_ptr<RecurrentLayer>(int input_size, int hidden_size, Rng& rng)> make;
  std::function<ReferenceStates(const RecurrentLayer&, const Values&, const Relation&)> equations;
};

template <class Layer, class Options>
ChainVariant variant(std::string name, Options options) {
  return {.name = std::move(name),
          .make =
              [options](int input_size, int hidden_size, Rng& rng) mutable {
                options.input_size = input_size;
                options.hidden_size = hidden_size;
                return std::make_unique<Layer>(options, rng);
              },
          .equations =
              [](const RecurrentLayer& layer, const Values& values, const Relation& previous) {
                return node_by_node(dynamic_cast<const Layer&>(layer).options(), values, previous);
              }};
}

inline std::string name_of(const testing::TestParamInfo<ChainVariant>& info) {
  return info.param.name;
}

/// Initial states of some nodes: row i of h and c is that of nodes[i].
struct SomeStates {
  std::vector<NodeId> nodes;
  Variable h, c;

  InitialStates states() const { return {.h = h, .c = c, .nodes = nodes}; }
};

/// Of h, and of c if the layer has one.
inline SomeStates states_of(const RecurrentLayer& layer, std::vector<NodeId> nodes, Rng& rng) {
  const auto rows = [&] {
    return Variable::parameter(normal_tensor({nodes.size(), layer.output_size()}, 1.0f, rng));
  };
  const Variable h = rows(), c = layer.has_cell() ? rows() : Variable();
  return {.nodes = std::move(nodes), .h = h, .c = c};
}

/// A layer, and what it is run on.
struct ChainRun {
  const RecurrentLayer& layer;
  const Structure& structure;
  SomeInputs x;
  SomeStates initial = {};

  RunLayer forward() const {
    return [this, order = Schedule(structure)](const SweepOptions& sweep) {
      return layer.forward(x.inputs(), order, initial.states(), sweep);
    };
  }
  /// The inputs, the parameters, and the initial states.
  std::vector<NamedParameter> variables() const {
    std::vector<NamedParameter> all = variables_of(layer, x.x);
    if (initial.h.defined()) all.push_back({"h_0", initial.h});
    if (initial.c.defined()) all.push_back({"c_0", initial.c});
    return all;
  }
  Results step(const SweepOptions& sweep = {}, Uses uses = Uses::kBoth) const {
    return training_step(forward(), variables(), sweep, uses);
  }
};

inline testing::AssertionResult agrees_with_the_equations(const ChainVariant& variant,
                                                          const ChainRun& run,
                                                          Uses uses = Uses::kBoth) {
  const NodeId n = run.structure.num_nodes();
  const std::vector<NodeId>& nodes = run.initial.nodes;
  Values values = values_of(run.layer, run.x.dense(n));
  RowsOfNodes rows = {{"x", run.x.nodes}};
  for (const auto& [name, state] : {std::pair("h_0", run.initial.h), {"c_0", run.initial.c}}) {
    if (!state.defined()) continue;
    values.emplace(name, dense_rows(state.value(), nodes, n));
    rows.emplace(name, nodes);
  }
  const Relation& previous = run.structure.relation("previous");
  return agrees_with_the_equations(
      run.step({}, uses),
      [&](const Values& at) { return variant.equations(run.layer, at, previous); }, values, rows,
      uses);
}

inline Structure sequences(const std::vector<NodeId>& lengths,
                           Direction direction = Direction::kForward) {
  return SequenceBatch(lengths).structure(direction);
}

/// 32 sequences of 5 to 50 steps.
inline std::vector<NodeId> many_lengths() {
  std::vector<NodeId> lengths;
  Rng rng(5);
  for (int s = 0; s < 32; ++s) lengths.push_back(5 + static_cast<NodeId>(rng.below(46)));
  return lengths;
}

/// Every node of a tree reads its parent.
inline Structure parents_as_previous(const Tree& tree) {
  Relation previous = top_down(tree).relation("parent");
  previous.name = "previous";
  return Structure(tree.num_nodes(), {previous});
}

/// Rows begin .. end - 1, as a tensor of their own.
inline Tensor rows_of(const Tensor& tensor, std::size_t begin, std::size_t end) {
  return Tensor::from_values({end - begin, tensor.cols()}, tensor.view().slice(begin, end).flat());
}

/// Numbers of some size for all of a layer's parameters, those that begin as 0 too.
inline void randomize(const Module& layer, float deviation, Rng& rng) {
  for (const NamedParameter& p : layer.parameters()) {
    p.variable.mutable_value() = normal_tensor(p.variable.shape(), deviation, rng);
  }
}

/// To be instantiated with the variants of a layer.
class ChainLayerTest : public testing::TestWithParam<ChainVariant> {
 protected:
  std::unique_ptr<RecurrentLayer> make(int input_size, int hidden_size) {
    auto layer = GetParam().make(input_size, hidden_size, rng_);
    randomize(*layer, input_size < 10 ? 0.6f : 0.1f, rng_);
    return layer;
  }

  Rng rng_{1};
};

}  // namespace espalier::test
