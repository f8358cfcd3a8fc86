#include <espalier/layers/recurrence.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <espalier/ops/parallel.h>
#include <espalier/ops/rows.h>

#include "tests/layers/testing.h"

namespace espalier {
namespace {

using test::error_of;
using test::Matrix;

constexpr std::size_t kWidth = 3;

// With the predecessors p_0, p_1, … of v under "before", q under "above", and r_0, r_1, … under
// "scene", and w_k = 1 / (k + 1):
//
//     s_v = tanh(x_v + sum of w_k t_{p_k} + sum of s_q + 0.5 sum of w_k old s_{r_k})
//     t_v = 2 s_v^2, which is no output
//
// It has every kind of thing that the engine offers a cell.
class ExampleCell final : public RecurrentCell {
 public:
  ExampleCell(Variable x, bool gradients_in_field)
      : x_(std::move(x)), gradients_in_field_(gradients_in_field) {}

  enum Part : std::size_t { kS, kT };
  static constexpr std::size_t kOnly = 0;  // Each relation is used for one read.
  enum Use : std::size_t { kBefore, kAbove, kScene };

  CellLayout layout() const override {
    const EdgeGradient kind = gradients_in_field_ ? EdgeGradient::kField : EdgeGradient::kOwn;
    return {.state = {{kWidth}, {kWidth, /*output=*/false}},
            .node_fields = {kWidth, 1},
            .relations = {{"before", {{kT, kind, 1}}, {2, kWidth}},
                          {"above", {{kS, EdgeGradient::kShared}}, {}},
                          {"scene", {{.part = kS, .reads = Reads::kOldStates}}, {1}}}};
  }

  void forward(const Tile& tile) override {
    const MutableMatrixView sums = tile.scratch(tile.size(), kWidth);
    for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
      float* const sum = sums.row(row - tile.rows().begin).data();
      const float* const x = x_.value().row(tile.node(row)).data();
      std::copy_n(x, kWidth, sum);
      for_each_edge(tile, kBefore, row, [&](EdgeId e, std::size_t place, float w) {
        tile.edge_field(kBefore, 0).row(place)[0] = w;
        tile.edge_field(kBefore, 0).row(place)[1] = -w;
        const float* const t = tile.source_state(kBefore, kOnly, e);
        std::copy_n(t, kWidth, tile.edge_field(kBefore, 1).row(place).data());
        for (std::size_t i = 0; i < kWidth; ++i) sum[i] += w * t[i];
      });
      for_each_edge(tile, kAbove, row, [&](EdgeId e, std::size_t, float) {
        for (std::size_t i = 0; i < kWidth; ++i) sum[i] += tile.source_state(kAbove, kOnly, e)[i];
      });
      for_each_edge(tile, kScene, row, [&](EdgeId e, std::size_t place, float w) {
        tile.edge_field(kScene, 0).row(place)[0] = 0.5f * w;
        const float* const old = tile.source_state(kScene, kOnly, e);
        for (std::size_t i = 0; i < kWidth; ++i) sum[i] += 0.5f * w * old[i];
      });
      float* const s = tile.state(kS, row);
      for (std::size_t i = 0; i < kWidth; ++i) {
        s[i] = std::tanh(sum[i]);
        tile.state(kT, row)[i] = 2.0f * s[i] * s[i];
      }
      tile.field(1).row(row - tile.rows().begin)[0] = static_cast<float>(row);
    }
  }

  void backward(const Tile& tile) override {
    for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
      const std::size_t r = row - tile.rows().begin;
      EXPECT_EQ(tile.field(1).row(r)[0], static_cast<float>(row));
      const float* const s = tile.state(kS, row);
      float* const d = tile.field(0).row(r).data();
      for (std::size_t i = 0; i < kWidth; ++i) {
        const float ds = tile.gradient(kS).row(r)[i] + tile.gradient(kT).row(r)[i] * 4.0f * s[i];
        d[i] = ds * (1.0f - s[i] * s[i]);
        tile.edge_gradients(kAbove, kOnly).row(r)[i] = d[i];
      }
      for_each_edge(tile, kBefore, row, [&](EdgeId e, std::size_t place, float) {
        EXPECT_TRUE(std::equal(tile.edge_field(kBefore, 1).row(place).begin(),
                               tile.edge_field(kBefore, 1).row(place).end(),
                               tile.source_state(kBefore, kOnly, e)));
        const float w = tile.edge_field(kBefore, 0).row(place)[0];
        for (std::size_t i = 0; i < kWidth; ++i) {
          tile.edge_gradients(kBefore, kOnly).row(place)[i] = w * d[i];
        }
      });
      for_each_edge(tile, kScene, row, [&](EdgeId, std::size_t place, float) {
        const float w = tile.edge_field(kScene, 0).row(place)[0];
        for (std::size_t i = 0; i < kWidth; ++i) {
          tile.edge_gradients(kScene, kOnly).row(place)[i] = w * d[i];
        }
      });
    }
  }

  void finish(Sweep& sweep) override {
    if (!x_.requires_gradient()) return;
    for (NodeId row = 0; row < sweep.schedule().num_nodes(); ++row) {
      const NodeId v = sweep.schedule().nodes()[row];
      for (std::size_t i = 0; i < kWidth; ++i) {
        x_.mutable_gradient().at(v, i) += sweep.field(0).row(row)[i];
      }
    }
  }

 private:
  // visit(edge, its place in the tile, its weight)
  template <class Visit>
  static void for_each_edge(const Tile& tile, Use use, NodeId row, const Visit& visit) {
    const ScheduledRelation& relation = tile.relation(use);
    for (EdgeId e = relation.offsets[row]; e < relation.offsets[row + 1]; ++e) {
      visit(e, e - tile.first_edge(use), 1.0f / static_cast<float>(e - relation.offsets[row] + 1));
    }
  }

  Variable x_;
  bool gradients_in_field_;
};

Matrix example_states(const Structure& structure, const test::Values& values) {
  const NodeId n = structure.num_nodes();
  Matrix s(n, kWidth);
  const auto t = [&](NodeId v, std::size_t i) { return 2 * s.at(v, i) * s.at(v, i); };
  for (NodeId v = 0; v < n; ++v) {  // Predecessors have smaller ids.
    for (std::size_t i = 0; i < kWidth; ++i) {
      double sum = values.at("x").at(v, i);
      double k = 1;
      for (const NodeId p : structure.relation("before").of(v)) sum += t(p, i) / k++;
      for (const NodeId q : structure.relation("above").of(v)) sum += s.at(q, i);
      k = 1;
      for (const NodeId r : structure.relation("scene").of(v)) {
        sum += 0.5 * values.at("old").at(r, i) / k++;
      }
      s.at(v, i) = std::tanh(sum);
    }
  }
  return s;
}

// New states of nodes with smaller ids, old states of any, the node's own among them.
Structure example_structure(NodeId n, Rng& rng) {
  std::vector<Relation> relations;
  for (const char* name : {"before", "above", "scene"}) {
    const bool old = std::string(name) == "scene";
    Relation relation{.name = name,
                      .reads = old ? Reads::kOldStates : Reads::kNewStates,
                      .offsets = {0},
                      .predecessors = {}};
    for (NodeId v = 0; v < n; ++v) {
      if (old) relation.predecessors.push_back(v);
      const NodeId choices = old ? n : v;
      for (std::uint64_t k = rng.below(3); k > 0 && choices > 0; --k) {
        relation.predecessors.push_back(static_cast<NodeId>(rng.below(choices)));
      }
      relation.offsets.push_back(relation.predecessors.size());
    }
    relations.push_back(std::move(relation));
  }
  return Structure(n, std::move(relations));
}

struct Example {
  Structure structure;
  Variable x, old;

  Example(NodeId n, Rng& rng)
      : structure(example_structure(n, rng)),
        x(Variable::parameter(normal_tensor({n, kWidth}, 0.5f, rng))),
        old(Variable::parameter(normal_tensor({n, kWidth}, 0.5f, rng))) {}

  Variable run(bool gradients_in_field, const SweepOptions& options = {}) const {
    // A state part that no relation reads the old state of need not be given.
    const std::array old_states = {old, Variable()};
    const auto states = run_recurrence(std::make_shared<ExampleCell>(x, gradients_in_field),
                                       Schedule(structure), std::span(&x, 1), old_states, options);
    EXPECT_EQ(states.size(), 1u);
    return states[0];
  }

  test::Results step(bool gradients_in_field, const SweepOptions& options = {}) const {
    x.clear_gradient();
    old.clear_gradient();
    test::Results results;
    const Variable s = run(gradients_in_field, options);
    results.emplace_back("s", s.value().clone());
    Rng rng(99);
    s.backward(normal_tensor(s.shape(), 1.0f, rng));
    results.emplace_back("x", x.gradient().clone());
    results.emplace_back("old", old.gradient().clone());
    return results;
  }
};

TEST(RecurrenceTest, AgreesWithTheCellsEquations) {
  Rng rng(1);
  for (NodeId n = 1; n < 40; ++n) {
    SCOPED_TRACE(n);
    const Example example(n, rng);
    const test::Values values = {{"x", Matrix(example.x.value())},
                                 {"old", Matrix(example.old.value())}};
    Rng same(99);
    const Matrix seed(normal_tensor({n, kWidth}, 1.0f, same));
    const auto loss = [&](const test::Values& at) {
      const Matrix s = example_states(example.structure, at);
      double sum = 0;
      for (std::size_t i = 0; i < s.values.size(); ++i) sum += seed.values[i] * s.values[i];
      return sum;
    };
    const test::Values gradients = test::gradients_by_differences(loss, values);
    for (const bool in_field : {false, true}) {
      const test::Results results = example.step(in_field);
      EXPECT_TRUE(test::close(results[0].second, example_states(example.structure, values), 1e-5));
      EXPECT_TRUE(test::close(results[1].second, gradients.at("x"), 1e-4));
      EXPECT_TRUE(test::close(results[2].second, gradients.at("old"), 1e-4));
    }
  }
}

TEST(RecurrenceTest, WavefrontsEqualVisitingNodeByNodeAtAnyNumberOfThreads) {
  Rng rng(2);
  for (const NodeId n : {1u, 50u, 3000u}) {
    const Example example(n, rng);
    for (const bool in_field : {false, true}) {
      const test::Results expected = example.step(in_field, {.tile_rows = 1});
      for (const std::size_t tile_rows : {2u, 64u, 5000u}) {
        test::for_each_number_of_threads([&](int threads) {
          EXPECT_TRUE(test::same_bits(example.step(in_field, {.tile_rows = tile_rows}), expected))
              << n << " nodes, " << tile_rows << " rows, " << threads << " threads";
        });
      }
      const NoRecording no_recording;  // Fields live as long as their tile.
      EXPECT_TRUE(bitwise_equal(example.run(in_field).value(), expected[0].second));
    }
  }
}

TEST(RecurrenceTest, GradientsReachThoseThatRequireOneAlone) {
  Rng rng(3);
  Example example(20, rng);
  const test::Results expected = example.step(false);
  example.x = Variable(example.x.value().clone());
  test::Results actual = example.step(false);
  EXPECT_TRUE(bitwise_equal(actual[2].second, expected[2].second));
  EXPECT_TRUE(actual[1].second.empty());
  example.x = Variable::parameter(example.x.value().clone());
  example.old = Variable(example.old.value().clone());
  actual = example.step(false);
  EXPECT_TRUE(bitwise_equal(actual[1].second, expected[1].second));
  EXPECT_TRUE(actual[2].second.empty());
}

// The columns of the joined states, and the gradients, have the bits of one run after the other.
TEST(RecurrenceTest, RunsSideBySideAreJoined) {
  Rng rng(6);
  for (const NodeId n : {1u, 700u}) {
    const Example examples[] = {{n, rng}, {n, rng}};
    std::vector<Variable> alone;
    for (const Example& example : examples) alone.push_back(example.run(false));
    const Tensor seed = normal_tensor({n, 2 * kWidth}, 1.0f, rng);
    const Variable apart = concat_columns(alone);
    apart.backward(seed.clone());
    std::vector<Tensor> gradients;
    for (const Example& example : examples) {
      for (const Variable& v : {example.x, example.old}) {
        gradients.push_back(v.gradient().clone());
      }
    }
    test::for_each_number_of_threads([&](int threads) {
      SCOPED_TRACE(threads);
      std::vector<Recurrence> runs;
      for (const Example& example : examples) {
        example.x.clear_gradient();
        example.old.clear_gradient();
        runs.push_back({.cell = std::make_shared<ExampleCell>(example.x, false),
                        .schedule = Schedule(example.structure),
                        .inputs = {example.x},
                        .old_states = {example.old, Variable()}});
      }
      const JoinedStates joined = run_side_by_side(runs);
      EXPECT_TRUE(bitwise_equal(joined.first.value(), apart.value()));
      ASSERT_EQ(joined.others.size(), 2u);
      EXPECT_TRUE(joined.others[0].empty() && joined.others[1].empty());
      joined.first.backward(seed.clone());
      std::size_t i = 0;
      for (const Example& example : examples) {
        EXPECT_TRUE(bitwise_equal(example.x.gradient(), gradients[i++]));
        EXPECT_TRUE(bitwise_equal(example.old.gradient(), gradients[i++]));
      }
    });
  }
}

TEST(RecurrenceTest, ARunWithoutGradientsStaysOutOfTheBackwardPass) {
  Rng rng(7);
  const Example example(30, rng);
  const test::Results expected = example.step(false);
  Example constant(30, rng);
  constant.x = Variable(constant.x.value().clone());
  constant.old = Variable(constant.old.value().clone());
  std::vector<Recurrence> runs;
  bool observed = false;
  for (const Example* e : std::array<const Example*, 2>{&constant, &example}) {
    runs.push_back({.cell = std::make_shared<ExampleCell>(e->x, false),
                    .schedule = Schedule(e->structure),
                    .inputs = {e->x},
                    .old_states = {e->old, Variable()}});
  }
  runs[0].options.observe = [&](std::size_t, NodeId, std::span<const float>) { observed = true; };
  example.x.clear_gradient();
  example.old.clear_gradient();
  const JoinedStates joined = run_side_by_side(runs);
  Rng same(99);
  const Tensor seed = normal_tensor({30, kWidth}, 1.0f, same);
  joined.first.backward(
      concat_columns({Variable(seed.clone()), Variable(seed.clone())}).value().clone());
  EXPECT_FALSE(observed);
  EXPECT_TRUE(bitwise_equal(example.x.gradient(), expected[1].second));
  EXPECT_TRUE(bitwise_equal(example.old.gradient(), expected[2].second));
}

TEST(RecurrenceTest, TakesNoNodes) {
  Rng rng(4);
  const Example none(0, rng);
  EXPECT_EQ(none.run(true).shape(), (Shape{0, kWidth}));
}

TEST(RecurrenceTest, RefusesWhatDoesNotFit) {
  Rng rng(5);
  const Example example(4, rng);
  const Schedule whole(example.structure);
  const auto run = [&](const Schedule& schedule, std::span<const Variable> old_states) {
    run_recurrence(std::make_shared<ExampleCell>(example.x, false), schedule, {}, old_states);
  };
  const std::array old_states = {example.old, Variable()};
  EXPECT_EQ(error_of<ShapeError>([&] { run(whole, std::span(old_states).first(1)); }),
            "1 old states, expected 2, one for each part of the state");
  const std::array wrong = {Variable(Tensor::zeros({4, 2})), Variable()};
  EXPECT_EQ(error_of<ShapeError>([&] { run(whole, wrong); }),
            "old states: shape [4, 2], expected [4, 3]");
  const Schedule part(Structure(4, {example.structure.relation("before")}));
  EXPECT_EQ(error_of<GraphError>([&] { run(part, old_states); }),
            "the schedule has no relation \"above\"; it has: \"before\"");
  EXPECT_EQ(error_of<OptionError>([&] { example.run(false, {.tile_rows = 0}); }),
            "tile_rows is 0, expected 1 or more");
  const Example longer(5, rng);
  std::vector<Recurrence> runs;
  for (const Example* e : {&example, &longer}) {
    runs.push_back({.cell = std::make_shared<ExampleCell>(e->x, false),
                    .schedule = Schedule(e->structure),
                    .inputs = {e->x},
                    .old_states = {e->old, Variable()}});
  }
  EXPECT_EQ(error_of<GraphError>([&] { run_side_by_side(runs); }),
            "runs side by side over 4 and 5 nodes");
}

// --- Reading old and new states; work; what a layout may not say --------------------------------

// s_v = x_v + sum over p of (2 s_p + 3 old s_p) + 5 sum over q of old s_q, the p under "before",
// the q under "scene". A node is ten rows of work. What flows along an edge is kept as an edge
// field.
class OldAndNewCell final : public RecurrentCell {
 public:
  explicit OldAndNewCell(Variable x) : x_(std::move(x)) {}

  enum Use : std::size_t { kBefore, kScene };
  enum Read : std::size_t { kNew, kOld };

  CellLayout layout() const override {
    const PartUse old{.part = 0, .gradient = EdgeGradient::kShared, .reads = Reads::kOldStates};
    return {.state = {{kWidth}},
            .node_fields = {},
            .relations = {{"before", {{.part = 0}, old}, {kWidth}}, {"scene", {old}, {}}},
            .rows_per_node = 10};
  }

  void forward(const Tile& tile) override {
    greatest_tile_ = std::max(greatest_tile_.load(), tile.size());
    for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
      float* const s = tile.state(0, row);
      std::copy_n(x_.value().row(tile.node(row)).data(), kWidth, s);
      for_each_edge(tile, kBefore, row, [&](EdgeId e) {
        for (std::size_t i = 0; i < kWidth; ++i) {
          s[i] += 2.0f * tile.source_state(kBefore, kNew, e)[i] +
                  3.0f * tile.source_state(kBefore, kOld, e)[i];
        }
      });
      for_each_edge(tile, kScene, row, [&](EdgeId e) {
        for (std::size_t i = 0; i < kWidth; ++i) s[i] += 5.0f * tile.source_state(kScene, 0, e)[i];
      });
    }
  }

  void backward(const Tile& tile) override {
    for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
      const std::size_t r = row - tile.rows().begin;
      const auto gradient = tile.gradient(0).row(r);
      for (std::size_t i = 0; i < kWidth; ++i) {
        tile.edge_gradients(kBefore, kOld).row(r)[i] = 3.0f * gradient[i];
        tile.edge_gradients(kScene, 0).row(r)[i] = 5.0f * gradient[i];
      }
      for_each_edge(tile, kBefore, row, [&](EdgeId e) {
        const EdgeId place = e - tile.first_edge(kBefore);
        for (std::size_t i = 0; i < kWidth; ++i) {
          tile.edge_gradients(kBefore, kNew).row(place)[i] = 2.0f * gradient[i];
          tile.edge_field(kBefore, 0).row(place)[i] = 2.0f * gradient[i];
        }
      });
    }
  }

  void finish(Sweep& sweep) override {
    const MatrixView field = sweep.edge_field(kBefore, 0);
    const StridedView gradients = sweep.edge_gradients(kBefore, kNew);
    ASSERT_EQ(field.rows, gradients.rows);
    for (std::size_t e = 0; e < field.rows; ++e) {
      EXPECT_TRUE(std::equal(field.row(e).begin(), field.row(e).end(), gradients.row(e)));
    }
  }

  std::size_t greatest_tile() const { return greatest_tile_; }

 private:
  template <class Visit>
  static void for_each_edge(const Tile& tile, Use use, NodeId row, const Visit& visit) {
    const ScheduledRelation& relation = tile.relation(use);
    for (EdgeId e = relation.offsets[row]; e < relation.offsets[row + 1]; ++e) visit(e);
  }

  Variable x_;
  std::atomic<std::size_t> greatest_tile_ = 0;
};

TEST(RecurrenceTest, OldAndNewStatesOfOneRelationAreReadSideBySide) {
  const Schedule schedule(Structure(3, {{"before", Reads::kNewStates, {0, 0, 1, 3}, {0, 0, 1}},
                                        {"scene", Reads::kOldStates, {0, 1, 1, 2}, {2, 1}}}));
  const Variable x =
      Variable::parameter(Tensor::from_values({3, kWidth}, {1, 2, 3, 0, 0, 0, 1, 1, 1}));
  const Variable old = Variable::parameter(Tensor::filled({3, kWidth}, 1.0f));
  const auto run = [&](std::span<const Variable> old_states) {
    const std::array inputs = {x};
    return run_recurrence(std::make_shared<OldAndNewCell>(x), schedule, inputs, old_states)[0];
  };
  const Variable s = run({&old, 1});
  // s_0 = x_0 + 5, s_1 = 2 s_0 + 3, s_2 = 1 + 2 s_0 + 2 s_1 + 6 + 5.
  const Tensor expected = Tensor::from_values({3, kWidth}, {6, 7, 8, 15, 17, 19, 54, 60, 66});
  EXPECT_TRUE(bitwise_equal(s.value(), expected));
  s.sum().backward();
  // ds_2 = 1, ds_1 = 1 + 2, ds_0 = 1 + 2 * 3 + 2.
  for (std::size_t i = 0; i < kWidth; ++i) {
    EXPECT_EQ(old.gradient().at(0, i), 3.0f * 3.0f + 3.0f);
    EXPECT_EQ(old.gradient().at(1, i), 3.0f + 5.0f);
    EXPECT_EQ(old.gradient().at(2, i), 5.0f * 9.0f);
  }
  // Old states that are not given are zeros: s_0 = x_0, s_1 = 2 s_0, s_2 = 1 + 2 s_0 + 2 s_1.
  const Tensor alone = Tensor::from_values({3, kWidth}, {1, 2, 3, 2, 4, 6, 7, 13, 19});
  EXPECT_TRUE(bitwise_equal(run({}).value(), alone));
  const Variable undefined;
  EXPECT_TRUE(bitwise_equal(run({&undefined, 1}).value(), alone));
}

TEST(RecurrenceTest, TilesCountTheWorkOfANode) {
  Rng rng(8);
  constexpr NodeId kNodes = 100;
  const Variable x(normal_tensor({kNodes, kWidth}, 1.0f, rng));
  const PoolVector<EdgeId> none(kNodes + 1, 0);
  const Schedule schedule(Structure(
      kNodes, {{"before", Reads::kNewStates, none, {}}, {"scene", Reads::kOldStates, none, {}}}));
  for (const auto& [tile_rows, expected] : {std::pair<std::size_t, std::size_t>{80, 8}, {5, 1}}) {
    const auto cell = std::make_shared<OldAndNewCell>(x);
    run_recurrence(cell, schedule, {}, {}, {.tile_rows = tile_rows});
    EXPECT_LE(cell->greatest_tile(), expected);
    EXPECT_GE(cell->greatest_tile(), (expected + 1) / 2);
  }
}

// A tile that waits for something parallel, while its thread may run other tiles.
class WaitingCell final : public RecurrentCell {
 public:
  CellLayout layout() const override {
    return {.state = {{1}}, .node_fields = {64}, .relations = {{"previous", {{0}}, {}}}};
  }
  void forward(const Tile& tile) override {
    const MutableMatrixView scratch = tile.scratch(tile.size(), 4096);
    std::ranges::fill(scratch.flat(), static_cast<float>(tile.rows().begin));
    std::ranges::fill(tile.field(0).flat(), static_cast<float>(tile.rows().begin));
    std::atomic<int> work = 0;
    parallel_blocks(64, [&](std::size_t block) {
      for (std::size_t i = 0; i < 1000; ++i) work += static_cast<int>(block ^ i) & 1;
    });
    for (const MatrixView held : {MatrixView(scratch), MatrixView(tile.field(0))}) {
      for (const float value : held.flat()) {
        if (value != static_cast<float>(tile.rows().begin)) ++overwritten;
      }
    }
    for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) *tile.state(0, row) = 0.0f;
  }
  void backward(const Tile&) override {}

  std::atomic<int> overwritten = 0;
};

TEST(RecurrenceTest, ATilesMemoryIsItsOwnWhileItWaits) {
  constexpr NodeId kNodes = 256;
  const Schedule schedule(
      Structure(kNodes, {{"previous", Reads::kNewStates, PoolVector<EdgeId>(kNodes + 1, 0), {}}}));
  test::for_each_number_of_threads([&](int) {
    const auto cell = std::make_shared<WaitingCell>();
    run_recurrence(cell, schedule, {}, {}, {.tile_rows = 1});
    EXPECT_EQ(cell->overwritten, 0);
  });
}

// Declares what it is told, and asks for what it is told.
class CarelessCell final : public RecurrentCell {
 public:
  explicit CarelessCell(CellLayout layout, std::function<void(const Tile&)> ask = {})
      : layout_(std::move(layout)), ask_(std::move(ask)) {}
  CellLayout layout() const override { return layout_; }
  void forward(const Tile& tile) override { ask_(tile); }
  void backward(const Tile&) override {}

 private:
  CellLayout layout_;
  std::function<void(const Tile&)> ask_;
};

TEST(RecurrenceTest, RefusesALayoutThatNamesWhatItDoesNotHave) {
  const Schedule schedule(Structure(2, {{"previous", Reads::kNewStates, {0, 0, 1}, {0}}}));
  const auto error = [&](CellLayout layout) {
    return error_of<OptionError>(
        [&] { run_recurrence(std::make_shared<CarelessCell>(std::move(layout)), schedule, {}); });
  };
  EXPECT_EQ(error({}), "the first part of a cell's state is no output");
  EXPECT_EQ(error({.state = {{2}}, .relations = {{"previous", {{.part = 1}}, {}}}}),
            "a cell's use of the relation \"previous\" names state part 1, expected less than 1");
  const PartUse in_field{.part = 0, .gradient = EdgeGradient::kField, .field = 1};
  EXPECT_EQ(error({.state = {{2}}, .relations = {{"previous", {in_field}, {2}}}}),
            "a cell's use of the relation \"previous\" names edge field 1, expected less than 1");
  EXPECT_EQ(
      error({.state = {{2}}, .relations = {{"previous", {in_field}, {2, 3}}}}),
      "a cell's use of the relation \"previous\" puts gradients of width 2 in edge field 1 of "
      "width 3");
  EXPECT_EQ(error({.state = {{2}}, .rows_per_node = 0}),
            "a cell's rows_per_node is 0, expected 1 or more");
}

TEST(RecurrenceTest, RefusesACellThatAsksForWhatItsLayoutDoesNotDeclare) {
  const Schedule schedule(Structure(2, {{"previous", Reads::kNewStates, {0, 0, 1}, {0}}}));
  const auto error = [&](std::function<void(const Tile&)> ask) {
    const CellLayout layout{.state = {{2}}, .relations = {{"previous", {{}}, {}}}};
    return error_of<OptionError>([&] {
      run_recurrence(std::make_shared<CarelessCell>(layout, std::move(ask)), schedule, {});
    });
  };
  const std::string of_one = " of 1 that its layout declares";
  EXPECT_EQ(error([](const Tile& tile) { tile.relation(1); }),
            "a cell asks for relation 1" + of_one);
  EXPECT_EQ(error([](const Tile& tile) { tile.source_state(0, 1, 0); }),
            "a cell asks for read 1" + of_one);
  EXPECT_EQ(error([](const Tile& tile) { tile.state(1, tile.rows().begin); }),
            "a cell asks for state part 1" + of_one);
  EXPECT_EQ(error([](const Tile& tile) { tile.field(0); }),
            "a cell asks for field 0 of 0 that its layout declares");
  EXPECT_EQ(error([](const Tile& tile) { tile.edge_field(0, 0); }),
            "a cell asks for edge field 0 of 0 that its layout declares");
}

}  // namespace
}  // namespace espalier
