#include <espalier/ops/dropout.h>

#include <algorithm>
#include <cmath>

#include <espalier/base/error.h>
#include <espalier/ops/parallel.h>

namespace espalier {
namespace {

// 0 where an element falls, 1 / (1 - probability) where it stays.
template <class RowId>
Tensor make_mask(const Shape& shape, float probability, std::uint64_t key, const RowId& row_id) {
  Tensor mask = Tensor::uninitialized(shape);
  const MutableMatrixView view = mask.view();
  const float kept = 1.0f / (1.0f - probability);
  const auto limit = static_cast<std::uint32_t>(std::lround(probability * 0x1p16f));
  const std::array<std::uint32_t, 2> halves = {static_cast<std::uint32_t>(key),
                                               static_cast<std::uint32_t>(key >> 32)};
  const std::size_t block_rows = 2048 / std::max<std::size_t>(view.cols, 1) + 1;
  parallel_rows(view.rows, block_rows, [&](std::size_t begin, std::size_t end) {
    for (std::size_t r = begin; r < end; ++r) {
      float* const row = view.data + r * view.cols;
      // 16 random bits are enough for an element, so that a draw serves eight.
      for (std::size_t c = 0; c < view.cols; c += 8) {
        const auto bits = philox({row_id(r), static_cast<std::uint32_t>(c / 8), 0, 0}, halves);
        const std::size_t n = std::min<std::size_t>(8, view.cols - c);
        for (std::size_t i = 0; i < n; ++i) {
          const std::uint32_t draw = bits[i / 2] >> (16 * (i % 2)) & 0xffffu;
          row[c + i] = draw < limit ? 0.0f : kept;
        }
      }
    }
  });
  return mask;
}

template <class RowId>
Variable drop(const Variable& x, float probability, Rng& rng, const RowId& row_id) {
  if (!(probability >= 0 && probability < 1)) {
    throw OptionError(message("dropout: probability ", probability, ", expected 0 <= p < 1"));
  }
  if (probability == 0) return x;
  Tensor mask = make_mask(x.shape(), probability, rng.next64(), row_id);
  Tensor y = Tensor::uninitialized(x.shape());
  for (std::size_t i = 0; i < y.size(); ++i) y.data()[i] = x.value().data()[i] * mask.data()[i];
  return record(std::move(y), {x}, [x, mask = std::move(mask)](const Tensor& gradient) mutable {
    for (std::size_t i = 0; i < mask.size(); ++i) mask.data()[i] *= gradient.data()[i];
    x.add_gradient(std::move(mask));
  });
}

}  // namespace

Variable dropout(const Variable& x, float probability, Rng& rng) {
  return drop(x, probability, rng, [](std::size_t r) { return static_cast<std::uint32_t>(r); });
}

Variable dropout(const Variable& x, float probability, Rng& rng,
                 std::span<const std::uint32_t> row_ids) {
  if (row_ids.size() != x.rows()) {
    throw ShapeError(message("dropout: ", row_ids.size(), " row ids, expected ", x.rows(),
                             ", one for each row"));
  }
  return drop(x, probability, rng, [row_ids](std::size_t r) { return row_ids[r]; });
}

}  // namespace espalier
