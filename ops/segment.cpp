#include <espalier/ops/segment.h>

#include <algorithm>
#include <limits>

#include <espalier/base/error.h>
#include <espalier/ops/kernels.h>
#include <espalier/ops/parallel.h>

namespace espalier {
namespace {

// A copy of the offsets, for the backward pass.
class Segments {
 public:
  Segments(const Variable& x, std::span<const std::uint64_t> offsets, const char* what)
      : offsets_(offsets.begin(), offsets.end()), cols_(x.cols()) {
    if (offsets.empty()) {
      throw ShapeError(message(what, ": no offsets, expected one more than there are segments"));
    }
    if (offsets.front() != 0) {
      throw ShapeError(message(what, ": offsets[0] is ", offsets.front(), ", expected 0"));
    }
    for (std::size_t s = 1; s < offsets.size(); ++s) {
      if (offsets[s] < offsets[s - 1]) {
        throw ShapeError(message(what, ": offsets[", s, "] is ", offsets[s],
                                 ", expected at least offsets[", s - 1, "], ", offsets[s - 1]));
      }
    }
    if (offsets.back() != x.rows()) {
      throw ShapeError(message(what, ": the last offset is ", offsets.back(), ", expected ",
                               x.rows(), ", the number of rows"));
    }
  }

  std::size_t size() const { return offsets_.size() - 1; }
  Shape result_shape() const { return {size(), cols_}; }

  // body(s, begin, end) for every segment s and its rows, side by side. A block is as many segments
  // as have some 16 K elements on average.
  template <class Body>
  void each(const Body& body) const {
    const std::size_t elements = (offsets_.back() + size()) * cols_;
    const std::size_t num_blocks = std::clamp<std::size_t>(elements / (16 * 1024), 1, size() + 1);
    parallel_rows(size(), size() / num_blocks + 1, [&](std::size_t first, std::size_t last) {
      for (std::size_t s = first; s < last; ++s) body(s, offsets_[s], offsets_[s + 1]);
    });
  }

 private:
  PoolVector<std::uint64_t> offsets_;
  std::size_t cols_;
};

Tensor sum_segments(const Tensor& x, const Segments& segments) {
  const std::size_t cols = x.cols();
  const auto& add = kernels().add;
  Tensor sums = Tensor::zeros(segments.result_shape());
  segments.each([&](std::size_t s, std::size_t begin, std::size_t end) {
    for (std::size_t r = begin; r < end; ++r) {
      add(cols, x.data() + r * cols, sums.data() + s * cols);
    }
  });
  return sums;
}

// max[s] over the rows of segment s; what was there stays for an empty one.
void max_segments(const Tensor& x, const Segments& segments, Tensor& max) {
  const std::size_t cols = x.cols();
  segments.each([&](std::size_t s, std::size_t begin, std::size_t end) {
    if (begin == end) return;
    float* const m = max.data() + s * cols;
    std::copy_n(x.data() + begin * cols, cols, m);
    for (std::size_t r = begin + 1; r < end; ++r) {
      const float* const x_r = x.data() + r * cols;
      for (std::size_t c = 0; c < cols; ++c) {
        if (x_r[c] > m[c] || x_r[c] != x_r[c]) m[c] = x_r[c];
      }
    }
  });
}

}  // namespace

Variable segment_sum(const Variable& x, std::span<const std::uint64_t> offsets) {
  Segments segments(x, offsets, "segment_sum");
  Tensor sums = sum_segments(x.value(), segments);
  return record(std::move(sums), {x}, [x, segments = std::move(segments)](const Tensor& gradient) {
    const std::size_t cols = x.cols();
    Tensor dx = Tensor::uninitialized(x.shape());
    segments.each([&](std::size_t s, std::size_t begin, std::size_t end) {
      for (std::size_t r = begin; r < end; ++r) {
        std::copy_n(gradient.data() + s * cols, cols, dx.data() + r * cols);
      }
    });
    x.add_gradient(std::move(dx));
  });
}

Variable segment_mean(const Variable& x, std::span<const std::uint64_t> offsets) {
  Segments segments(x, offsets, "segment_mean");
  const std::size_t num_cols = x.cols();
  Tensor means = sum_segments(x.value(), segments);
  segments.each([&](std::size_t s, std::size_t begin, std::size_t end) {
    const auto count = static_cast<float>(std::max<std::size_t>(end - begin, 1));
    for (std::size_t c = 0; c < num_cols; ++c) means.data()[s * num_cols + c] /= count;
  });
  return record(std::move(means), {x}, [x, segments = std::move(segments)](const Tensor& gradient) {
    const std::size_t cols = x.cols();
    Tensor dx = Tensor::uninitialized(x.shape());
    segments.each([&](std::size_t s, std::size_t begin, std::size_t end) {
      const auto count = static_cast<float>(end - begin);
      const float* const g = gradient.data() + s * cols;
      for (std::size_t r = begin; r < end; ++r) {
        for (std::size_t c = 0; c < cols; ++c) dx.data()[r * cols + c] = g[c] / count;
      }
    });
    x.add_gradient(std::move(dx));
  });
}

Variable segment_weighted_sum(const Variable& x, const Variable& weights,
                              std::span<const std::uint64_t> offsets) {
  Segments segments(x, offsets, "segment_weighted_sum");
  check_shape(weights.shape(), {x.rows(), 1}, "weights of segment_weighted_sum");
  const std::size_t num_cols = x.cols();
  Tensor sums = Tensor::zeros(segments.result_shape());
  segments.each([&](std::size_t s, std::size_t begin, std::size_t end) {
    for (std::size_t r = begin; r < end; ++r) {
      kernels().add_scaled(num_cols, weights.value().data()[r], x.value().data() + r * num_cols,
                           sums.data() + s * num_cols);
    }
  });
  return record(std::move(sums), {x, weights},
                [x, weights, segments = std::move(segments)](const Tensor& gradient) {
                  const std::size_t cols = x.cols();
                  Tensor dx = Tensor::uninitialized(x.shape());
                  Tensor d_weights = Tensor::uninitialized(weights.shape());
                  segments.each([&](std::size_t s, std::size_t begin, std::size_t end) {
                    const float* const g = gradient.data() + s * cols;
                    for (std::size_t r = begin; r < end; ++r) {
                      std::fill_n(dx.data() + r * cols, cols, 0.0f);
                      kernels().add_scaled(cols, weights.value().data()[r], g,
                                           dx.data() + r * cols);
                      d_weights.data()[r] = kernels().dot(cols, g, x.value().data() + r * cols);
                    }
                  });
                  if (x.requires_gradient()) x.add_gradient(std::move(dx));
                  if (weights.requires_gradient()) weights.add_gradient(std::move(d_weights));
                });
}

Variable segment_max(const Variable& x, std::span<const std::uint64_t> offsets) {
  Segments segments(x, offsets, "segment_max");
  Tensor maxima = Tensor::zeros(segments.result_shape());
  max_segments(x.value(), segments, maxima);
  const float* const max = maxima.data();  // Alive whenever a gradient reached it.
  return record(std::move(maxima), {x},
                [x, max, segments = std::move(segments)](const Tensor& gradient) {
                  const std::size_t cols = x.cols();
                  Tensor dx = Tensor::uninitialized(x.shape());
                  // The first row that has the maximum takes the gradient and leaves nothing.
                  Tensor left = gradient.clone();
                  segments.each([&](std::size_t s, std::size_t begin, std::size_t end) {
                    const float* const m = max + s * cols;
                    float* const g = left.data() + s * cols;
                    for (std::size_t r = begin; r < end; ++r) {
                      const float* const x_r = x.value().data() + r * cols;
                      float* const dx_r = dx.data() + r * cols;
                      for (std::size_t c = 0; c < cols; ++c) {
                        const bool takes = x_r[c] == m[c];
                        dx_r[c] = takes ? g[c] : 0.0f;
                        g[c] = takes ? 0.0f : g[c];
                      }
                    }
                  });
                  x.add_gradient(std::move(dx));
                });
}

Variable segment_softmax(const Variable& x, std::span<const std::uint64_t> offsets) {
  Segments segments(x, offsets, "segment_softmax");
  const std::size_t num_cols = x.cols();
  Tensor max = Tensor::zeros(segments.result_shape());
  max_segments(x.value(), segments, max);
  Tensor sums = Tensor::zeros(segments.result_shape());
  Tensor result = Tensor::uninitialized(x.shape());
  segments.each([&](std::size_t s, std::size_t begin, std::size_t end) {
    const std::size_t size = (end - begin) * num_cols;
    const float* const from = x.value().data() + begin * num_cols;
    float* const to = result.data() + begin * num_cols;
    float* const m = max.data() + s * num_cols;
    float* const sum = sums.data() + s * num_cols;
    for (std::size_t c = 0; c < num_cols; ++c) {
      m[c] = std::max(m[c], std::numeric_limits<float>::lowest());  // -inf - -inf would be NaN.
    }
    for (std::size_t i = 0; i < size; i += num_cols) {
      for (std::size_t c = 0; c < num_cols; ++c) to[i + c] = from[i + c] - m[c];
    }
    kernels().exp(size, to, to);
    for (std::size_t i = 0; i < size; i += num_cols) kernels().add(num_cols, to + i, sum);
    for (std::size_t c = 0; c < num_cols; ++c) {
      if (sum[c] == 0) sum[c] = 1;  // All are 0, and shall stay so.
    }
    for (std::size_t i = 0; i < size; i += num_cols) {
      for (std::size_t c = 0; c < num_cols; ++c) to[i + c] /= sum[c];
    }
  });

  const float* const y = result.data();  // Alive whenever a gradient reached it.
  return record(std::move(result), {x},
                [x, y, segments = std::move(segments)](const Tensor& gradient) {
                  // dx = y * (g - sum of g * y over the segment), and g * y is wanted only once.
                  const std::size_t cols = x.cols();
                  Tensor dx = Tensor::uninitialized(x.shape());
                  Tensor sums = Tensor::zeros(segments.result_shape());
                  segments.each([&](std::size_t s, std::size_t begin, std::size_t end) {
                    float* const sum = sums.data() + s * cols;
                    for (std::size_t i = begin * cols; i < end * cols; i += cols) {
                      for (std::size_t c = 0; c < cols; ++c) {
                        sum[c] += gradient.data()[i + c] * y[i + c];
                      }
                    }
                    for (std::size_t i = begin * cols; i < end * cols; i += cols) {
                      for (std::size_t c = 0; c < cols; ++c) {
                        dx.data()[i + c] = y[i + c] * (gradient.data()[i + c] - sum[c]);
                      }
                    }
                  });
                  x.add_gradient(std::move(dx));
                });
}

}  // namespace espalier
