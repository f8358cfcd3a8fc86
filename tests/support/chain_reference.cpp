#include "tests/support/chain_reference.h"

#include <algorithm>
#include <cmath>

#include "tests/support/evaluation.h"

namespace espalier::test {
namespace {

double apply(Activation f, double x) {
  switch (f) {
    case Activation::kTanh:
      return std::tanh(x);
    case Activation::kRelu:
      return std::max(x, 0.0);
    case Activation::kSigmoid:
      return sigmoid(x);
    case Activation::kIdentity:
      return x;
  }
  return 0;
}

double apply(OutputActivation f, double x, double total) {
  switch (f) {
    case OutputActivation::kIdentity:
      return x;
    case OutputActivation::kSoftmax:
      return std::exp(x) / total;
    case OutputActivation::kTanh:
      return std::tanh(x);
    case OutputActivation::kRelu:
      return std::max(x, 0.0);
    case OutputActivation::kSigmoid:
      return sigmoid(x);
  }
  return 0;
}

// What node v reads: a row of `states` or, if it has no predecessor, of the initial states, or
// zeros.
Vector before(const Relation& previous, std::size_t v, const Matrix& states, const Values& values,
              const char* initial) {
  const auto predecessors = previous.of(static_cast<NodeId>(v));
  if (!predecessors.empty()) return row(states, predecessors[0]);
  const auto found = values.find(initial);
  return found == values.end() ? Vector(states.cols, 0.0) : row(found->second, v);
}

// The parts of a gate's pre-activation, W x + b_ih and U h' + b_hh: its element e, in row block g
// of W, U and the biases, of `hidden` rows each.
struct Sums {
  Sums(const Values& values, std::size_t num_rows, std::size_t v, Vector state_before)
      : W(values.at("weight_ih")),
        U(values.at("weight_hh")),
        b_ih(values.at("bias_ih")),
        b_hh(values.at("bias_hh")),
        hidden(num_rows),
        x(row(values.at("x"), v)),
        h(std::move(state_before)) {}

  double input(std::size_t g, std::size_t e) const {
    return product(W, g * hidden, 0, e, x) + element(b_ih, g * hidden + e);
  }
  double state(std::size_t g, std::size_t e, const Vector& of) const {
    return product(U, g * hidden, 0, e, of) + element(b_hh, g * hidden + e);
  }
  double state(std::size_t g, std::size_t e) const { return state(g, e, h); }
  double operator()(std::size_t g, std::size_t e) const { return input(g, e) + state(g, e); }

  const Matrix &W, &U, &b_ih, &b_hh;
  std::size_t hidden;
  Vector x, h;
};

}  // namespace

ReferenceStates node_by_node(const ElmanRNNOptions& options, const Values& values,
                             const Relation& previous) {
  const auto H = static_cast<std::size_t>(options.hidden_size);
  const auto cell = [&](std::size_t v, ReferenceStates& states) {
    const Sums a(values, H, v, before(previous, v, states.h, values, "h_0"));
    for (std::size_t e = 0; e < H; ++e) states.h.at(v, e) = apply(options.activation, a(0, e));
  };
  return Evaluation(previous, H, cell, /*has_c=*/false).take();
}

ReferenceStates node_by_node(const LSTMOptions& options, const Values& values,
                             const Relation& previous) {
  const auto H = static_cast<std::size_t>(options.hidden_size);
  // Gates i, f, u, o; without i if coupled.
  const std::size_t f = options.coupled ? 0 : 1, u = f + 1, o = f + 2;
  // p_g * c, or row e of P_g c: the rows of p are i, f, o; without i if coupled.
  const auto peephole = [&](std::size_t g, std::size_t e, const Vector& c) {
    const std::size_t block = g == o ? f + 1 : g;
    switch (options.peephole) {
      case Peephole::kNone:
        return 0.0;
      case Peephole::kDiagonal:
        return values.at("peephole").at(block, e) * c[e];
      case Peephole::kFull:
        return product(values.at("peephole"), block * H, 0, e, c);
    }
    return 0.0;
  };
  const auto cell = [&](std::size_t v, ReferenceStates& states) {
    const Sums a(values, H, v, before(previous, v, states.h, values, "h_0"));
    const Vector c_before = before(previous, v, states.c, values, "c_0");
    for (std::size_t e = 0; e < H; ++e) {
      const double forget = sigmoid(a(f, e) + peephole(f, e, c_before));
      const double input =
          options.coupled ? 1.0 - forget : sigmoid(a(0, e) + peephole(0, e, c_before));
      states.c.at(v, e) = forget * c_before[e] + input * std::tanh(a(u, e));
    }
    const Vector c = row(states.c, v);
    for (std::size_t e = 0; e < H; ++e) {
      states.h.at(v, e) = sigmoid(a(o, e) + peephole(o, e, c)) * std::tanh(c[e]);
    }
  };
  return Evaluation(previous, H, cell).take();
}

ReferenceStates node_by_node(const GRUOptions& options, const Values& values,
                             const Relation& previous) {
  const auto H = static_cast<std::size_t>(options.hidden_size);
  const auto cell = [&](std::size_t v, ReferenceStates& states) {
    const Sums a(values, H, v, before(previous, v, states.h, values, "h_0"));
    Vector r, reset_h;
    for (std::size_t e = 0; e < H; ++e) {
      r.push_back(sigmoid(a(0, e)));
      reset_h.push_back(r[e] * a.h[e]);
    }
    for (std::size_t e = 0; e < H; ++e) {
      const double z = sigmoid(a(1, e));
      const double recurrent =
          options.reset == GRUReset::kAfter ? r[e] * a.state(2, e) : a.state(2, e, reset_h);
      const double n = std::tanh(a.input(2, e) + recurrent);
      const double kept = options.update == GRUUpdate::kKeepByZ ? z : 1.0 - z;
      states.h.at(v, e) = kept * a.h[e] + (1.0 - kept) * n;
    }
  };
  return Evaluation(previous, H, cell, /*has_c=*/false).take();
}

ReferenceStates node_by_node(const JordanRNNOptions& options, const Values& values,
                             const Relation& previous) {
  const auto H = static_cast<std::size_t>(options.hidden_size);
  const auto K = static_cast<std::size_t>(options.output_size);
  const auto teacher = values.find("teacher");
  const auto cell = [&](std::size_t v, ReferenceStates& states) {
    const Matrix& outputs = teacher == values.end() ? states.h : teacher->second;
    const Sums a(values, H, v, before(previous, v, outputs, values, "h_0"));
    Vector s, y;
    for (std::size_t e = 0; e < H; ++e) s.push_back(apply(options.activation, a(0, e)));
    double total = 0;
    for (std::size_t k = 0; k < K; ++k) {
      y.push_back(product(values.at("weight_ho"), 0, 0, k, s) + element(values.at("bias_ho"), k));
      total += std::exp(y[k]);
    }
    for (std::size_t k = 0; k < K; ++k) {
      states.h.at(v, k) = apply(options.output_activation, y[k], total);
    }
  };
  return Evaluation(previous, K, cell, /*has_c=*/false).take();
}

}  // namespace espalier::test
