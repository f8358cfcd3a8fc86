#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <espalier/ops/tensor.h>

// Rows of numbers and the classes that they have: what embeddings are judged by.
namespace espalier::training::internal {

/// Throws Error, naming the row, if a number is not finite.
void check_finite_rows(const Tensor& rows, const char* what);
/// The same, and ShapeError unless there is a label for each row.
void check_labelled_rows(const Tensor& rows, std::span<const std::int32_t> labels,
                         const char* what);

/// Those labelled other than -1, ascending.
std::vector<std::size_t> labelled_rows(std::span<const std::int32_t> labels);

struct LabelledRows {
  Tensor rows;
  std::vector<std::int32_t> labels;
};
LabelledRows select_rows(const Tensor& rows, std::span<const std::int32_t> labels,
                         std::span<const std::size_t> which);

}  // namespace espalier::training::internal
