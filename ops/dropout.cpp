#include <espalier/ops/dropout.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include <espalier/base/error.h>
#include <espalier/base/memory.h>
#include <espalier/ops/internal/dropout_kernels.h>
#include <espalier/ops/parallel.h>

namespace espalier {
namespace {

// Which elements of a matrix fall: of each row, by its name, a bit for each column.
class Mask {
 public:
  template <class RowId>
  Mask(std::size_t rows, std::size_t cols, float probability, std::uint64_t key,
       const RowId& row_id)
      : cols_(cols), scale_(1.0f / (1.0f - probability)), bits_(rows * row_bytes()) {
    const auto limit = static_cast<std::uint32_t>(std::lround(probability * 0x1p16f));
    parallel_rows(rows, block_rows(), [&](std::size_t begin, std::size_t end) {
      for (std::size_t r = begin; r < end; ++r) {
        dropout_kernels().draw_row(row_id(r), row_bytes(), limit, key,
                                   bits_.data() + r * row_bytes());
      }
    });
  }

  Tensor apply(const Tensor& x) const {
    Tensor y = Tensor::uninitialized(x.shape());
    parallel_rows(x.rows(), block_rows(), [&](std::size_t begin, std::size_t end) {
      for (std::size_t r = begin; r < end; ++r) {
        dropout_kernels().drop(cols_, bits_.data() + r * row_bytes(), scale_, x.row(r).data(),
                               y.row(r).data());
      }
    });
    return y;
  }

 private:
  std::size_t row_bytes() const { return (cols_ + 7) / 8; }
  std::size_t block_rows() const { return 8192 / std::max<std::size_t>(cols_, 1) + 1; }

  std::size_t cols_;
  float scale_;
  PoolVector<std::uint8_t> bits_;
};

template <class RowId>
Variable drop(const Variable& x, float probability, Rng& rng, const RowId& row_id) {
  if (!(probability >= 0 && probability < 1)) {
    throw OptionError(message("dropout: probability ", probability, ", expected 0 <= p < 1"));
  }
  if (probability == 0) return x;
  Mask mask(x.rows(), x.cols(), probability, rng.next64(), row_id);
  Tensor y = mask.apply(x.value());
  return record(std::move(y), {x}, [x, mask = std::move(mask)](const Tensor& gradient) {
    x.add_gradient(mask.apply(gradient));
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
