#include <espalier/training/gradients.h>

#include <algorithm>
#include <functional>

namespace espalier::training {

void merge_row_gradient(const Variable& parameter) {
  if (parameter.gradient().empty() || parameter.row_gradient().empty()) return;
  Tensor& sum = parameter.mutable_gradient();
  RowGradient& part = parameter.mutable_row_gradient();
  const std::span<const std::uint32_t> rows = part.rows();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::span<float> row = sum.row(rows[i]);
    std::ranges::transform(row, part.values().row(i), row.begin(), std::plus());
  }
  part.clear();
}

std::span<float> gradient_elements(const Variable& parameter) {
  merge_row_gradient(parameter);
  if (!parameter.gradient().empty()) return parameter.mutable_gradient().flat();
  if (!parameter.row_gradient().empty()) {
    return parameter.mutable_row_gradient().mutable_values().flat();
  }
  return {};
}

}  // namespace espalier::training
