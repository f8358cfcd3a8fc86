#include <espalier/layers/input_gates.h>

#include <array>

#include "tests/layers/testing.h"

namespace espalier {
namespace {

// A cell whose states are nothing but W x + b: of the main gates at every node, and of the forget
// gates at inner nodes, elsewhere zeros.
class ProjectionCell final : public RecurrentCell {
 public:
  ProjectionCell(const GateWeights& weights, OrderedInputs inputs, PoolVector<float> bias,
                 const Schedule& schedule)
      : weights_(weights), inputs_(weights, std::move(inputs), std::move(bias), schedule) {}

  CellLayout layout() const override {
    return {.state = {{weights_.main_width()}, {weights_.forget_width()}},
            .node_fields = {weights_.main_width(), weights_.forget_width()},
            .relations = {{"children", {}, {}}}};
  }
  void begin(Sweep&) override { inputs_.begin(); }
  void forward(const Tile& tile) override {
    const MutableMatrixView gates = tile.field(0);
    const bool started = inputs_.start(tile, gates);
    for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
      const float* const from =
          started ? gates.row(row - tile.rows().begin).data() : inputs_.main_bias();
      std::copy_n(from, weights_.main_width(), tile.state(0, row));
      if (tile.level() == 0) {
        std::fill_n(tile.state(1, row), weights_.forget_width(), 0.0f);
      } else {
        std::copy_n(inputs_.forget(row), weights_.forget_width(), tile.state(1, row));
      }
    }
  }
  void backward(const Tile& tile) override {
    for (const std::size_t part : {0u, 1u}) {
      const auto from = tile.gradient(part).flat();
      std::copy(from.begin(), from.end(), tile.field(part).data);
    }
  }
  void finish(Sweep& sweep) override {
    PoolVector<GradientProduct> products;
    inputs_.finish(sweep.field(0), sweep.field(1), products);
    add_gradient_products(products);
  }

 private:
  const GateWeights& weights_;
  InputGates inputs_;
};

// Gates i 2, f 3, u 2 over inputs of 4 columns.
class InputGatesTest : public testing::Test {
 protected:
  void check(const Structure& structure, const test::SomeInputs& x, std::size_t tile_rows) {
    const Schedule schedule(structure);
    PackJobs jobs;
    weights_.refresh(true, jobs);
    jobs.run();
    const PoolVector<float> bias = {1, 2, 3, 4, 5, 6, 7};  // i, u, then f.
    const std::array inputs = {x.x, w_};
    const auto states =
        run_recurrence(std::make_shared<ProjectionCell>(
                           weights_, OrderedInputs(x.inputs(), schedule, 4), bias, schedule),
                       schedule, inputs, {}, {.tile_rows = tile_rows});
    ASSERT_EQ(states.size(), 2u);

    // Element e of a row of main gates, or of forget gates, is this row of W.
    const std::size_t main[] = {0, 1, 5, 6}, forget[] = {2, 3, 4};
    const test::Matrix dense = x.dense(structure.num_nodes());
    const auto expected = [&](NodeId v, std::size_t row, float b) {
      double sum = static_cast<double>(b);
      for (std::size_t c = 0; c < 4; ++c) {
        sum += static_cast<double>(w_.value().at(row, c)) * dense.at(v, c);
      }
      return sum;
    };
    Rng rng(9);
    const Tensor d_main = normal_tensor({structure.num_nodes(), 4}, 1.0f, rng);
    const Tensor d_forget = normal_tensor({structure.num_nodes(), 3}, 1.0f, rng);
    test::Matrix dw(7, 4), dx(structure.num_nodes(), 4);
    for (NodeId v = 0; v < structure.num_nodes(); ++v) {
      const bool inner = !structure.relation("children").of(v).empty();
      const auto add = [&](std::size_t row, float d) {
        for (std::size_t c = 0; c < 4; ++c) {
          dw.at(row, c) += static_cast<double>(d) * dense.at(v, c);
          dx.at(v, c) += static_cast<double>(d) * static_cast<double>(w_.value().at(row, c));
        }
      };
      for (std::size_t e = 0; e < 4; ++e) {
        EXPECT_NEAR(states[0].value().at(v, e), expected(v, main[e], bias[e]), 1e-5);
        add(main[e], d_main.at(v, e));
      }
      for (std::size_t e = 0; e < 3; ++e) {
        EXPECT_NEAR(states[1].value().at(v, e), inner ? expected(v, forget[e], bias[4 + e]) : 0.0,
                    1e-5);
        if (inner) add(forget[e], d_forget.at(v, e));
      }
    }

    w_.clear_gradient();
    x.x.clear_gradient();
    ((states[0] * Variable(d_main.clone())).sum() + (states[1] * Variable(d_forget.clone())).sum())
        .backward();
    EXPECT_TRUE(test::close(w_.gradient(), dw, 1e-5));
    for (std::size_t i = 0; i < x.nodes.size(); ++i) {
      for (std::size_t c = 0; c < 4; ++c) {
        EXPECT_NEAR(x.x.gradient().at(i, c), dx.at(x.nodes[i], c), 1e-5);
      }
    }
  }

  Rng rng_{1};
  Variable w_ = Variable::parameter(normal_tensor({7, 4}, 1.0f, rng_));
  GateWeights weights_{w_, {{0, 2}, {5, 2}}, {{2, 3}}};
};

TEST_F(InputGatesTest, AgreeWithPlainLoops) {
  for (NodeId n = 1; n < 30; ++n) {
    const Structure structure = test::random_dag(n, 2, rng_);
    for (const std::vector<NodeId>& nodes :
         {test::all_nodes(structure), test::leaves(structure),
          test::random_subset(test::all_nodes(structure), rng_), std::vector<NodeId>{}}) {
      for (const std::size_t tile_rows : {1u, 3u, 64u}) {
        SCOPED_TRACE(message(n, " nodes, ", nodes.size(), " inputs, ", tile_rows, " rows a tile"));
        check(structure, test::inputs_of(nodes, 4, rng_), tile_rows);
      }
    }
  }
}

}  // namespace
}  // namespace espalier
