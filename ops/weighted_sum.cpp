#include <espalier/ops/weighted_sum.h>

#include <algorithm>
#include <utility>

#include <espalier/base/error.h>
#include <espalier/base/memory.h>
#include <espalier/ops/internal/sums.h>
#include <espalier/ops/kernels.h>
#include <espalier/ops/parallel.h>

namespace espalier {
namespace {

class WeightedSum {
 public:
  WeightedSum(std::span<const Variable> parts, Variable weights)
      : parts_(parts.begin(), parts.end()), weights_(std::move(weights)) {}

  Tensor forward() const {
    Tensor y = Tensor::zeros(parts_[0].shape());
    for_rows([&](std::size_t r) {
      for (std::size_t p = 0; p < parts_.size(); ++p) {
        kernels().add_scaled(y.cols(), weights_of(r)[p], parts_[p].value().row(r).data(),
                             y.row(r).data());
      }
    });
    return y;
  }

  void backward(const Tensor& dy) const {
    if (weights_.requires_gradient()) weights_.add_gradient(weight_gradient(dy));
    for (std::size_t p = 0; p < parts_.size(); ++p) {
      if (!parts_[p].requires_gradient()) continue;
      Tensor dx = Tensor::uninitialized(dy.shape());
      for_rows([&](std::size_t r) {
        const float w = weights_of(r)[p];
        std::ranges::transform(dy.row(r), dx.row(r).begin(), [w](float d) { return w * d; });
      });
      parts_[p].add_gradient(std::move(dx));
    }
  }

 private:
  std::size_t rows() const { return parts_[0].rows(); }
  const float* weights_of(std::size_t r) const {
    return weights_.value().row(weights_.rows() == 1 ? 0 : r).data();
  }

  template <class Visit>
  void for_rows(const Visit& visit) const {
    const std::size_t block = detail::sum_block_rows(parts_[0].cols());
    parallel_rows(rows(), block, [&](std::size_t begin, std::size_t end) {
      for (std::size_t r = begin; r < end; ++r) visit(r);
    });
  }

  // Of each part the dot product of dy and it: row by row, or of all rows.
  Tensor weight_gradient(const Tensor& dy) const {
    const auto add_row = [&](std::size_t r, float* sums) {
      for (std::size_t p = 0; p < parts_.size(); ++p) {
        sums[p] += kernels().dot(dy.cols(), dy.row(r).data(), parts_[p].value().row(r).data());
      }
    };
    if (weights_.rows() == 1) return detail::sum_of_rows(rows(), weights_.shape(), add_row);
    Tensor gradient = Tensor::zeros(weights_.shape());
    for_rows([&](std::size_t r) { add_row(r, gradient.row(r).data()); });
    return gradient;
  }

  PoolVector<Variable> parts_;
  Variable weights_;
};

}  // namespace

Variable weighted_sum(std::span<const Variable> parts, const Variable& weights) {
  if (parts.empty()) throw ShapeError("weighted sum of no part, expected one or more");
  for (const Variable& part : parts) check_shape(part.shape(), parts[0].shape(), "a part of a sum");
  const std::size_t rows = weights.rows() == 1 ? 1 : parts[0].rows();
  check_shape(weights.shape(), {rows, parts.size()}, "weights of a sum");
  PoolVector<Variable> inputs(parts.begin(), parts.end());
  inputs.push_back(weights);
  const WeightedSum sum(parts, weights);
  Tensor y = sum.forward();
  return Recorder::record(std::span(&y, 1), inputs,
                          [sum](auto gradients) { sum.backward(*gradients[0]); })
      .front();
}

}  // namespace espalier
