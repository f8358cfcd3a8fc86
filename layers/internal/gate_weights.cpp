#include <espalier/layers/internal/gate_weights.h>

namespace espalier {
namespace {

std::size_t width_of(std::span<const GateRows> gates) {
  std::size_t width = 0;
  for (const GateRows& rows : gates) width += rows.count;
  return width;
}

PoolVector<MatrixView> blocks_of(const Tensor& weight, std::span<const GateRows> gates) {
  PoolVector<MatrixView> blocks;
  for (const GateRows& rows : gates) {
    blocks.push_back(weight.view().slice(rows.first, rows.first + rows.count));
  }
  return blocks;
}

}  // namespace

GateWeights::GateWeights(Variable weight, PoolVector<GateRows> main, PoolVector<GateRows> forget)
    : weight_(std::move(weight)),
      main_(std::move(main)),
      forget_(std::move(forget)),
      main_width_(width_of(main_)),
      forget_width_(width_of(forget_)),
      forward_main_(weight_.cols(), main_width_),
      backward_main_(main_width_, weight_.cols()) {
  if (forget_width_ == 0) return;
  forward_forget_.emplace(weight_.cols(), forget_width_);
  backward_forget_.emplace(forget_width_, weight_.cols());
}

void GateWeights::append_jobs(PackDirections directions, PackJobs& jobs) {
  const Tensor& w = weight_.value();
  if (directions.forward) {
    jobs.add({&forward_main_, blocks_of(w, main_), true});
    if (forward_forget_) jobs.add({&*forward_forget_, blocks_of(w, forget_), true});
  }
  if (directions.backward) {
    jobs.add({&backward_main_, blocks_of(w, main_), false});
    if (backward_forget_) jobs.add({&*backward_forget_, blocks_of(w, forget_), false});
  }
}

void GateWeights::warm_up(bool bias) const {
  forward_main_.warm_up(bias);
  if (forward_forget_) forward_forget_->warm_up(bias);
}

void append_gradient_products(const Variable& matrix, std::span<const GateRows> rows,
                              MatrixView delta, StridedView operand,
                              PoolVector<GradientProduct>& products) {
  if (!matrix.requires_gradient()) return;
  Tensor& gradient = matrix.mutable_gradient();
  std::size_t column = 0;
  for (const GateRows& gate : rows) {
    products.push_back({.a = StridedView(delta, column, gate.count),
                        .b = operand,
                        .sum = gradient.row(gate.first).data()});
    column += gate.count;
  }
}

void append_bias_products(Tensor& gradient, std::span<const GateRows> rows, MatrixView delta,
                          PoolVector<GradientProduct>& products) {
  std::size_t column = 0;
  for (const GateRows& gate : rows) {
    products.push_back({.a = StridedView(delta, column, gate.count),
                        .b = {},
                        .column_sums = gradient.data() + gate.first});
    column += gate.count;
  }
}

}  // namespace espalier
