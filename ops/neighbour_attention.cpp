#include <espalier/ops/neighbour_attention.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <espalier/base/error.h>
#include <espalier/ops/internal/neighbour_kernels.h>
#include <espalier/ops/kernels.h>
#include <espalier/ops/matmul.h>
#include <espalier/ops/parallel.h>

namespace espalier {
namespace {

constexpr std::size_t kBlockRows = 32;

// One call of neighbour_attention(), from the forward pass to the backward pass.
class Attention {
 public:
  Attention(const SparsePattern& pattern, const AttentionScores& scores, HeadWidth head,
            float dropout, Rng& rng)
      : pattern_(pattern),
        scores_(scores),
        head_(head),
        scale_(1.0f / (1.0f - dropout)),
        max_(Tensor::uninitialized({pattern.num_rows, head.heads})),
        inverse_sum_(Tensor::uninitialized({pattern.num_rows, head.heads})) {
    if (dropout == 0.0f) return;
    key_ = rng.next64();
    limit_ = static_cast<std::uint32_t>(std::lround(dropout * 0x1p16f));
    dropped_.resize(pattern.num_entries() * mask_bytes());
  }

  Tensor forward(const Variable& x);
  void backward(const Variable& x, const Tensor& y, const Tensor& dy) const;
  Tensor coefficients();

 private:
  std::size_t heads() const { return head_.heads; }
  std::size_t mask_bytes() const { return (heads() + 7) / 8; }
  float leaky(float e) const { return e > 0.0f ? e : scores_.negative_slope * e; }
  // exp(e - max) of a row's entries, [entries, heads], and the row's maximum and sum.
  void exponentials(std::size_t row, std::span<float> alpha);
  // alpha[h] becomes what remains of it after dropout.
  void drop(std::uint64_t entry, float* alpha) const {
    if (dropped_.empty()) return;
    const std::uint8_t* const bits = dropped_.data() + entry * mask_bytes();
    for (std::size_t h = 0; h < heads(); ++h) {
      alpha[h] *= (bits[h / 8] >> h % 8 & 1) != 0 ? 0.0f : scale_;
    }
  }
  // Of one entry, from what was kept; `slope` is that of the leaky relu.
  void coefficients_of(std::size_t row, std::size_t column, float* alpha, float* slope) const;
  // <dy, y> of a row, head by head: the sum over its entries of alpha * d alpha.
  Tensor row_means(const Tensor& y, const Tensor& dy) const;
  void add_to_targets(const Variable& x, const Tensor& dy, const Tensor& means) const;
  void add_to_sources(const Variable& x, const Tensor& dy, const Tensor& means) const;

  SparsePattern pattern_;
  AttentionScores scores_;
  HeadWidth head_;
  float scale_;
  std::uint64_t key_ = 0;
  std::uint32_t limit_ = 0;
  Tensor max_, inverse_sum_;
  PoolVector<std::uint8_t> dropped_;  // A bit for each entry and head; empty without dropout.
};

void Attention::exponentials(std::size_t row, std::span<float> alpha) {
  const std::uint64_t begin = pattern_.offsets[row];
  const std::size_t count = pattern_.offsets[row + 1] - begin, H = heads();
  const float* const to = scores_.to.value().row(row).data();
  float* const max = max_.row(row).data();
  std::fill_n(max, H, -std::numeric_limits<float>::infinity());
  for (std::size_t i = 0; i < count; ++i) {
    const float* const from = scores_.from.value().row(pattern_.columns[begin + i]).data();
    float* const e = alpha.data() + i * H;
    for (std::size_t h = 0; h < H; ++h) {
      e[h] = leaky(to[h] + from[h]);
      max[h] = std::max(max[h], e[h]);
    }
  }
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t h = 0; h < H; ++h) alpha[i * H + h] -= max[h];
  }
  kernels().exp(count * H, alpha.data(), alpha.data());
  float* const inverse = inverse_sum_.row(row).data();
  std::fill_n(inverse, H, 0.0f);
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t h = 0; h < H; ++h) inverse[h] += alpha[i * H + h];
  }
  for (std::size_t h = 0; h < H; ++h) inverse[h] = 1.0f / inverse[h];
}

Tensor Attention::forward(const Variable& x) {
  Tensor y = Tensor::zeros({pattern_.num_rows, head_.columns()});
  parallel_rows(pattern_.num_rows, kBlockRows, [&](std::size_t begin, std::size_t end) {
    PoolVector<float> alpha;
    for (std::size_t r = begin; r < end; ++r) {
      const std::uint64_t first = pattern_.offsets[r];
      const std::size_t count = pattern_.offsets[r + 1] - first;
      if (count == 0) continue;
      alpha.resize(count * heads());
      exponentials(r, alpha);
      if (!dropped_.empty()) {
        neighbour_kernels().draw(first, count, heads(), limit_, key_,
                                 dropped_.data() + first * mask_bytes());
      }
      float* const to = y.row(r).data();
      for (std::size_t i = 0; i < count; ++i) {
        drop(first + i, alpha.data() + i * heads());
        neighbour_kernels().add_weighted(head_, alpha.data() + i * heads(),
                                         x.value().row(pattern_.columns[first + i]).data(), to);
      }
      const float* const inverse = inverse_sum_.row(r).data();
      for (std::size_t h = 0; h < heads(); ++h) {
        for (std::size_t d = 0; d < head_.width; ++d) to[h * head_.width + d] *= inverse[h];
      }
    }
  });
  return y;
}

Tensor Attention::coefficients() {
  Tensor alpha = Tensor::uninitialized({pattern_.num_entries(), heads()});
  parallel_rows(pattern_.num_rows, kBlockRows, [&](std::size_t begin, std::size_t end) {
    for (std::size_t r = begin; r < end; ++r) {
      const std::uint64_t first = pattern_.offsets[r], last = pattern_.offsets[r + 1];
      if (first == last) continue;
      exponentials(r, alpha.view().slice(first, last).flat());
      for (std::uint64_t e = first; e < last; ++e) {
        for (std::size_t h = 0; h < heads(); ++h) alpha.at(e, h) *= inverse_sum_.at(r, h);
      }
    }
  });
  return alpha;
}

void Attention::coefficients_of(std::size_t row, std::size_t column, float* alpha,
                                float* slope) const {
  const float* const to = scores_.to.value().row(row).data();
  const float* const from = scores_.from.value().row(column).data();
  for (std::size_t h = 0; h < heads(); ++h) {
    const float e = to[h] + from[h];
    slope[h] = e > 0.0f ? 1.0f : scores_.negative_slope;
    alpha[h] = leaky(e) - max_.at(row, h);
  }
  kernels().exp(heads(), alpha, alpha);
  for (std::size_t h = 0; h < heads(); ++h) alpha[h] *= inverse_sum_.at(row, h);
}

Tensor Attention::row_means(const Tensor& y, const Tensor& dy) const {
  Tensor means = Tensor::uninitialized({pattern_.num_rows, heads()});
  parallel_rows(pattern_.num_rows, 8 * kBlockRows, [&](std::size_t begin, std::size_t end) {
    for (std::size_t r = begin; r < end; ++r) {
      neighbour_kernels().dots(head_, dy.row(r).data(), y.row(r).data(), means.row(r).data());
    }
  });
  return means;
}

// What reaches `to`: a row's entries, in order.
void Attention::add_to_targets(const Variable& x, const Tensor& dy, const Tensor& means) const {
  Tensor& d_to = scores_.to.mutable_gradient();
  parallel_rows(pattern_.num_rows, kBlockRows, [&](std::size_t begin, std::size_t end) {
    PoolVector<float> alpha(heads()), slope(heads()), d(heads());
    for (std::size_t r = begin; r < end; ++r) {
      for (std::uint64_t e = pattern_.offsets[r]; e < pattern_.offsets[r + 1]; ++e) {
        const std::size_t c = pattern_.columns[e];
        coefficients_of(r, c, alpha.data(), slope.data());
        neighbour_kernels().dots(head_, dy.row(r).data(), x.value().row(c).data(), d.data());
        drop(e, d.data());
        for (std::size_t h = 0; h < heads(); ++h) {
          d_to.at(r, h) += alpha[h] * (d[h] - means.at(r, h)) * slope[h];
        }
      }
    }
  });
}

// What reaches `from` and x: a column's entries, in order.
void Attention::add_to_sources(const Variable& x, const Tensor& dy, const Tensor& means) const {
  Tensor* const d_from =
      scores_.from.requires_gradient() ? &scores_.from.mutable_gradient() : nullptr;
  Tensor* const dx = x.requires_gradient() ? &x.mutable_gradient() : nullptr;
  parallel_rows(pattern_.num_columns, kBlockRows, [&](std::size_t begin, std::size_t end) {
    PoolVector<float> alpha(heads()), slope(heads()), d(heads());
    for (std::size_t c = begin; c < end; ++c) {
      for (std::uint64_t i = pattern_.column_offsets[c]; i < pattern_.column_offsets[c + 1]; ++i) {
        const std::size_t r = pattern_.rows[i];
        const float* const dy_row = dy.row(r).data();
        coefficients_of(r, c, alpha.data(), slope.data());
        if (d_from != nullptr) {
          neighbour_kernels().dots(head_, dy_row, x.value().row(c).data(), d.data());
          drop(pattern_.entries[i], d.data());
          for (std::size_t h = 0; h < heads(); ++h) {
            d_from->at(c, h) += alpha[h] * (d[h] - means.at(r, h)) * slope[h];
          }
        }
        if (dx == nullptr) continue;
        drop(pattern_.entries[i], alpha.data());
        neighbour_kernels().add_weighted(head_, alpha.data(), dy_row, dx->row(c).data());
      }
    }
  });
}

void Attention::backward(const Variable& x, const Tensor& y, const Tensor& dy) const {
  const Tensor means = row_means(y, dy);
  if (scores_.to.requires_gradient()) add_to_targets(x, dy, means);
  if (scores_.from.requires_gradient() || x.requires_gradient()) add_to_sources(x, dy, means);
}

HeadWidth checked(const SparsePattern& pattern, const AttentionScores& scores,
                  std::size_t columns) {
  const std::size_t heads = scores.to.cols();
  check_shape(scores.to.shape(), {pattern.num_rows, heads}, "scores of those who attend");
  check_shape(scores.from.shape(), {pattern.num_columns, heads}, "scores of neighbours");
  if (heads == 0 || columns % heads != 0) {
    throw ShapeError(
        message("attention: ", columns, " columns for ", heads, " heads, expected a multiple"));
  }
  return {heads, columns / heads};
}

}  // namespace

Variable neighbour_attention(const SparsePattern& pattern, const AttentionScores& scores,
                             const Variable& x, float dropout, Rng& rng) {
  check_shape(x.shape(), {pattern.num_columns, x.cols()}, "states of neighbours");
  const HeadWidth head = checked(pattern, scores, x.cols());
  if (!(dropout >= 0.0f && dropout < 1.0f)) {
    throw OptionError(message("attention: dropout ", dropout, ", expected 0 <= p < 1"));
  }
  Attention attention(pattern, scores, head, dropout, rng);
  Tensor y = attention.forward(x);
  Tensor kept = y.alias();
  return record(std::move(y), {scores.to, scores.from, x},
                [x, kept = std::move(kept), attention = std::move(attention)](const Tensor& dy) {
                  attention.backward(x, kept, dy);
                });
}

Tensor attention_coefficients(const SparsePattern& pattern, const AttentionScores& scores) {
  Rng unused(0);
  return Attention(pattern, scores, checked(pattern, scores, scores.to.cols()), 0.0f, unused)
      .coefficients();
}

Variable head_scores(const Variable& x, const Variable& a) {
  const HeadWidth head{a.rows(), a.cols()};
  check_shape(x.shape(), {x.rows(), head.columns()}, "what heads score");
  Tensor scores = Tensor::uninitialized({x.rows(), head.heads});
  parallel_rows(x.rows(), 8 * kBlockRows, [&](std::size_t begin, std::size_t end) {
    for (std::size_t r = begin; r < end; ++r) {
      neighbour_kernels().dots(head, x.value().row(r).data(), a.value().data(),
                               scores.row(r).data());
    }
  });
  return record(std::move(scores), {x, a}, [x, a, head](const Tensor& d) {
    if (a.requires_gradient()) {
      PoolVector<GradientProduct> products;
      for (std::size_t h = 0; h < head.heads; ++h) {
        products.push_back({.a = StridedView(d.view(), h, 1),
                            .b = StridedView(x.value().view(), h * head.width, head.width),
                            .sum = a.mutable_gradient().row(h).data()});
      }
      add_gradient_products(products);
    }
    if (!x.requires_gradient()) return;
    Tensor& dx = x.mutable_gradient();
    parallel_rows(x.rows(), 8 * kBlockRows, [&](std::size_t begin, std::size_t end) {
      for (std::size_t r = begin; r < end; ++r) {
        neighbour_kernels().add_weighted(head, d.row(r).data(), a.value().data(), dx.row(r).data());
      }
    });
  });
}

}  // namespace espalier
