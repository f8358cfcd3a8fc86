#include <espalier/ops/row_gradient.h>

#include <algorithm>

#include <espalier/base/error.h>
#include <espalier/ops/kernels.h>
#include <espalier/ops/parallel.h>

namespace espalier {

bool RowGradient::empty() const { return rows_.empty() && added_rows_.empty(); }

void RowGradient::clear() {
  rows_.clear();
  values_ = {};
  added_rows_.clear();
  added_values_.clear();
}

void RowGradient::add(std::span<const std::uint32_t> rows, const Tensor& values) {
  const Tensor& earlier = added_values_.empty() ? values_ : added_values_.front();
  check_shape(values.shape(), {rows.size(), empty() ? values.cols() : earlier.cols()},
              "row gradient");
  if (rows.empty()) return;
  added_rows_.insert(added_rows_.end(), rows.begin(), rows.end());
  added_values_.push_back(values.alias());
}

std::span<const std::uint32_t> RowGradient::rows() const {
  coalesce();
  return rows_;
}

const Tensor& RowGradient::values() const {
  coalesce();
  return values_;
}

Tensor& RowGradient::mutable_values() {
  coalesce();
  return values_;
}

void RowGradient::coalesce() const {
  if (added_rows_.empty()) return;
  const std::size_t cols = added_values_.front().cols();

  PoolVector<const float*> sources;  // In the order in which they were added.
  const auto append_rows = [&](const Tensor& values) {
    for (std::size_t r = 0; r < values.rows(); ++r) sources.push_back(values.row(r).data());
  };
  append_rows(values_);
  for (const Tensor& values : added_values_) append_rows(values);
  rows_.insert(rows_.end(), added_rows_.begin(), added_rows_.end());

  PoolVector<std::uint64_t> order(rows_.size());  // Row, then place in `sources`.
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = std::uint64_t{rows_[i]} << 32 | i;
  std::sort(order.begin(), order.end());

  PoolVector<std::uint32_t> unique;
  PoolVector<std::size_t> begin;  // Of each row's entries in `order`, and the end of the last.
  for (std::size_t i = 0; i < order.size(); ++i) {
    const auto row = static_cast<std::uint32_t>(order[i] >> 32);
    if (!unique.empty() && unique.back() == row) continue;
    unique.push_back(row);
    begin.push_back(i);
  }
  begin.push_back(order.size());

  constexpr std::size_t kBlockRows = 16;
  Tensor sums = Tensor::uninitialized({unique.size(), cols});
  parallel_rows(unique.size(), kBlockRows, [&](std::size_t first, std::size_t last) {
    for (std::size_t u = first; u < last; ++u) {
      float* const sum = sums.data() + u * cols;
      const auto source = [&](std::size_t i) { return sources[order[i] & 0xffffffffu]; };
      std::copy_n(source(begin[u]), cols, sum);
      for (std::size_t i = begin[u] + 1; i < begin[u + 1]; ++i) {
        kernels().add(cols, source(i), sum);
      }
    }
  });
  rows_ = std::move(unique);
  values_ = std::move(sums);
  added_rows_.clear();
  added_values_.clear();
}

}  // namespace espalier
