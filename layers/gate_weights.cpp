#include <espalier/layers/gate_weights.h>

#include <algorithm>

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

// The gates' rows stacked, as they stand.
void pack_stacked(PackedMatrix& packed, const Tensor& weight, std::span<const GateRows> gates) {
  Tensor stacked = Tensor::uninitialized({packed.k(), packed.n()});
  float* to = stacked.data();
  for (const MatrixView& block : blocks_of(weight, gates)) {
    to = std::copy_n(block.data, block.rows * block.cols, to);
  }
  packed.pack(stacked.view());
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

void GateWeights::refresh(bool for_backward) {
  const Tensor& w = weight_.value();
  if (forward_version_ != weight_.version()) {
    forward_version_ = weight_.version();
    forward_main_.pack_transposed(blocks_of(w, main_));
    if (forward_forget_) forward_forget_->pack_transposed(blocks_of(w, forget_));
  }
  if (for_backward && backward_version_ != weight_.version()) {
    backward_version_ = weight_.version();
    pack_stacked(backward_main_, w, main_);
    if (backward_forget_) pack_stacked(*backward_forget_, w, forget_);
  }
}

void append_gradient_products(const Variable& matrix, std::span<const GateRows> rows,
                              MatrixView delta, MatrixView operand,
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

void append_bias_products(const Variable& bias, std::span<const GateRows> rows, MatrixView delta,
                          PoolVector<GradientProduct>& products) {
  if (!bias.requires_gradient()) return;
  Tensor& gradient = bias.mutable_gradient();
  std::size_t column = 0;
  for (const GateRows& gate : rows) {
    products.push_back({.a = StridedView(delta, column, gate.count),
                        .b = {},
                        .column_sums = gradient.data() + gate.first});
    column += gate.count;
  }
}

}  // namespace espalier
