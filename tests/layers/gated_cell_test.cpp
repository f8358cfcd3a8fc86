#include <espalier/layers/internal/gated_cell.h>

#include <cmath>

#include <espalier/ops/module.h>

#include "tests/layers/testing.h"
#include "tests/support/evaluation.h"

// Forms of the cell that no published layer has: the rest is tested through those.
namespace espalier {
namespace {

using test::Matrix;
using test::Results;

constexpr std::size_t kGates = 4;  // Of a row of U h: i, u, o and f of the first relation.

// One predecessor that is forgotten once, one that is not forgotten at all, and the mean (or sum)
// of any number, forgotten each by its source; one W_f for all.
class MixedLayer : public Module {
 public:
  MixedLayer(std::size_t input, std::size_t hidden, Gather gather, CellOutput output, Rng& rng)
      : hidden_(hidden), gather_(gather), output_(output) {
    const auto add = [&](const char* name, const Shape& shape) {
      return add_parameter(name, normal_tensor(shape, 0.5f, rng));
    };
    const PoolVector<GateRows> main = {{0, hidden}, {2 * hidden, 2 * hidden}};
    const PoolVector<GateRows> forget = {{hidden, hidden}};
    GatedWeights::Parameters parameters;
    parameters.input.emplace(add("w", {4 * hidden, input}), main, forget);
    const char* const names[] = {"u_once", "u_not", "u_many"};
    for (std::size_t r = 0; r < 3; ++r) {
      append_gates(add(names[r], {kGates * hidden, hidden}), kGates, hidden, r,
                   parameters.recurrent);
    }
    parameters.by_source = {.weight = add("u_f", {hidden, hidden})};
    append_bias(add("b", {4 * hidden}), main, forget, parameters.biases);
    const std::size_t none = GateOrder::kNone;
    GatedForm form{.hidden = hidden,
                   .output = output,
                   .relations = {{Gather::kOne, Forget::kOnce},
                                 {Gather::kOne, Forget::kNot},
                                 {gather, Forget::kBySource}},
                   .recurrent = {.forget = {3, none, none}},
                   .input = {.forget = {none, none, none}},
                   .given = {.i = 0, .u = 2, .o = 3, .forget = {}},
                   .given_forget = 1,
                   .shared_forget = true};
    weights_ = std::make_shared<GatedWeights>(std::move(form), std::move(parameters));
  }

  NodeStates forward(const NodeInputs& x, const Schedule& schedule,
                     const SweepOptions& sweep = {}) const {
    const std::string_view relations[] = {"once", "not", "many"};
    return run_gated(gated_recurrence(weights_, relations, x, schedule, sweep));
  }

  // The equations, a node and an element at a time.
  test::ReferenceStates node_by_node(const test::Values& values, const Structure& structure) const {
    const std::size_t H = hidden_;
    const Relation &once = structure.relation("once"), &unforgotten = structure.relation("not"),
                   &many = structure.relation("many");
    const auto cell = [&](std::size_t v, test::ReferenceStates& states) {
      const auto node = static_cast<NodeId>(v);
      const auto mean = [&](const Relation& relation, bool divide) {
        test::Vector sum(H, 0.0);
        for (const NodeId p : relation.of(node)) {
          for (std::size_t e = 0; e < H; ++e) sum[e] += states.h.at(p, e);
        }
        const double count = static_cast<double>(relation.of(node).size());
        for (double& value : sum) value /= divide && count > 0 ? count : 1.0;
        return sum;
      };
      const test::Vector h[] = {mean(once, false), mean(unforgotten, false),
                                mean(many, gather_ == Gather::kMean)};
      const test::Vector x = test::row(values.at("x"), v);
      // Row block g of W and b: i 0, f 1, u 2, o 3; of U: i 0, u 1, o 2, f 3.
      const auto input = [&](std::size_t g, std::size_t e) {
        return test::product(values.at("w"), g * H, 0, e, x) +
               test::element(values.at("b"), g * H + e);
      };
      const auto states_part = [&](std::size_t g, std::size_t e) {
        return test::product(values.at("u_once"), g * H, 0, e, h[0]) +
               test::product(values.at("u_not"), g * H, 0, e, h[1]) +
               test::product(values.at("u_many"), g * H, 0, e, h[2]);
      };
      test::Vector c(H), out(H);
      for (std::size_t e = 0; e < H; ++e) {
        c[e] = test::sigmoid(input(0, e) + states_part(0, e)) *
               std::tanh(input(2, e) + states_part(1, e));
        for (const NodeId p : once.of(node)) {
          c[e] += test::sigmoid(input(1, e) + states_part(3, e)) * states.c.at(p, e);
        }
        for (const NodeId p : many.of(node)) {
          const double f = test::sigmoid(
              input(1, e) + test::product(values.at("u_f"), 0, 0, e, test::row(states.h, p)));
          c[e] += f * states.c.at(p, e);
        }
        const double o = test::sigmoid(input(3, e) + states_part(2, e));
        out[e] = output_ == CellOutput::kInside ? std::tanh(o * c[e]) : o * std::tanh(c[e]);
      }
      for (std::size_t e = 0; e < H; ++e) {
        states.h.at(v, e) = out[e];
        states.c.at(v, e) = c[e];
      }
    };
    return test::Evaluation({&once, &unforgotten, &many}, H, cell).take();
  }

 private:
  std::size_t hidden_;
  Gather gather_;
  CellOutput output_;
  std::shared_ptr<GatedWeights> weights_;
};

Structure random_structure(NodeId n, Rng& rng) {
  std::vector<Relation> relations;
  for (const auto& [name, most] : {std::pair{"once", 1u}, {"not", 1u}, {"many", 3u}}) {
    Relation relation{.name = name, .reads = Reads::kNewStates, .offsets = {0}, .predecessors = {}};
    for (NodeId v = 0; v < n; ++v) {
      for (std::uint64_t k = v == 0 ? 0 : rng.below(most + 1); k > 0; --k) {
        relation.predecessors.push_back(static_cast<NodeId>(rng.below(v)));
      }
      relation.offsets.push_back(relation.predecessors.size());
    }
    relations.push_back(std::move(relation));
  }
  return Structure(n, std::move(relations));
}

Results step(const MixedLayer& layer, const NodeInputs& x, const Schedule& schedule,
             const SweepOptions& sweep = {}) {
  return test::training_step([&](const SweepOptions& s) { return layer.forward(x, schedule, s); },
                             test::variables_of(layer, x.x), sweep);
}

TEST(GatedCellTest, MixedFormsAgreeWithTheEquations) {
  Rng rng(1);
  for (const Gather gather : {Gather::kSum, Gather::kMean}) {
    for (const CellOutput output : {CellOutput::kGated, CellOutput::kInside}) {
      const MixedLayer layer(2, 3, gather, output, rng);
      for (const NodeId n : {1u, 3u, 8u, 15u}) {
        SCOPED_TRACE(n);
        const Structure structure = random_structure(n, rng);
        const std::vector<NodeId> all = test::all_nodes(structure);
        for (const auto& nodes : {all, test::random_subset(all, rng), std::vector<NodeId>()}) {
          const test::SomeInputs x = test::inputs_of(nodes, 2, rng);
          EXPECT_TRUE(test::agrees_with_the_equations(
              step(layer, x.inputs(), Schedule(structure)),
              [&](const test::Values& values) { return layer.node_by_node(values, structure); },
              test::values_of(layer, x.dense(n)), {{"x", x.nodes}}));
        }
      }
    }
  }
}

TEST(GatedCellTest, WavefrontsEqualVisitingNodeByNodeAtAnyNumberOfThreads) {
  Rng rng(2);
  const MixedLayer layer(20, 30, Gather::kMean, CellOutput::kGated, rng);
  const Structure structure = random_structure(600, rng);
  const Schedule schedule(structure);
  const Variable x = Variable::parameter(normal_tensor({600, 20}, 0.3f, rng));
  const Results expected = step(layer, x, schedule, {.tile_rows = 1});
  EXPECT_TRUE(test::same_bits(step(layer, x, schedule, {.tile_rows = 9}), expected));
  test::for_each_number_of_threads(
      [&](int) { EXPECT_TRUE(test::same_bits(step(layer, x, schedule), expected)); });
  EXPECT_TRUE(test::infers_what_it_trains(
      [&](const SweepOptions& sweep) { return layer.forward(x, schedule, sweep); }));
}

}  // namespace
}  // namespace espalier
