#include <espalier/ops/loss.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <limits>

#include <espalier/base/error.h>
#include <espalier/ops/internal/record_loss.h>
#include <espalier/ops/internal/sums.h>
#include <espalier/ops/kernels.h>
#include <espalier/ops/parallel.h>

namespace espalier {
namespace {

std::size_t block_rows(std::size_t cols) { return 4096 / std::max<std::size_t>(cols, 1) + 1; }

void softmax_block(MatrixView in, MutableMatrixView out) {
  const std::size_t cols = in.cols;
  for (std::size_t i = 0; i < in.rows * cols; i += cols) {
    float max = std::numeric_limits<float>::lowest();  // And no less: -inf - -inf would be NaN.
    for (std::size_t c = 0; c < cols; ++c) max = std::max(max, in.data[i + c]);
    for (std::size_t c = 0; c < cols; ++c) out.data[i + c] = in.data[i + c] - max;
  }
  kernels().exp(out.rows * cols, out.data, out.data);
  for (std::size_t i = 0; i < out.rows * cols; i += cols) {
    float sum = 0;
    for (std::size_t c = 0; c < cols; ++c) sum += out.data[i + c];
    if (sum == 0) continue;
    for (std::size_t c = 0; c < cols; ++c) out.data[i + c] /= sum;
  }
}

// log softmax(logits)[c] = logits[c] - log_sum_exp(logits, softmax(logits)). Exact where the
// probability of c has long become 0: it looks at the likeliest class, which has 1 / classes or
// more.
double log_sum_exp(std::span<const float> logits, std::span<const float> probabilities) {
  const auto best = std::max_element(logits.begin(), logits.end()) - logits.begin();
  const auto i = static_cast<std::size_t>(best);
  return static_cast<double>(logits[i]) - std::log(static_cast<double>(probabilities[i]));
}

using detail::mean_factor;
using detail::record_loss;

// The sum or the mean of term(x_i, target_i, &derivative by x_i).
template <class Term>
Variable elementwise_loss(const Variable& x, const Tensor& target, Reduction reduction,
                          const Term& term) {
  Tensor derivative = Tensor::uninitialized(x.shape());
  const double total = detail::sum_of_blocks(
      x.value().size(), detail::kSumBlock, [&](std::size_t begin, std::size_t end) {
        double sum = 0;
        for (std::size_t i = begin; i < end; ++i) {
          sum += term(x.value().data()[i], target.data()[i], derivative.data() + i);
        }
        return sum;
      });
  const double factor = reduction == Reduction::kSum ? 1.0 : mean_factor(x.value().size());
  return record_loss({x}, total, std::array{std::move(derivative)}, factor);
}

}  // namespace

void softmax_rows(MatrixView in, MutableMatrixView out) {
  assert(in.rows == out.rows && in.cols == out.cols);
  if (in.cols == 0) return;
  parallel_rows(in.rows, block_rows(in.cols), [&](std::size_t begin, std::size_t end) {
    softmax_block(in.slice(begin, end), out.slice(begin, end));
  });
}

Variable softmax(const Variable& logits) {
  Tensor result = Tensor::uninitialized(logits.shape());
  softmax_rows(logits.value().view(), result.view());
  const float* const y = result.data();  // Alive whenever a gradient reached it.
  return record(std::move(result), {logits}, [logits, y](const Tensor& gradient) {
    const std::size_t cols = logits.cols();
    Tensor dx = Tensor::uninitialized(logits.shape());
    parallel_rows(logits.rows(), block_rows(cols), [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin * cols; i < end * cols; i += cols) {
        const float* const g = gradient.data() + i;
        float sum = 0;
        for (std::size_t c = 0; c < cols; ++c) sum += g[c] * y[i + c];
        for (std::size_t c = 0; c < cols; ++c) dx.data()[i + c] = y[i + c] * (g[c] - sum);
      }
    });
    logits.add_gradient(std::move(dx));
  });
}

Variable softmax_cross_entropy(const Variable& logits, std::span<const std::int32_t> labels,
                               const CrossEntropyOptions& options) {
  const std::size_t classes = logits.cols();
  if (labels.size() != logits.rows()) {
    throw ShapeError(message("softmax_cross_entropy: ", labels.size(), " labels, expected ",
                             logits.rows(), ", one for each row"));
  }
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] == options.ignored_label) continue;
    if (labels[i] < 0 || static_cast<std::size_t>(labels[i]) >= classes) {
      throw ShapeError(message("softmax_cross_entropy: label ", labels[i], " at position ", i,
                               ", expected less than the number of classes, ", classes, ", or ",
                               options.ignored_label, " for none"));
    }
  }

  // The gradient is softmax(logits), less 1 at the label.
  Tensor derivative = Tensor::uninitialized(logits.shape());
  softmax_rows(logits.value().view(), derivative.view());
  double total = 0;
  std::size_t count = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const std::span<float> d = derivative.row(i);
    if (labels[i] == options.ignored_label) {
      std::fill(d.begin(), d.end(), 0.0f);
      continue;
    }
    const std::span<const float> x = logits.value().row(i);
    const auto label = static_cast<std::size_t>(labels[i]);
    total += log_sum_exp(x, d) - static_cast<double>(x[label]);
    d[label] -= 1;
    ++count;
  }
  const double share = options.reduction == Reduction::kSum ? 1.0 : mean_factor(count);
  return record_loss({logits}, total, std::array{std::move(derivative)},
                     share * static_cast<double>(options.scale));
}

Variable kl_divergence(const Variable& logits, const Tensor& targets, Reduction reduction) {
  check_shape(targets.shape(), logits.shape(), "kl_divergence: targets");
  // The gradient is softmax(logits) times the sum of the targets, less the targets.
  Tensor derivative = Tensor::uninitialized(logits.shape());
  softmax_rows(logits.value().view(), derivative.view());
  double total = 0;
  for (std::size_t i = 0; i < (logits.cols() == 0 ? 0 : logits.rows()); ++i) {
    const std::span<const float> x = logits.value().row(i);
    const std::span<const float> p = targets.row(i);
    const std::span<float> d = derivative.row(i);
    const double log_sum = log_sum_exp(x, d);
    float mass = 0;
    for (std::size_t c = 0; c < p.size(); ++c) {
      if (!(p[c] >= 0)) {
        throw OptionError(message("kl_divergence: target ", p[c], " at row ", i, ", column ", c,
                                  ", expected 0 or more"));
      }
      if (p[c] == 0) continue;
      const auto p_c = static_cast<double>(p[c]);
      total += p_c * (std::log(p_c) - (static_cast<double>(x[c]) - log_sum));
      mass += p[c];
    }
    for (std::size_t c = 0; c < p.size(); ++c) d[c] = d[c] * mass - p[c];
  }
  return record_loss({logits}, total, std::array{std::move(derivative)},
                     reduction == Reduction::kSum ? 1.0 : mean_factor(logits.rows()));
}

Variable mean_squared_error(const Variable& prediction, const Tensor& target) {
  check_shape(target.shape(), prediction.shape(), "mean_squared_error: target");
  return elementwise_loss(prediction, target, Reduction::kMean, [](float x, float t, float* dx) {
    const float difference = x - t;
    *dx = 2 * difference;
    return static_cast<double>(difference) * static_cast<double>(difference);
  });
}

Variable binary_cross_entropy(const Variable& logits, const Tensor& targets, Reduction reduction) {
  check_shape(targets.shape(), logits.shape(), "binary_cross_entropy: targets");
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const float t = targets.data()[i];
    if (!(t >= 0 && t <= 1)) {
      throw OptionError(
          message("binary_cross_entropy: target ", t, " at element ", i, ", expected 0 to 1"));
    }
  }
  return elementwise_loss(logits, targets, reduction, [](float x, float t, float* dx) {
    const double e = std::exp(-std::fabs(static_cast<double>(x)));
    const double sigmoid = (x < 0 ? e : 1.0) / (1.0 + e);
    *dx = static_cast<float>(sigmoid - static_cast<double>(t));
    return static_cast<double>(std::max(x, 0.0f)) -
           static_cast<double>(x) * static_cast<double>(t) + std::log1p(e);
  });
}

Variable huber_loss(const Variable& prediction, const Tensor& target, float delta,
                    Reduction reduction) {
  check_shape(target.shape(), prediction.shape(), "huber_loss: target");
  if (!(delta > 0)) throw OptionError(message("huber_loss: delta ", delta, ", expected > 0"));
  return elementwise_loss(prediction, target, reduction, [delta](float x, float t, float* dx) {
    const double d = static_cast<double>(x) - static_cast<double>(t);
    const auto limit = static_cast<double>(delta);
    *dx = static_cast<float>(std::clamp(d, -limit, limit));
    return std::fabs(d) <= limit ? d * d / 2 : limit * (std::fabs(d) - limit / 2);
  });
}

}  // namespace espalier
