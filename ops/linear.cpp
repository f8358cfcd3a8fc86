#include <espalier/ops/linear.h>

#include <array>

#include <espalier/base/error.h>
#include <espalier/ops/packed_weights.h>

namespace espalier {

struct LinearWeight::Packed {
  PackedMatrix forward, backward;
  PackedWeights weights;
};

LinearWeight::LinearWeight(Variable weight)
    : weight_(std::move(weight)),
      packed_(new Packed{.forward = PackedMatrix(inputs(), outputs()),
                         .backward = PackedMatrix(outputs(), inputs()),
                         .weights = PackedWeights({weight_})}) {}

const PackedMatrix& LinearWeight::forward() const {
  packed_->weights.refresh({.forward = true}, [&](PackDirections) {
    packed_->forward.pack_transposed(std::array{weight_.value().view()});
  });
  return packed_->forward;
}

const PackedMatrix& LinearWeight::backward() const {
  packed_->weights.refresh({.backward = true},
                           [&](PackDirections) { packed_->backward.pack(weight_.value().view()); });
  return packed_->backward;
}

void add_product_to_gradient(MatrixView y, const PackedMatrix& b, const Variable& x) {
  if (!x.gradient().empty()) {
    parallel_multiply(y, b, x.mutable_gradient().view(), nullptr, Store::kAdd);
    return;
  }
  Tensor dx = Tensor::uninitialized(x.shape());
  parallel_multiply(y, b, dx.view());
  x.add_gradient(std::move(dx));
}

Variable linear(const Variable& x, const LinearWeight& weight, const Variable& bias) {
  check_shape(x.shape(), {x.rows(), weight.inputs()}, "input of a linear map");
  if (bias.defined()) check_shape(bias.shape(), {weight.outputs()}, "bias of a linear map");
  Tensor y = Tensor::uninitialized({x.rows(), weight.outputs()});
  parallel_multiply(x.value().view(), weight.forward(), y.view(),
                    bias.defined() ? bias.value().data() : nullptr);
  return record(std::move(y), {x, weight.variable(), bias}, [=](const Tensor& dy) {
    GradientProduct product{.a = dy.view(), .b = x.value().view()};
    const Variable& w = weight.variable();
    if (w.requires_gradient()) {
      product.sum = w.mutable_gradient().data();
    } else {
      product.b = {};
    }
    if (bias.requires_gradient()) product.column_sums = bias.mutable_gradient().data();
    add_gradient_products(std::array{product});
    if (x.requires_gradient()) add_product_to_gradient(dy.view(), weight.backward(), x);
  });
}

}  // namespace espalier
