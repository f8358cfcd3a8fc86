#pragma once

#include <cstdint>
#include <span>

#include <espalier/ops/variable.h>

namespace espalier {

/// Row by row exp(x) over its sum. Minus infinity gives 0, so does a row of nothing else.
Variable softmax(const Variable& logits);

/// The same for plain matrices of equal size, which may be one and the same.
void softmax_rows(MatrixView in, MutableMatrixView out);

/// What becomes of the losses of the rows.
enum class Reduction { kSum, kMean };

struct CrossEntropyOptions {
  Reduction reduction = Reduction::kMean;  ///< The mean is over the rows that count.
  std::int32_t ignored_label = -1;         ///< A row with this label does not count.
  float scale = 1.0f;                      ///< Multiplies the loss, and so its gradient.
};

/// -log softmax(logits)[labels] over the rows of `logits`, [n, classes]; a result of shape [1]. It
/// is 0, and so is its gradient, if no row counts. Throws ShapeError unless there are n labels,
/// each a class or the ignored one; it names the place.
Variable softmax_cross_entropy(const Variable& logits, std::span<const std::int32_t> labels,
                               const CrossEntropyOptions& options = {});

/// sum of p (log p - log softmax(logits)) over the rows of `logits` and `targets`, both [n,
/// classes], with 0 log 0 = 0; shape [1]. The mean is over rows. Targets need not sum to 1. Throws
/// ShapeError if the shapes differ, OptionError if a target is negative or no number.
Variable kl_divergence(const Variable& logits, const Tensor& targets,
                       Reduction reduction = Reduction::kMean);

/// The mean of (prediction - target)^2 over all elements, [1]; 0 if there is none.
/// Throws ShapeError if the shapes differ.
Variable mean_squared_error(const Variable& prediction, const Tensor& target);

/// -t log sigmoid(x) - (1 - t) log sigmoid(-x) over all elements x of `logits` and t of `targets`,
/// of the same shape; [1], 0 if there is none. Computed as max(x, 0) - x t + log(1 + exp(-|x|)),
/// which neither overflows nor loses digits. Throws ShapeError if the shapes differ, OptionError
/// unless targets are from 0 to 1.
Variable binary_cross_entropy(const Variable& logits, const Tensor& targets,
                              Reduction reduction = Reduction::kMean);

/// d^2 / 2 where |d| <= delta, and delta (|d| - delta / 2) beyond, for d = prediction - target:
/// outliers pull with a bounded force. Over all elements, [1]; 0 if there is none. Huber, "Robust
/// Estimation of a Location Parameter", 1964. Throws ShapeError if the shapes differ, OptionError
/// unless delta > 0.
Variable huber_loss(const Variable& prediction, const Tensor& target, float delta = 1.0f,
                    Reduction reduction = Reduction::kMean);

}  // namespace espalier
