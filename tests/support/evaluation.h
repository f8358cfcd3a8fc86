#pragma once

#include <cmath>
#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

#include "tests/support/tree_lstm_reference.h"

// What the references in double precision are written with.
namespace espalier::test {

using Vector = std::vector<double>;

inline double sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }

inline Vector row(const Matrix& m, std::size_t r) {
  Vector values;
  for (std::size_t c = 0; c < m.cols; ++c) values.push_back(m.at(r, c));
  return values;
}

/// Element r of (the block of m that starts at row, col) times v.
inline double product(const Matrix& m, std::size_t first_row, std::size_t first_col, std::size_t r,
                      const Vector& v) {
  double sum = 0;
  for (std::size_t c = 0; c < v.size(); ++c) sum += m.at(first_row + r, first_col + c) * v[c];
  return sum;
}

inline double element(const Matrix& bias, std::size_t i) { return bias.values[i]; }

/// One cell at every node after its predecessors, found by recursion.
class Evaluation {
 public:
  using Cell = std::function<void(std::size_t node, ReferenceStates& states)>;

  Evaluation(const Relation& predecessors, std::size_t hidden, Cell cell, bool has_c = true)
      : Evaluation({&predecessors}, hidden, std::move(cell), has_c) {}

  /// After its predecessors in all of the relations, which are over the same nodes.
  Evaluation(std::vector<const Relation*> relations, std::size_t hidden, Cell cell,
             bool has_c = true)
      : relations_(std::move(relations)),
        cell_(std::move(cell)),
        done_(relations_.front()->offsets.size() - 1) {
    states_.h = Matrix(done_.size(), hidden);
    if (has_c) states_.c = Matrix(done_.size(), hidden);
    for (std::size_t v = 0; v < done_.size(); ++v) visit(v);
  }
  ReferenceStates take() && { return std::move(states_); }

 private:
  void visit(std::size_t v) {
    if (done_[v]) return;
    for (const Relation* relation : relations_) {
      for (const NodeId p : relation->of(static_cast<NodeId>(v))) visit(p);
    }
    cell_(v, states_);
    done_[v] = true;
  }

  std::vector<const Relation*> relations_;
  Cell cell_;
  std::vector<bool> done_;
  ReferenceStates states_;
};

}  // namespace espalier::test
