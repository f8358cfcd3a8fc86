#include <espalier/ops/margin_loss.h>

#include <cmath>

#include <espalier/base/error.h>
#include <espalier/ops/internal/record_loss.h>
#include <espalier/ops/internal/sums.h>

namespace espalier {
namespace {

void check_margin(float margin, const char* what) {
  if (!(margin >= 0)) {
    throw OptionError(message(what, ": margin ", margin, ", expected 0 or more"));
  }
}

double factor_of(Reduction reduction, std::size_t count) {
  return reduction == Reduction::kSum ? 1.0 : detail::mean_factor(count);
}

// The sum over rows of row_loss(r), in blocks of rows.
template <class RowLoss>
double sum_over_rows(std::size_t rows, std::size_t cols, const RowLoss& row_loss) {
  return detail::sum_of_blocks(rows, detail::sum_block_rows(cols),
                               [&](std::size_t begin, std::size_t end) {
                                 double sum = 0;
                                 for (std::size_t r = begin; r < end; ++r) sum += row_loss(r);
                                 return sum;
                               });
}

double distance(std::span<const float> a, std::span<const float> b) {
  return std::sqrt(detail::sum_of(a.size(), [&](std::size_t c) {
    const double d = static_cast<double>(a[c]) - static_cast<double>(b[c]);
    return d * d;
  }));
}

}  // namespace

Variable multi_class_margin(const Variable& scores, std::span<const std::int32_t> labels,
                            float margin, Reduction reduction) {
  const std::size_t rows = scores.rows(), classes = scores.cols();
  if (labels.size() != rows) {
    throw ShapeError(message("multi_class_margin: ", labels.size(), " labels for scores ",
                             scores.shape().to_string(), ", expected ", rows,
                             ", one for each row"));
  }
  for (std::size_t i = 0; i < rows; ++i) {
    if (labels[i] < 0 || static_cast<std::size_t>(labels[i]) >= classes) {
      throw ShapeError(message("multi_class_margin: label ", labels[i], " at position ", i,
                               ", expected less than the number of classes, ", classes));
    }
  }
  check_margin(margin, "multi_class_margin");

  Tensor derivative = Tensor::zeros(scores.shape());
  const double total = sum_over_rows(rows, classes, [&](std::size_t r) {
    const std::span<const float> s = scores.value().row(r);
    const std::span<float> d = derivative.row(r);
    const auto label = static_cast<std::size_t>(labels[r]);
    const double wanted = static_cast<double>(s[label]) - static_cast<double>(margin);
    double loss = 0;
    for (std::size_t c = 0; c < classes; ++c) {
      const double excess = static_cast<double>(s[c]) - wanted;
      if (c == label || !(excess > 0)) continue;
      loss += excess;
      d[c] += 1;
      d[label] -= 1;
    }
    return loss;
  });
  return detail::record_loss({scores}, total, std::array{std::move(derivative)},
                             factor_of(reduction, rows));
}

Variable margin_ranking(const Variable& better, const Variable& worse, float margin,
                        Reduction reduction) {
  check_shape(worse.shape(), better.shape(), "margin_ranking: worse");
  check_margin(margin, "margin_ranking");
  const std::size_t n = better.value().size();
  Tensor d_better = Tensor::zeros(better.shape());
  Tensor d_worse = Tensor::zeros(worse.shape());
  const double total = sum_over_rows(n, 1, [&](std::size_t i) {
    const double excess = static_cast<double>(margin) -
                          static_cast<double>(better.value().data()[i]) +
                          static_cast<double>(worse.value().data()[i]);
    if (!(excess > 0)) return 0.0;
    d_better.data()[i] = -1;
    d_worse.data()[i] = 1;
    return excess;
  });
  return detail::record_loss({better, worse}, total,
                             std::array{std::move(d_better), std::move(d_worse)},
                             factor_of(reduction, n));
}

Variable triplet_margin(const Variable& anchor, const Variable& positive, const Variable& negative,
                        float margin, Reduction reduction) {
  check_shape(positive.shape(), anchor.shape(), "triplet_margin: positive");
  check_shape(negative.shape(), anchor.shape(), "triplet_margin: negative");
  check_margin(margin, "triplet_margin");
  const std::size_t rows = anchor.rows(), cols = anchor.cols();
  std::array<Tensor, 3> derivatives;
  for (Tensor& d : derivatives) d = Tensor::zeros(anchor.shape());
  const double total = sum_over_rows(rows, cols, [&](std::size_t r) {
    const std::span<const float> a = anchor.value().row(r);
    const std::span<const float> p = positive.value().row(r);
    const std::span<const float> n = negative.value().row(r);
    const double near = distance(a, p), far = distance(a, n);
    const double excess = static_cast<double>(margin) + near - far;
    if (!(excess > 0)) return 0.0;
    for (std::size_t c = 0; c < cols; ++c) {
      const auto along = [c](std::span<const float> from, std::span<const float> to,
                             double length) {
        return length == 0
                   ? 0.0f
                   : static_cast<float>(
                         (static_cast<double>(from[c]) - static_cast<double>(to[c])) / length);
      };
      const float to_near = along(a, p, near), to_far = along(a, n, far);
      derivatives[0].at(r, c) = to_near - to_far;
      derivatives[1].at(r, c) = -to_near;
      derivatives[2].at(r, c) = to_far;
    }
    return excess;
  });
  return detail::record_loss({anchor, positive, negative}, total, std::move(derivatives),
                             factor_of(reduction, rows));
}

}  // namespace espalier
