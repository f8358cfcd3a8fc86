#include <espalier/layers/attention_scores.h>

#include <utility>

#include <espalier/base/error.h>
#include <espalier/ops/kernels.h>
#include <espalier/ops/matmul.h>
#include <espalier/ops/parallel.h>

namespace espalier {
namespace {

// What gives a row its score, u . context with u = tanh(W h + b).
struct Question {
  LinearWeight weight;
  Variable bias, context;
};

struct Scores {
  Tensor u;       // [rows, attention].
  Tensor scores;  // [rows, 1].
};

// A tile at a time, while it is in the cache.
Scores ask(const Variable& h, const Question& question) {
  const PackedMatrix& weight = question.weight.forward();
  Scores result{.u = Tensor::uninitialized({h.rows(), weight.n()}),
                .scores = Tensor::uninitialized({h.rows(), 1})};
  parallel_rows(h.rows(), PackedMatrix::kTileRows, [&](std::size_t begin, std::size_t end) {
    const MutableMatrixView u = result.u.view().slice(begin, end);
    weight.multiply(h.value().view().slice(begin, end), u, question.bias.value().data());
    kernels().tanh(u.flat().size(), u.data, u.data);
    for (std::size_t r = 0; r < u.rows; ++r) {
      result.scores.data()[begin + r] =
          kernels().dot(u.cols, u.row(r).data(), question.context.value().data());
    }
  });
  return result;
}

// Replaces u by the gradient of W h + b.
void ask_backward(const Variable& h, const Question& question, const Tensor& d_scores, Tensor& u) {
  if (question.context.requires_gradient()) {
    const GradientProduct product{.a = d_scores.view(),
                                  .b = std::as_const(u).view(),
                                  .sum = question.context.mutable_gradient().data()};
    add_gradient_products({&product, 1});
  }
  parallel_rows(u.rows(), PackedMatrix::kTileRows, [&](std::size_t begin, std::size_t end) {
    for (std::size_t r = begin; r < end; ++r) {
      kernels().tanh_dot_backward(u.cols(), d_scores.data()[r], question.context.value().data(),
                                  u.row(r).data());
    }
  });
  const Variable &weight = question.weight.variable(), &bias = question.bias;
  GradientProduct product{.a = std::as_const(u).view(), .b = {}};
  if (weight.requires_gradient()) {
    product.b = h.value().view();
    product.sum = weight.mutable_gradient().data();
  }
  if (bias.requires_gradient()) product.column_sums = bias.mutable_gradient().data();
  add_gradient_products({&product, 1});
  if (h.requires_gradient()) add_product_to_gradient(u.view(), question.weight.backward(), h);
}

}  // namespace

// One entry on the record.
Variable attention_scores(const Variable& h, const Linear& projection, const Variable& context) {
  const Question question{projection.weight(), projection.bias(), context};
  check_shape(h.shape(), {h.rows(), question.weight.inputs()}, "input of attention");
  if (context.value().size() != question.weight.outputs()) {
    throw ShapeError(message("attention: a context of ", context.value().size(),
                             " units, expected ", question.weight.outputs()));
  }
  Scores result = ask(h, question);
  return record(std::move(result.scores),
                {h, question.weight.variable(), question.bias, question.context},
                [h, question, u = std::move(result.u)](const Tensor& d_scores) mutable {
                  ask_backward(h, question, d_scores, u);
                });
}

}  // namespace espalier
