// A cell of one's own by its forward pass alone: the engine runs it by wavefronts and
// differentiates it. Two cells: a minimal gated unit over trees, and the Child-Sum Tree-LSTM, which
// equals the library's.

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <vector>

#include <espalier/espalier.h>

using namespace espalier;

namespace {

// Minimal gated unit (Zhou et al. 2016) over trees, s being the sum of the children's states:
//
//     f = sigmoid(W_f x + U_f s + b_f),  h = (1 - f) * s + f * tanh(W_u x + U_u (f * s) + b_u)
class TreeMGU : public Module {
 public:
  TreeMGU(std::size_t input, std::size_t hidden, Rng& rng)
      : hidden_(hidden),
        w_(add_parameter("w", uniform_by_fan_in({2 * hidden, input}, input, rng))),
        u_f_(add_parameter("u_f", uniform_by_fan_in({hidden, hidden}, hidden, rng))),
        u_u_(add_parameter("u_u", uniform_by_fan_in({hidden, hidden}, hidden, rng))),
        b_(add_parameter("b", Tensor::zeros({2 * hidden}))) {}

  Variable forward(const Variable& x, const Schedule& schedule) const {
    const ForwardCell cell{
        .state = {hidden_}, .forward = [&](const Wavefront& at) -> std::vector<Variable> {
          const Variable wx = at.input(), s = at.sum("children");
          const Variable f = sigmoid(columns(wx, 0, hidden_) + linear(s, u_f_, {}));
          const Variable u = tanh(columns(wx, hidden_, hidden_) + linear(f * s, u_u_, {}));
          return {s - f * s + f * u};
        }};
    return run_forward_cell(cell, schedule, {.inputs = {linear(x, w_, b_)}}, parameters())[0];
  }

 private:
  std::size_t hidden_;
  LinearWeight w_, u_f_, u_u_;
  Variable b_;
};

// Tai et al. 2015, Eqs. 2-8, over the parameters of the library's own layer.
NodeStates child_sum(const ChildSumTreeLSTM& layer, const Variable& x, const Schedule& schedule) {
  const std::size_t hidden = layer.parameter("weight_hh").cols();
  const LinearWeight w(layer.parameter("weight_ih")), u(layer.parameter("weight_hh"));
  const auto gate = [&](const Variable& all, std::size_t g) {
    return columns(all, g * hidden, hidden);
  };
  const ForwardCell cell{
      .state = {hidden, hidden}, .forward = [&](const Wavefront& at) -> std::vector<Variable> {
        const Variable wx = at.input();
        const Variable pre = wx + linear(at.sum("children", 0), u, layer.parameter("bias_hh"));
        const Variable of_child = linear(at.each("children", 0), u, layer.parameter("bias_hh"));
        const Variable f = sigmoid(at.to_edges(gate(wx, 1), "children") + gate(of_child, 1));
        const Variable c = sigmoid(gate(pre, 0)) * tanh(gate(pre, 2)) +
                           segment_sum(f * at.each("children", 1), at.offsets("children"));
        return {sigmoid(gate(pre, 3)) * tanh(c), c};
      }};
  const auto states = run_forward_cell(
      cell, schedule, {.inputs = {linear(x, w, layer.parameter("bias_ih"))}}, layer.parameters());
  return {.h = states[0], .c = states[1]};
}

}  // namespace

int main() {
  const Tree tree = Tree::from_parents(std::vector<NodeId>{kNoNode, 0, 0, 1, 1, 1, 2});
  const Schedule order(bottom_up(tree));
  Rng rng(1);
  const Variable x(normal_tensor({7, 5}, 1.0f, rng));

  const TreeMGU mgu(5, 4, rng);
  const GradientCheck check = check_gradients(
      [&] {
        const Variable h = mgu.forward(x, order);
        return (h * h).sum();
      },
      mgu.parameters());
  std::cout << "minimal gated unit: " << check.to_string() << '\n';

  const ChildSumTreeLSTM lstm({.input_size = 5, .hidden_size = 4}, rng);
  const Tensor& ours = child_sum(lstm, x, order).h.value();
  const Tensor& theirs = lstm.forward(x, order).h.value();
  const bool equal = all_close(ours, theirs, 1e-6f, 1e-6f);
  std::cout << "Child-Sum Tree-LSTM, written forward: "
            << (equal ? "equals the library's\n" : "differs from the library's\n");
  return check.ok && equal ? EXIT_SUCCESS : EXIT_FAILURE;
}
