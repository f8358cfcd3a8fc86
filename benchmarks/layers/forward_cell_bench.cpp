#include <espalier/layers/forward_cell.h>

#include <benchmark/benchmark.h>

#include <espalier/graph/structure.h>
#include <espalier/layers/child_sum_tree_lstm.h>
#include <espalier/ops/arithmetic.h>
#include <espalier/ops/elementwise.h>
#include <espalier/ops/linear.h>
#include <espalier/ops/parallel.h>
#include <espalier/ops/rows.h>
#include <espalier/ops/segment.h>

#include "benchmarks/support/random_trees.h"

namespace espalier {
namespace {

constexpr std::size_t kInput = 300, kHidden = 150;

// The Child-Sum Tree-LSTM by its forward pass alone (examples/forward_cell.cpp), and the library's,
// over 25 trees of 19 leaves with an input at every node: forward, and backward to inputs and
// weights. Nodes per second; the quotient of the two is what writing forward alone costs.
class Bench {
 public:
  Variable fused() const { return layer_.forward(x_, schedule_).h; }

  Variable forward_alone() const {
    const auto gate = [](const Variable& all, std::size_t g) {
      return columns(all, g * kHidden, kHidden);
    };
    const ForwardCell cell{
        .state = {kHidden, kHidden}, .forward = [&](const Wavefront& at) -> std::vector<Variable> {
          const Variable wx = at.input();
          const Variable pre = wx + linear(at.sum("children", 0), u_, b_hh_);
          const Variable of_child = linear(at.each("children", 0), u_f_, {});
          const Variable f = sigmoid(at.to_edges(gate(wx, 1), "children") + of_child);
          const Variable c = sigmoid(gate(pre, 0)) * tanh(gate(pre, 2)) +
                             segment_sum(f * at.each("children", 1), at.offsets("children"));
          return {sigmoid(gate(pre, 3)) * tanh(c), c};
        }};
    return run_forward_cell(
        cell, schedule_, {.inputs = {linear(x_, w_, layer_.parameter("bias_ih"))}}, parameters_)[0];
  }

  void clear() const {
    for (const NamedParameter& p : parameters_) p.variable.clear_gradient();
    x_.clear_gradient();
  }
  NodeId num_nodes() const { return schedule_.num_nodes(); }

 private:
  Rng rng_{1};
  bench::Forest forest_ = bench::random_forest(25, 19, 100, 5, rng_);
  Schedule schedule_{bottom_up(forest_.shapes)};
  ChildSumTreeLSTM layer_{{.input_size = kInput, .hidden_size = kHidden}, rng_};
  Variable x_ = Variable::parameter(normal_tensor({schedule_.num_nodes(), kInput}, 1.0f, rng_));
  LinearWeight w_{layer_.parameter("weight_ih")}, u_{layer_.parameter("weight_hh")};
  // U_f by itself: the equations need no more of a child.
  LinearWeight u_f_{Variable::parameter(normal_tensor({kHidden, kHidden}, 0.1f, rng_))};
  Variable b_hh_ = layer_.parameter("bias_hh");
  std::vector<NamedParameter> parameters_ = [this] {
    std::vector<NamedParameter> all(layer_.parameters().begin(), layer_.parameters().end());
    all.push_back({"u_f", u_f_.variable()});
    return all;
  }();
};

void child_sum(benchmark::State& state, Variable (Bench::*run)() const) {
  const int before = num_threads();
  set_num_threads(static_cast<int>(state.range(0)));
  const Bench bench;
  for (auto _ : state) {
    bench.clear();
    (bench.*run)().sum().backward();
  }
  state.SetItemsProcessed(state.iterations() * bench.num_nodes());
  set_num_threads(before);
}
void child_sum_forward_alone(benchmark::State& state) { child_sum(state, &Bench::forward_alone); }
void child_sum_fused(benchmark::State& state) { child_sum(state, &Bench::fused); }
BENCHMARK(child_sum_forward_alone)->ArgName("threads")->Arg(1)->Arg(2)->UseRealTime();
BENCHMARK(child_sum_fused)->ArgName("threads")->Arg(1)->Arg(2)->UseRealTime();

}  // namespace
}  // namespace espalier
