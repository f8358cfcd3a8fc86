#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <limits>
#include <map>
#include <numeric>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <espalier/base/error.h>
#include <espalier/graph/schedule.h>
#include <espalier/layers/child_sum_tree_lstm.h>
#include <espalier/layers/nary_tree_lstm.h>
#include <espalier/layers/node_inputs.h>
#include <espalier/layers/node_states.h>
#include <espalier/layers/recurrence.h>
#include <espalier/ops/arithmetic.h>
#include <espalier/ops/elementwise.h>
#include <espalier/ops/module.h>
#include <espalier/ops/parallel.h>

#include "tests/support/errors.h"
#include "tests/support/threads.h"
#include "tests/support/tree_lstm_reference.h"
#include "tests/support/trees.h"

// What the tests of layers/ have in common.
namespace espalier::test {

/// Named values of one run, to be compared bit for bit with another's.
using Results = std::vector<std::pair<std::string, Tensor>>;

inline testing::AssertionResult same_bits(const Results& actual, const Results& expected) {
  if (actual.size() != expected.size()) return testing::AssertionFailure() << "not as many results";
  for (std::size_t i = 0; i < actual.size(); ++i) {
    if (!bitwise_equal(actual[i].second, expected[i].second)) {
      return testing::AssertionFailure() << actual[i].first << " has other bits";
    }
  }
  return testing::AssertionSuccess();
}

/// A row's values, to be compared with ==.
inline std::vector<float> bits_of(const Variable& v, std::size_t r) {
  const std::span<const float> values = v.value().row(r);
  return {values.begin(), values.end()};
}

/// A row for every node: row i of `some` at nodes[i], zeros elsewhere.
inline Matrix dense_rows(const Tensor& some, std::span<const NodeId> nodes, NodeId num_nodes) {
  Matrix all(num_nodes, some.cols());
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    for (std::size_t c = 0; c < some.cols(); ++c) {
      all.at(nodes[i], c) = static_cast<double>(some.at(i, c));
    }
  }
  return all;
}

/// Inputs of some nodes of a structure: row i of x is that of nodes[i].
struct SomeInputs {
  std::vector<NodeId> nodes;
  Variable x;

  NodeInputs inputs() const { return NodeInputs(x, nodes); }
  /// A row for every node, zeros for those without an input.
  Matrix dense(NodeId num_nodes) const { return dense_rows(x.value(), nodes, num_nodes); }
};

inline SomeInputs inputs_of(std::vector<NodeId> nodes, std::size_t size, Rng& rng) {
  Tensor x = normal_tensor({nodes.size(), size}, 1.0f, rng);
  return {.nodes = std::move(nodes), .x = Variable::parameter(std::move(x))};
}

inline std::vector<NodeId> all_nodes(const Structure& structure) {
  std::vector<NodeId> nodes(structure.num_nodes());
  std::iota(nodes.begin(), nodes.end(), NodeId{0});
  return nodes;
}

/// The nodes that have no predecessor in a relation.
inline std::vector<NodeId> sources(const Structure& structure, std::string_view relation) {
  std::vector<NodeId> nodes;
  for (const NodeId v : all_nodes(structure)) {
    if (structure.relation(relation).of(v).empty()) nodes.push_back(v);
  }
  return nodes;
}
inline std::vector<NodeId> leaves(const Structure& structure) {
  return sources(structure, "children");
}

/// About half of some nodes, in no order.
inline std::vector<NodeId> random_subset(std::vector<NodeId> nodes, Rng& rng) {
  std::erase_if(nodes, [&](NodeId) { return rng.chance(0.5f); });
  rng.shuffle(std::span(nodes));
  return nodes;
}

/// Which states the loss of a training step looks at.
enum class Uses { kBoth, kH, kC };

/// A run of a layer on some inputs.
using RunLayer = std::function<NodeStates(const SweepOptions&)>;

/// x, and a layer's parameters.
inline std::vector<NamedParameter> variables_of(const Module& layer, const Variable& x) {
  std::vector<NamedParameter> variables = {{"x", x}};
  variables.insert(variables.end(), layer.parameters().begin(), layer.parameters().end());
  return variables;
}

/// A training step: h, c if the layer has one, and the gradients of `variables`, of
/// sum(wh * h) + sum(wc * c), with random weights wh and wc.
inline Results training_step(const RunLayer& run, std::span<const NamedParameter> variables,
                             const SweepOptions& sweep = {}, Uses uses = Uses::kBoth) {
  for (const NamedParameter& v : variables) v.variable.clear_gradient();
  Results results;
  {
    NodeStates states = run(sweep);
    const bool has_c = states.c.defined();
    results.emplace_back("h", states.h.value().clone());
    if (has_c) results.emplace_back("c", states.c.value().clone());
    Rng rng(99);
    const Variable wh(normal_tensor(states.h.shape(), 1.0f, rng));
    const Variable wc(normal_tensor(states.h.shape(), 1.0f, rng));
    const Variable loss = uses == Uses::kH || !has_c ? (states.h * wh).sum()
                          : uses == Uses::kC         ? (states.c * wc).sum()
                                             : (states.h * wh).sum() + (states.c * wc).sum();
    // Whoever needs states in the backward pass must hold them: their memory may be somebody
    // else's.
    const Shape shape = states.h.shape();
    states = {};
    const Tensor in_its_place = Tensor::filled(shape, std::numeric_limits<float>::quiet_NaN());
    loss.backward();
  }
  for (const auto& [name, variable] : variables) {
    results.emplace_back(name, variable.gradient().clone());
  }
  return results;
}

/// The structure with a relation for each place of a child, in the order of "children", which
/// stays.
inline Structure by_place(const Structure& structure, std::size_t arity) {
  std::vector<Relation> relations(structure.relations().begin(), structure.relations().end());
  const Relation children = structure.relation("children");
  for (std::size_t k = 0; k < arity; ++k) {
    Relation place{.name = message("child ", k),
                   .reads = Reads::kNewStates,
                   .offsets = {0},
                   .predecessors = {}};
    for (NodeId v = 0; v < structure.num_nodes(); ++v) {
      if (k < children.of(v).size()) place.predecessors.push_back(children.of(v)[k]);
      place.offsets.push_back(place.predecessors.size());
    }
    relations.push_back(std::move(place));
  }
  return Structure(structure.num_nodes(), std::move(relations));
}

/// The schedule that a Tree-LSTM wants for a structure with the relation "children", and the name
/// by which it reads it.
inline Schedule schedule_for(const ChildSumTreeLSTM&, const Structure& structure) {
  return Schedule(structure);
}
inline Schedule schedule_for(const NaryTreeLSTM& layer, const Structure& structure) {
  return Schedule(by_place(structure, static_cast<std::size_t>(layer.options().arity)));
}
inline const char* relation_of(const ChildSumTreeLSTM&) { return "children"; }
inline const char* relation_of(const NaryTreeLSTM&) { return "child"; }

template <class Layer>
Results training_step(const Layer& layer, const NodeInputs& inputs, const Schedule& schedule,
                      const SweepOptions& sweep = {}, Uses uses = Uses::kBoth) {
  return training_step(
      [&](const SweepOptions& s) { return layer.forward(inputs, schedule, relation_of(layer), s); },
      variables_of(layer, inputs.x), sweep, uses);
}

/// Of those of `values` that have a row for every node: the nodes whose rows are variables.
using RowsOfNodes = std::map<std::string, std::vector<NodeId>, std::less<>>;

/// Are a training step's states within 1e-5 of the equations in double precision, and its gradients
/// within 1e-4 times (1 + the greatest element of that gradient) of their central differences?
inline testing::AssertionResult agrees_with_the_equations(
    const Results& step, const std::function<ReferenceStates(const Values&)>& equations,
    const Values& values, const RowsOfNodes& rows, Uses uses = Uses::kBoth) {
  const ReferenceStates expected = equations(values);
  Rng rng(99);
  const Matrix wh(normal_tensor({expected.h.rows, expected.h.cols}, 1.0f, rng));
  const Matrix wc(normal_tensor({expected.h.rows, expected.h.cols}, 1.0f, rng));
  const auto loss = [&](const Values& at) {
    const ReferenceStates states = equations(at);
    double sum = 0;
    for (std::size_t i = 0; i < states.h.values.size(); ++i) {
      if (uses != Uses::kC) sum += wh.values[i] * states.h.values[i];
    }
    for (std::size_t i = 0; i < states.c.values.size(); ++i) {
      if (uses != Uses::kH) sum += wc.values[i] * states.c.values[i];
    }
    return sum;
  };
  Values gradients = gradients_by_differences(loss, values);
  for (const auto& [name, nodes] : rows) {
    Matrix some(nodes.size(), gradients.at(name).cols);
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      for (std::size_t c = 0; c < some.cols; ++c) some.at(i, c) = gradients[name].at(nodes[i], c);
    }
    gradients[name] = some;
  }

  for (const auto& [name, actual] : step) {
    const bool is_state = name == "h" || name == "c";
    const Matrix& wanted = name == "h" ? expected.h : name == "c" ? expected.c : gradients.at(name);
    const testing::AssertionResult result = close(actual, wanted, is_state ? 1e-5 : 1e-4);
    if (!result) {
      return testing::AssertionFailure()
             << (is_state ? "" : "gradient of ") << name << ": " << result.message();
    }
  }
  return testing::AssertionSuccess();
}

template <class Layer>
testing::AssertionResult agrees_with_the_equations(const Layer& layer, const SomeInputs& inputs,
                                                   const Structure& structure,
                                                   Uses uses = Uses::kBoth) {
  const auto equations = [&](const Values& values) {
    return node_by_node(layer.options(), values, structure.relation("children"));
  };
  return agrees_with_the_equations(
      training_step(layer, inputs.inputs(), schedule_for(layer, structure), {}, uses), equations,
      values_of(layer, inputs.dense(structure.num_nodes())), {{"x", inputs.nodes}}, uses);
}

/// Does inference give the bits of training's forward pass?
inline testing::AssertionResult infers_what_it_trains(const RunLayer& run) {
  const NodeStates trained = run({});
  const NoRecording no_recording;
  const NodeStates inferred = run({});
  if (inferred.h.requires_gradient()) return testing::AssertionFailure() << "was recorded";
  if (!bitwise_equal(inferred.h.value(), trained.h.value())) {
    return testing::AssertionFailure() << "h has other bits";
  }
  if (trained.c.defined() && !bitwise_equal(inferred.c.value(), trained.c.value())) {
    return testing::AssertionFailure() << "c has other bits";
  }
  return testing::AssertionSuccess();
}

template <class Layer>
testing::AssertionResult infers_what_it_trains(const Layer& layer, const NodeInputs& inputs,
                                               const Schedule& schedule) {
  return infers_what_it_trains([&](const SweepOptions& sweep) {
    return layer.forward(inputs, schedule, relation_of(layer), sweep);
  });
}

/// The trees as one structure.
inline Structure forest(const std::vector<Tree>& trees) {
  std::vector<const Tree*> pointers;
  for (const Tree& tree : trees) pointers.push_back(&tree);
  return bottom_up(pointers);
}

/// 25 parse trees of about 19 leaves: a batch of Tai et al. 2015.
inline std::vector<Tree> batch_of_parse_trees() {
  std::mt19937_64 rng(7);
  std::vector<Tree> trees;
  for (int i = 0; i < 25; ++i) {
    trees.push_back(random_binary_tree(std::uniform_int_distribution<NodeId>(12, 26)(rng), rng));
  }
  return trees;
}

/// A random acyclic relation "children": nodes with up to `max_children` children each, in no order
/// of ids, with several parents, the same child twice, and nodes alone.
inline Structure random_dag(NodeId num_nodes, std::uint64_t max_children, Rng& rng) {
  std::vector<NodeId> order(num_nodes);
  std::iota(order.begin(), order.end(), NodeId{0});
  rng.shuffle(std::span(order));
  std::vector<std::vector<NodeId>> children(num_nodes);
  for (NodeId i = 1; i < num_nodes; ++i) {
    for (std::uint64_t k = rng.below(max_children + 1); k > 0; --k) {
      children[order[i]].push_back(order[rng.below(i)]);
    }
  }
  Relation relation{
      .name = "children", .reads = Reads::kNewStates, .offsets = {0}, .predecessors = {}};
  for (const std::vector<NodeId>& of_node : children) {
    relation.predecessors.insert(relation.predecessors.end(), of_node.begin(), of_node.end());
    relation.offsets.push_back(relation.predecessors.size());
  }
  return Structure(num_nodes, {relation});
}

inline NodeId greatest_arity(const Tree& tree) {
  std::size_t most = 1;
  for (NodeId v = 0; v < tree.num_nodes(); ++v) most = std::max(most, tree.children(v).size());
  return static_cast<NodeId>(most);
}

}  // namespace espalier::test
