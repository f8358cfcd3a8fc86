#include <espalier/ops/argmax.h>

#include <algorithm>

namespace espalier {

std::vector<std::int32_t> argmax_rows(MatrixView values) {
  std::vector<std::int32_t> columns(values.rows);
  for (std::size_t r = 0; r < values.rows; ++r) {
    const std::span<const float> row = values.row(r);
    columns[r] = static_cast<std::int32_t>(std::ranges::max_element(row) - row.begin());
  }
  return columns;
}

}  // namespace espalier
