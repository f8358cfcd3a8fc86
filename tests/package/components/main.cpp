#include <cstdlib>
#include <iostream>

#include <espalier/graph/schedule.h>
#include <espalier/graph/structure.h>
#include <espalier/layers/child_sum_tree_lstm.h>
#include <espalier/ops/random.h>

int main() {
  using namespace espalier;
  const Schedule order = schedule({reads_new("children", Graph::from_edges(3, {{0, 2}, {1, 2}}))});
  Rng rng(7);
  const ChildSumTreeLSTM lstm({.input_size = 4, .hidden_size = 8}, rng);
  const NodeStates states = lstm.forward(Variable(normal_tensor({3, 4}, 1.0f, rng)), order);
  std::cout << order.explain() << '\n';
  return states.h.value().rows() == 3 ? EXIT_SUCCESS : EXIT_FAILURE;
}
