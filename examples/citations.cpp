// A structure of one's own: papers that read the papers they build on. Any directed acyclic graph
// will do.

#include <iostream>

#include <espalier/espalier.h>

using namespace espalier;

int main() {
  const Graph citations = Graph::from_edges(4, {{0, 2}, {1, 2}, {2, 3}});
  const Schedule order = schedule({reads_new("cites", citations)});
  std::cout << order.explain();

  Rng rng(1);
  const ChildSumTreeLSTM lstm({.input_size = 16, .hidden_size = 32}, rng);
  const Variable x = Variable::parameter(uniform_tensor({4, 16}, -1.0f, 1.0f, rng));
  const NodeStates states = lstm.forward(x, order, "cites");
  states.h.sum().backward();
  std::cout << "h of paper 3 begins with " << states.h.value().at(3, 0)
            << ", and its sum changes with x of paper 0 by " << x.gradient().at(0, 0) << "…\n";

  try {
    schedule({reads_new("cites", Graph::from_edges(2, {{0, 1}, {1, 0}}))});
  } catch (const GraphError& error) {
    std::cout << "refused: " << error.what() << '\n';
  }
}
