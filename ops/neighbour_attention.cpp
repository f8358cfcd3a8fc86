#include <espalier/ops/neighbour_attention.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include <espalier/base/error.h>
#include <espalier/ops/internal/attention_kernels.h>
#include <espalier/ops/internal/dropout_kernels.h>
#include <espalier/ops/internal/neighbour_kernels.h>
#include <espalier/ops/kernels.h>
#include <espalier/ops/matmul.h>
#include <espalier/ops/parallel.h>

namespace espalier {
namespace {

constexpr std::size_t kBlockRows = 32;

// What a thread needs of one row's, or column's, entries at a time: [entries, heads] each.
struct EntryWeights {
  PoolVector<float> alpha, positive, scratch;
  PoolVector<std::uint8_t> dropped;
  PoolVector<float> sum, positive_sum, factor;  // [heads]

  explicit EntryWeights(std::size_t heads) : sum(heads), positive_sum(heads), factor(heads) {}
  void resize(std::size_t weights, std::size_t mask_bytes) {
    alpha.resize(weights);
    positive.resize(weights);
    scratch.resize(weights);
    dropped.resize(mask_bytes);
  }
};

// One call of neighbour_attention(), from the forward pass to the backward pass.
//
// Backwards no product of rows is needed for an entry. With s the leaky relu's slope at e, m what
// dropout makes of a coefficient, 0 or scale, and d = dy[r] . x[c] of a head,
//
//     de = alpha (m d - mean[r]) s,    mean[r] = sum of alpha m d = dy[r] . y[r],
//
// and s is either 1 or the negative slope n. So the sum of de over a row is (1 - n) (dy[r] . p[r] -
// mean[r] q[r]), p and q being the sums of alpha m x and of alpha over entries of e > 0 alone (over
// all entries de / s sums to 0); and over a column it is x[c] . (n g + (1 - n) p') - sum of alpha s
// mean, g and p' being the sums of alpha m dy over all entries and over those of e > 0. Both are
// sums of weighted rows, as the result is and the gradient of x, g.
class Attention {
 public:
  Attention(const SparsePattern& pattern, const AttentionScores& scores, HeadWidth head,
            float dropout, Rng& rng)
      : pattern_(pattern),
        scores_(scores),
        head_(head),
        scale_(1.0f / (1.0f - dropout)),
        shift_(Tensor::uninitialized({pattern.num_rows, head.heads})) {
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
  Neighbours row_of(std::size_t r) const {
    return {pattern_.offsets[r + 1] - pattern_.offsets[r],
            pattern_.columns.data() + pattern_.offsets[r]};
  }
  // exp(e - maximum) of a row's entries; their sum, and that where e > 0.
  void attend(std::size_t row, EntryWeights& w);
  void sum_row(std::size_t row, const Variable& x, EntryWeights& w, float* y);
  // What a row's neighbours need to know of it: its score, its shift, its mean.
  Tensor sides(const Tensor& y, const Tensor& dy) const;
  void add_to_targets(const Tensor& dy, const Tensor& sides) const;
  void add_to_sources(const Variable& x, const Tensor& dy, const Tensor& sides) const;
  // Of a column: alpha m of its entries, and where e > 0; the sum of alpha s mean.
  void attend_again(std::size_t column, const Tensor& sides, EntryWeights& w) const;

  SparsePattern pattern_;
  AttentionScores scores_;
  HeadWidth head_;
  float scale_;
  std::uint64_t key_ = 0;
  std::uint32_t limit_ = 0;
  Tensor shift_;                      // alpha = exp(leaky(e) - shift).
  Tensor steep_, steep_sum_;          // p and q of above; empty if `to` needs no gradient.
  PoolVector<std::uint8_t> dropped_;  // A bit for each entry and head; empty without dropout.
};

void Attention::attend(std::size_t row, EntryWeights& w) {
  const Neighbours neighbours = row_of(row);
  w.resize(neighbours.count * heads(), 0);
  attention_kernels().attend(heads(), neighbours, scores_.to.value().row(row).data(),
                             scores_.from.value().data(), scores_.negative_slope, w.alpha.data(),
                             w.positive.data(), shift_.row(row).data(), w.sum.data(),
                             w.positive_sum.data());
}

void Attention::sum_row(std::size_t row, const Variable& x, EntryWeights& w, float* y) {
  const Neighbours neighbours = row_of(row);
  std::uint8_t* bits = nullptr;
  if (!dropped_.empty()) {
    const std::uint64_t first = pattern_.offsets[row];
    bits = dropped_.data() + first * mask_bytes();
    dropout_kernels().draw(first, neighbours.count, heads(), limit_, key_, bits);
  }
  for (std::size_t h = 0; h < heads(); ++h) w.factor[h] = scale_ / w.sum[h];
  attention_kernels().weigh(heads(), neighbours.count, bits, w.factor.data(), w.alpha.data(),
                            w.positive.data());
  if (steep_.empty()) {
    neighbour_kernels().add_neighbours(head_, neighbours, w.alpha.data(), x.value().data(), y);
    return;
  }
  const std::span<float> steep = steep_.row(row), steep_sum = steep_sum_.row(row);
  std::ranges::fill(steep, 0.0f);
  neighbour_kernels().add_neighbours_twice(head_, neighbours, w.alpha.data(), w.positive.data(),
                                           x.value().data(), y, steep.data());
  for (std::size_t h = 0; h < heads(); ++h) {
    steep_sum[h] = neighbours.count == 0 ? 0.0f : w.positive_sum[h] / w.sum[h];
  }
}

Tensor Attention::forward(const Variable& x) {
  Tensor y = Tensor::uninitialized({pattern_.num_rows, head_.columns()});
  if (records({scores_.to})) {
    steep_ = Tensor::uninitialized(y.shape());
    steep_sum_ = Tensor::uninitialized(shift_.shape());
  }
  parallel_rows(pattern_.num_rows, kBlockRows, [&](std::size_t begin, std::size_t end) {
    EntryWeights w(heads());
    for (std::size_t r = begin; r < end; ++r) {
      std::ranges::fill(y.row(r), 0.0f);
      attend(r, w);
      sum_row(r, x, w, y.row(r).data());
    }
  });
  return y;
}

Tensor Attention::coefficients() {
  Tensor alpha = Tensor::uninitialized({pattern_.num_entries(), heads()});
  parallel_rows(pattern_.num_rows, kBlockRows, [&](std::size_t begin, std::size_t end) {
    EntryWeights w(heads());
    for (std::size_t r = begin; r < end; ++r) {
      attend(r, w);
      float* const to = alpha.data() + pattern_.offsets[r] * heads();
      for (std::size_t i = 0; i < w.alpha.size(); ++i) to[i] = w.alpha[i] / w.sum[i % heads()];
    }
  });
  return alpha;
}

Tensor Attention::sides(const Tensor& y, const Tensor& dy) const {
  Tensor sides = Tensor::uninitialized({pattern_.num_rows, 3, heads()});
  parallel_rows(pattern_.num_rows, 8 * kBlockRows, [&](std::size_t begin, std::size_t end) {
    for (std::size_t r = begin; r < end; ++r) {
      float* const side = sides.data() + r * 3 * heads();
      std::ranges::copy(scores_.to.value().row(r), side);
      std::ranges::copy(shift_.row(r), side + heads());
      neighbour_kernels().dots(head_, dy.row(r).data(), y.row(r).data(), side + 2 * heads());
    }
  });
  return sides;
}

void Attention::add_to_targets(const Tensor& dy, const Tensor& sides) const {
  Tensor& d_to = scores_.to.mutable_gradient();
  parallel_rows(pattern_.num_rows, 8 * kBlockRows, [&](std::size_t begin, std::size_t end) {
    PoolVector<float> d(heads());
    for (std::size_t r = begin; r < end; ++r) {
      const float* const mean = sides.data() + (r * 3 + 2) * heads();
      neighbour_kernels().dots(head_, dy.row(r).data(), steep_.row(r).data(), d.data());
      for (std::size_t h = 0; h < heads(); ++h) {
        d_to.at(r, h) += (1.0f - scores_.negative_slope) * (d[h] - mean[h] * steep_sum_.at(r, h));
      }
    }
  });
}

void Attention::attend_again(std::size_t column, const Tensor& sides, EntryWeights& w) const {
  const std::uint64_t first = pattern_.column_offsets[column];
  const Neighbours rows{pattern_.column_offsets[column + 1] - first, pattern_.rows.data() + first};
  w.resize(rows.count * heads(), dropped_.empty() ? 0 : rows.count * mask_bytes());
  attention_kernels().attend_again(heads(), rows, scores_.from.value().row(column).data(),
                                   sides.data(), scores_.negative_slope, w.alpha.data(),
                                   w.positive.data(), w.scratch.data(), w.sum.data());
  if (!dropped_.empty()) {
    for (std::size_t i = 0; i < rows.count; ++i) {
      std::copy_n(dropped_.data() + pattern_.entries[first + i] * mask_bytes(), mask_bytes(),
                  w.dropped.data() + i * mask_bytes());
    }
  }
  attention_kernels().weigh(heads(), rows.count, dropped_.empty() ? nullptr : w.dropped.data(),
                            w.factor.data(), w.alpha.data(), w.positive.data());
}

// What reaches `from` and x: a column's entries, in order.
void Attention::add_to_sources(const Variable& x, const Tensor& dy, const Tensor& sides) const {
  Tensor* const d_from =
      scores_.from.requires_gradient() ? &scores_.from.mutable_gradient() : nullptr;
  Tensor* const dx = x.requires_gradient() ? &x.mutable_gradient() : nullptr;
  const float slope = scores_.negative_slope;
  parallel_rows(pattern_.num_columns, kBlockRows, [&](std::size_t begin, std::size_t end) {
    EntryWeights w(heads());
    std::ranges::fill(w.factor, scale_);
    PoolVector<float> d(heads()), all(head_.columns()), steep(head_.columns());
    for (std::size_t c = begin; c < end; ++c) {
      const std::uint64_t first = pattern_.column_offsets[c];
      const Neighbours rows{pattern_.column_offsets[c + 1] - first, pattern_.rows.data() + first};
      if (rows.count == 0) continue;
      attend_again(c, sides, w);
      std::ranges::fill(all, 0.0f);
      std::ranges::fill(steep, 0.0f);
      neighbour_kernels().add_neighbours_twice(head_, rows, w.alpha.data(), w.positive.data(),
                                               dy.data(), all.data(), steep.data());
      if (dx != nullptr) kernels().add(all.size(), all.data(), dx->row(c).data());
      if (d_from == nullptr) continue;
      for (std::size_t i = 0; i < all.size(); ++i) {
        steep[i] = slope * all[i] + (1.0f - slope) * steep[i];
      }
      neighbour_kernels().dots(head_, x.value().row(c).data(), steep.data(), d.data());
      for (std::size_t h = 0; h < heads(); ++h) d_from->at(c, h) += d[h] - w.sum[h];
    }
  });
}

void Attention::backward(const Variable& x, const Tensor& y, const Tensor& dy) const {
  const Tensor known = sides(y, dy);
  if (scores_.to.requires_gradient()) add_to_targets(dy, known);
  if (scores_.from.requires_gradient() || x.requires_gradient()) add_to_sources(x, dy, known);
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
