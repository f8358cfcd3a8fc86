#include "tests/support/graph_structured_lstm_reference.h"

#include <cmath>

#include "tests/support/evaluation.h"

namespace espalier::test {

ReferenceStates node_by_node(const GraphStructuredLSTMOptions& options, const Values& values,
                             const Structure& structure) {
  const auto H = static_cast<std::size_t>(options.hidden_size);
  const Relation& temporal = structure.relation("temporal");
  const Relation& hierarchical = structure.relation("hierarchical");
  const Matrix &W = values.at("weight_ih"), &U = values.at("weight_temporal"),
               &V = values.at("weight_hierarchical"), &b = values.at("bias");

  const auto read = [&](const Relation& relation, std::size_t v, const Matrix& states,
                        const char* null) {
    const auto predecessors = relation.of(static_cast<NodeId>(v));
    if (!predecessors.empty()) return row(states, predecessors[0]);
    return options.null_state == NullState::kTrained ? row(values.at(null), 0) : Vector(H, 0.0);
  };
  const auto cell = [&](std::size_t v, ReferenceStates& states) {
    const Vector x = row(values.at("x"), v);
    const Vector h_t = read(temporal, v, states.h, "null_h");
    const Vector h_h = read(hierarchical, v, states.h, "null_h");
    const Vector c_t = read(temporal, v, states.c, "null_c");
    const Vector c_h = read(hierarchical, v, states.c, "null_c");
    const auto sum = [&](std::size_t gate, std::size_t e) {
      return product(W, gate * H, 0, e, x) + product(U, gate * H, 0, e, h_t) +
             product(V, gate * H, 0, e, h_h) + element(b, gate * H + e);
    };
    for (std::size_t e = 0; e < H; ++e) {
      const double i = sigmoid(sum(0, e)), f = sigmoid(sum(1, e)), g = sigmoid(sum(2, e));
      const double u = options.candidate == Candidate::kTanh ? std::tanh(sum(3, e)) : sum(3, e);
      const double c = f * c_t[e] + g * c_h[e] + i * u;
      states.c.at(v, e) = c;
      states.h.at(v, e) = sigmoid(sum(4, e)) * std::tanh(c);
    }
  };
  return Evaluation({&temporal, &hierarchical}, H, cell).take();
}

}  // namespace espalier::test
