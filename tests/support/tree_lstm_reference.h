#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <espalier/graph/structure.h>
#include <espalier/layers/child_sum_tree_lstm.h>
#include <espalier/layers/nary_tree_lstm.h>
#include <espalier/ops/module.h>

// The Tree-LSTMs in double precision, a node and an element at a time, as Tai et al. 2015 print
// them: slow, obvious, and without a line of code in common with layers/.
namespace espalier::test {

/// A row-major matrix of doubles.
struct Matrix {
  std::size_t rows = 0;
  std::size_t cols = 0;
  std::vector<double> values;

  Matrix() = default;
  Matrix(std::size_t num_rows, std::size_t num_cols)
      : rows(num_rows), cols(num_cols), values(num_rows * num_cols) {}
  explicit Matrix(const Tensor& tensor);

  double& at(std::size_t r, std::size_t c) { return values[r * cols + c]; }
  double at(std::size_t r, std::size_t c) const { return values[r * cols + c]; }
};

/// A layer's parameters by name, and "x": a row for every node, zeros for those without an input.
using Values = std::map<std::string, Matrix, std::less<>>;
Values values_of(const Module& layer, Matrix x);

struct ReferenceStates {
  Matrix h, c;
};

/// Eqs. 2-8. `children` may be any acyclic relation.
ReferenceStates node_by_node(const ChildSumTreeLSTMOptions& options, const Values& values,
                             const Relation& children);
/// Eqs. 9-14, and the authors' leaf module.
ReferenceStates node_by_node(const NaryTreeLSTMOptions& options, const Values& values,
                             const Relation& children);

/// The gradients of `loss` with respect to every value by central differences, whose own error is
/// about 1e-9.
Values gradients_by_differences(const std::function<double(const Values&)>& loss, Values values);

/// |actual - expected| <= tolerance * (1 + the greatest |expected|), everywhere. An empty tensor
/// stands for zeros, as of a gradient that nothing reached.
testing::AssertionResult close(const Tensor& actual, const Matrix& expected, double tolerance);

}  // namespace espalier::test
