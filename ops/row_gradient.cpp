#include <espalier/ops/row_gradient.h>

#include <algorithm>

#include <espalier/base/error.h>

namespace espalier {

void RowGradient::clear() {
  rows_.clear();
  values_ = {};
  coalesced_ = true;
}

void RowGradient::add(std::span<const std::uint32_t> rows, const Tensor& values) {
  const std::size_t old_rows = rows_.size();
  const std::size_t cols = old_rows == 0 ? values.cols() : values_.cols();
  check_shape(values.shape(), {rows.size(), cols}, "row gradient");
  if (rows.empty()) return;

  Tensor all = Tensor::uninitialized({old_rows + rows.size(), cols});
  std::copy(values_.flat().begin(), values_.flat().end(), all.data());
  std::copy(values.flat().begin(), values.flat().end(), all.data() + old_rows * cols);
  values_ = std::move(all);
  rows_.insert(rows_.end(), rows.begin(), rows.end());
  coalesced_ = false;
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
  if (coalesced_) return;
  coalesced_ = true;
  PoolVector<std::uint64_t> order(rows_.size());  // Row, then the place where it was added.
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = std::uint64_t{rows_[i]} << 32 | i;
  std::sort(order.begin(), order.end());

  PoolVector<std::uint32_t> unique;
  unique.reserve(order.size());
  for (const std::uint64_t entry : order) {
    const auto row = static_cast<std::uint32_t>(entry >> 32);
    if (unique.empty() || unique.back() != row) unique.push_back(row);
  }

  const std::size_t cols = values_.cols();
  Tensor sums = Tensor::uninitialized({unique.size(), cols});
  std::size_t next = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const float* from = values_.data() + (order[i] & 0xffffffffu) * cols;
    const bool first = i == 0 || order[i] >> 32 != order[i - 1] >> 32;
    if (first) {
      std::copy_n(from, cols, sums.data() + next++ * cols);
    } else {
      float* sum = sums.data() + (next - 1) * cols;
      for (std::size_t c = 0; c < cols; ++c) sum[c] += from[c];
    }
  }
  rows_ = std::move(unique);
  values_ = std::move(sums);
}

}  // namespace espalier
