#include <espalier/ops/layer_norm.h>

#include <cmath>

#include <espalier/base/error.h>
#include <espalier/ops/internal/sums.h>
#include <espalier/ops/parallel.h>

namespace espalier {
namespace {

// What backward needs of a row.
struct Moments {
  float mean, inverse_deviation;
};

Moments moments_of(std::span<const float> x, float epsilon) {
  const auto n = static_cast<double>(x.size());
  const double mean = detail::sum_of(x.size(), [&](std::size_t c) { return x[c]; }) / n;
  const double variance = detail::sum_of(x.size(),
                                         [&](std::size_t c) {
                                           const double d = static_cast<double>(x[c]) - mean;
                                           return d * d;
                                         }) /
                          n;
  return {static_cast<float>(mean),
          static_cast<float>(1 / std::sqrt(variance + static_cast<double>(epsilon)))};
}

}  // namespace

Variable layer_norm(const Variable& x, const Variable& given_gain, const Variable& given_bias,
                    float epsilon) {
  const std::size_t rows = x.rows(), cols = x.cols();
  const Variable gain = given_gain.defined() ? given_gain : Variable(Tensor::filled({cols}, 1.0f));
  const Variable bias = given_bias.defined() ? given_bias : Variable(Tensor::zeros({cols}));
  check_shape(gain.shape(), {cols}, "gain of a layer norm");
  check_shape(bias.shape(), {cols}, "bias of a layer norm");
  if (!(epsilon > 0)) throw OptionError(message("layer_norm: epsilon ", epsilon, ", expected > 0"));

  const std::size_t block_rows = detail::sum_block_rows(cols);
  const float* const gains = gain.value().data();
  const float* const biases = bias.value().data();
  Tensor y = Tensor::uninitialized(x.shape());
  PoolVector<Moments> moments(cols == 0 ? 0 : rows);
  parallel_rows(moments.size(), block_rows, [&](std::size_t begin, std::size_t end) {
    for (std::size_t r = begin; r < end; ++r) {
      const std::span<const float> from = x.value().row(r);
      const Moments m = moments[r] = moments_of(from, epsilon);
      const std::span<float> to = y.row(r);
      for (std::size_t c = 0; c < cols; ++c) {
        to[c] = (from[c] - m.mean) * m.inverse_deviation * gains[c] + biases[c];
      }
    }
  });

  auto backward = [=, moments = std::move(moments)](const Tensor& dy) {
    const float* const scales = gain.value().data();
    // The normalised element.
    const auto normalised = [&](std::size_t r, std::size_t c) {
      return (x.value().data()[r * cols + c] - moments[r].mean) * moments[r].inverse_deviation;
    };
    if (x.requires_gradient()) {
      Tensor dx = Tensor::uninitialized(x.shape());
      parallel_rows(moments.size(), block_rows, [&](std::size_t begin, std::size_t end) {
        for (std::size_t r = begin; r < end; ++r) {
          const float* const g = dy.data() + r * cols;
          // The mean and the deviation take the gradient's parts along 1 and along the row away.
          const auto n = static_cast<double>(cols);
          const auto along_one = static_cast<float>(
              detail::sum_of(cols, [&](std::size_t c) { return g[c] * scales[c]; }) / n);
          const auto along_row = static_cast<float>(
              detail::sum_of(cols,
                             [&](std::size_t c) { return g[c] * scales[c] * normalised(r, c); }) /
              n);
          for (std::size_t c = 0; c < cols; ++c) {
            dx.data()[r * cols + c] = moments[r].inverse_deviation *
                                      (g[c] * scales[c] - along_one - normalised(r, c) * along_row);
          }
        }
      });
      x.add_gradient(std::move(dx));
    }
    if (gain.requires_gradient()) {
      gain.add_gradient(
          detail::sum_of_rows(moments.size(), gain.shape(), [&](std::size_t r, float* sum) {
            for (std::size_t c = 0; c < cols; ++c) {
              sum[c] += dy.data()[r * cols + c] * normalised(r, c);
            }
          }));
    }
    if (bias.requires_gradient()) {
      bias.add_gradient(
          detail::sum_of_rows(moments.size(), bias.shape(), [&](std::size_t r, float* sum) {
            for (std::size_t c = 0; c < cols; ++c) sum[c] += dy.data()[r * cols + c];
          }));
    }
  };
  return record(std::move(y), {x, gain, bias}, std::move(backward));
}

}  // namespace espalier
