// A cell of one's own: what a state is made of, what it reads, a tile forward, a tile backward.
//
// The state of a node is its input plus half the sum of its children's states.

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <memory>

#include <espalier/espalier.h>

using namespace espalier;

namespace {

class HalfSumCell final : public RecurrentCell {
 public:
  explicit HalfSumCell(Variable x) : x_(std::move(x)) {}

  CellLayout layout() const override {
    return {.state = {{.width = x_.cols()}},
            .node_fields = {},
            .relations = {{"children", {{.part = 0, .gradient = EdgeGradient::kShared}}, {}}}};
  }

  void forward(const Tile& tile) override {
    const ScheduledRelation& children = tile.relation(0);
    for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
      float* const state = tile.state(0, row);
      std::copy_n(x_.value().row(tile.node(row)).data(), x_.cols(), state);
      for (EdgeId e = children.offsets[row]; e < children.offsets[row + 1]; ++e) {
        const float* const child = tile.source_state(0, 0, e);
        for (std::size_t i = 0; i < x_.cols(); ++i) state[i] += 0.5f * child[i];
      }
    }
  }

  // Nodes are visited once each, so a row of x gains its gradient here.
  void backward(const Tile& tile) override {
    const MutableMatrixView gradient = tile.gradient(0);
    const MutableMatrixView to_children = tile.edge_gradients(0, 0);
    for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
      const std::size_t r = row - tile.rows().begin;
      for (std::size_t i = 0; i < x_.cols(); ++i) {
        to_children.row(r)[i] = 0.5f * gradient.row(r)[i];
        dx_.row(tile.node(row))[i] = gradient.row(r)[i];
      }
    }
  }

  void begin(Sweep&) override { dx_ = Tensor::zeros(x_.shape()); }
  void finish(Sweep&) override { x_.add_gradient(std::move(dx_)); }

 private:
  Variable x_;
  Tensor dx_;
};

}  // namespace

int main() {
  const Tree tree = Tree::from_parents(std::vector<NodeId>{kNoNode, 0, 0, 1, 1});
  const Schedule order(bottom_up(tree));
  Rng rng(1);
  const NamedParameter x{"x", Variable::parameter(uniform_tensor({5, 3}, -1.0f, 1.0f, rng))};

  // The check that the library's own cells go through.
  const GradientCheck check = check_gradients(
      [&] {
        const auto states =
            run_recurrence(std::make_shared<HalfSumCell>(x.variable), order, {&x.variable, 1});
        return (states[0] * states[0]).sum();
      },
      {&x, 1});
  std::cout << check.to_string() << '\n';
  return check.ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
