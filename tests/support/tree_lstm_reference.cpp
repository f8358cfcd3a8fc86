#include "tests/support/tree_lstm_reference.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "tests/support/evaluation.h"

namespace espalier::test {

Matrix::Matrix(const Tensor& tensor) : Matrix(tensor.rows(), tensor.cols()) {
  std::copy(tensor.flat().begin(), tensor.flat().end(), values.begin());
}

Values values_of(const Module& layer, Matrix x) {
  Values values;
  for (const auto& [name, parameter] : layer.parameters()) {
    values.emplace(name, Matrix(parameter.value()));
  }
  values.emplace("x", std::move(x));
  return values;
}

ReferenceStates node_by_node(const ChildSumTreeLSTMOptions& options, const Values& values,
                             const Relation& children) {
  const auto H = static_cast<std::size_t>(options.hidden_size);
  const Matrix &W = values.at("weight_ih"), &U = values.at("weight_hh");
  const Matrix &b_ih = values.at("bias_ih"), &b_hh = values.at("bias_hh");
  const Matrix& x = values.at("x");

  const auto cell = [&](std::size_t j, ReferenceStates& states) {
    const std::span<const NodeId> C = children.of(static_cast<NodeId>(j));
    Vector s(H, 0.0);
    for (const NodeId k : C) {
      for (std::size_t e = 0; e < H; ++e) s[e] += states.h.at(k, e);
    }
    // Row block g of W, U and b: i 0, f 1, u 2, o 3.
    const auto before = [&](std::size_t g, const Vector& h, std::size_t e) {
      return product(W, g * H, 0, e, row(x, j)) + product(U, g * H, 0, e, h) +
             element(b_ih, g * H + e) + element(b_hh, g * H + e);
    };
    for (std::size_t e = 0; e < H; ++e) {
      const double i = sigmoid(before(0, s, e));
      const double u = std::tanh(before(2, s, e));
      double c = i * u;
      for (const NodeId k : C) {
        c += sigmoid(before(1, row(states.h, k), e)) * states.c.at(k, e);
      }
      const double o = options.output_gate ? sigmoid(before(3, s, e)) : 1.0;
      states.c.at(j, e) = c;
      states.h.at(j, e) = o * std::tanh(c);
    }
  };
  return Evaluation(children, H, cell).take();
}

ReferenceStates node_by_node(const NaryTreeLSTMOptions& options, const Values& values,
                             const Relation& children) {
  const auto H = static_cast<std::size_t>(options.hidden_size);
  const auto N = static_cast<std::size_t>(options.arity);
  const std::size_t G = options.output_gate ? 3 : 2;
  const Matrix &U = values.at("weight_hh"), &U_f = values.at("forget_hh");
  const Matrix& b_hh = values.at("bias_hh");  // [N, (G + N) H]: i, u, o, f_1 … f_N.
  const Matrix& x = values.at("x");

  const auto leaf = [&](std::size_t j, ReferenceStates& states) {
    const Matrix &W = values.at("leaf_weight"), &b = values.at("leaf_bias");
    for (std::size_t e = 0; e < H; ++e) {
      const double c = product(W, 0, 0, e, row(x, j)) + element(b, e);
      const double o =
          options.output_gate ? sigmoid(product(W, H, 0, e, row(x, j)) + element(b, H + e)) : 1.0;
      states.c.at(j, e) = c;
      states.h.at(j, e) = o * std::tanh(c);
    }
  };

  const auto cell = [&](std::size_t j, ReferenceStates& states) {
    const std::span<const NodeId> C = children.of(static_cast<NodeId>(j));
    if (options.leaf_module && C.empty()) {
      leaf(j, states);
      return;
    }
    // W x + b of gate i 0, f 1, u 2, o 3.
    const auto input = [&](std::size_t g, std::size_t e) {
      if (options.leaf_module) return 0.0;
      return product(values.at("weight_ih"), g * H, 0, e, row(x, j)) +
             element(values.at("bias_ih"), g * H + e);
    };
    // The children's biases, for block g of i, u, o, f_1 … f_N.
    const auto bias = [&](std::size_t g, std::size_t e) {
      double sum = 0;
      for (std::size_t l = 0; l < N; ++l) sum += b_hh.at(l, g * H + e);
      return sum;
    };
    // Of gate i 0, u 1, o 2.
    const auto before = [&](std::size_t g, std::size_t input_gate, std::size_t e) {
      double sum = input(input_gate, e) + bias(g, e);
      for (std::size_t l = 0; l < C.size(); ++l) {
        sum += product(U, g * H, l * H, e, row(states.h, C[l]));
      }
      return sum;
    };
    const auto before_forget = [&](std::size_t k, std::size_t e) {
      double sum = input(1, e) + bias(G + k, e);
      for (std::size_t l = 0; l < C.size(); ++l) {
        if (options.off_diagonal_forget) {
          sum += product(U_f, k * H, l * H, e, row(states.h, C[l]));
        } else if (l == k) {
          sum += product(U_f, k * H, 0, e, row(states.h, C[l]));
        }
      }
      return sum;
    };
    for (std::size_t e = 0; e < H; ++e) {
      double c = sigmoid(before(0, 0, e)) * std::tanh(before(1, 2, e));
      for (std::size_t k = 0; k < C.size(); ++k) {
        c += sigmoid(before_forget(k, e)) * states.c.at(C[k], e);
      }
      const double o = options.output_gate ? sigmoid(before(2, 3, e)) : 1.0;
      states.c.at(j, e) = c;
      states.h.at(j, e) = o * std::tanh(c);
    }
  };
  return Evaluation(children, H, cell).take();
}

Values gradients_by_differences(const std::function<double(const Values&)>& loss, Values values) {
  constexpr double kStep = 1e-5;
  Values gradients;
  for (auto& [name, matrix] : values) {
    Matrix gradient(matrix.rows, matrix.cols);
    for (std::size_t i = 0; i < matrix.values.size(); ++i) {
      const double value = matrix.values[i];
      matrix.values[i] = value + kStep;
      const double above = loss(values);
      matrix.values[i] = value - kStep;
      const double below = loss(values);
      matrix.values[i] = value;
      gradient.values[i] = (above - below) / (2 * kStep);
    }
    gradients.emplace(name, std::move(gradient));
  }
  return gradients;
}

testing::AssertionResult close(const Tensor& actual, const Matrix& expected, double tolerance) {
  if (!actual.empty() && actual.size() != expected.values.size()) {
    return testing::AssertionFailure()
           << actual.size() << " elements, expected " << expected.values.size();
  }
  double greatest = 0;
  for (const double e : expected.values) greatest = std::max(greatest, std::abs(e));
  for (std::size_t i = 0; i < expected.values.size(); ++i) {
    const double a = actual.empty() ? 0.0 : static_cast<double>(actual.data()[i]);
    if (!(std::abs(a - expected.values[i]) <= tolerance * (1 + greatest))) {
      return testing::AssertionFailure()
             << "element " << i << " is " << a << ", expected " << expected.values[i];
    }
  }
  return testing::AssertionSuccess();
}

}  // namespace espalier::test
