#include <espalier/layers/input_gates.h>

#include <algorithm>

#include <espalier/ops/kernels.h>
#include <espalier/ops/parallel.h>

namespace espalier {
namespace {

// Rows of `from` that the inputs belong to; a view where they are its first rows.
MatrixView rows_with_input(const OrderedInputs& inputs, MatrixView from, Tensor& gathered) {
  if (inputs.size() == 0 || inputs.row(inputs.size() - 1) + 1 == inputs.size()) {
    return from.slice(0, inputs.size());
  }
  gathered = Tensor::uninitialized({inputs.size(), from.cols});
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    std::copy_n(from.row(inputs.row(i)).data(), from.cols, gathered.row(i).data());
  }
  return gathered.view();
}

}  // namespace

InputGates::InputGates(const GateWeights& weights, OrderedInputs inputs, PoolVector<float> bias,
                       const Schedule& schedule)
    : weights_(weights), inputs_(std::move(inputs)), bias_(std::move(bias)) {
  const NodeId num_outer = schedule.num_nodes() == 0 ? 0 : schedule.wavefront(0).size();
  first_inner_ = inputs_.within({0, num_outer}).second;
}

void InputGates::begin() {
  const std::size_t count = inputs_.size() - first_inner_;
  if (count == 0) return;
  const MatrixView x = inputs_.x().slice(first_inner_, inputs_.size());
  projected_main_ = Tensor::uninitialized({count, weights_.main_width()});
  multiply(x, weights_.forward_main(), projected_main_.view(), main_bias());
  if (weights_.forget_width() == 0) return;
  projected_forget_ = Tensor::uninitialized({count, weights_.forget_width()});
  multiply(x, weights_.forward_forget(), projected_forget_.view(),
           main_bias() + weights_.main_width());
}

bool InputGates::start(const Tile& tile, MutableMatrixView gates) const {
  const auto [first, last] = inputs_.within(tile.rows());
  const bool outer = tile.level() == 0;
  if (first == last && !outer) return false;

  MatrixView projected;
  if (outer) {
    const MatrixView x = inputs_.x().slice(first, last);
    if (last - first == tile.size()) {
      weights_.forward_main().multiply(x, gates, main_bias());
      return true;
    }
    const MutableMatrixView to = tile.scratch(last - first, gates.cols);
    weights_.forward_main().multiply(x, to, main_bias());
    projected = to;
  } else {
    projected = projected_main_.view().slice(first - first_inner_, last - first_inner_);
  }
  std::size_t next = first;
  for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
    const bool has_input = next < last && inputs_.row(next) == row;
    const float* const from = has_input ? projected.row(next++ - first).data() : main_bias();
    std::copy_n(from, gates.cols, gates.row(row - tile.rows().begin).data());
  }
  return true;
}

const float* InputGates::forget(NodeId row) const {
  const auto [first, last] = inputs_.within({row, row + 1});
  if (first == last) return main_bias() + weights_.main_width();
  return projected_forget_.row(first - first_inner_).data();
}

void InputGates::finish(MatrixView d_main, MatrixView d_forget,
                        PoolVector<GradientProduct>& products) {
  if (inputs_.size() == 0) return;
  d_main = rows_with_input(inputs_, d_main, gathered_main_);
  const bool inner = weights_.forget_width() > 0 && reach_inner_nodes();
  if (inner) {
    d_forget = rows_with_input(inputs_, d_forget, gathered_forget_);
    d_forget = d_forget.slice(first_inner_, inputs_.size());
  }

  append_gradient_products(weights_.weight(), weights_.main(), d_main, inputs_.x(), products);
  if (inner) {
    append_gradient_products(weights_.weight(), weights_.forget(), d_forget,
                             inputs_.x().slice(first_inner_, inputs_.size()), products);
  }
  if (inputs_.variable().requires_gradient()) {
    Tensor dx = Tensor::uninitialized({inputs_.size(), weights_.cols()});
    multiply(d_main, weights_.backward_main(), dx.view());
    if (inner) {
      multiply(d_forget, weights_.backward_forget(), dx.view().slice(first_inner_, inputs_.size()),
               nullptr, Store::kAdd);
    }
    inputs_.add_gradient(std::move(dx));
  }
}

}  // namespace espalier
