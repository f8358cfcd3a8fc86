#include <espalier/training/internal/labelled_rows.h>

#include <algorithm>
#include <cmath>

#include <espalier/base/error.h>

namespace espalier::training::internal {

void check_finite_rows(const Tensor& rows, const char* what) {
  for (std::size_t r = 0; r < rows.rows(); ++r) {
    const auto row = rows.row(r);
    const auto bad =
        std::find_if(row.begin(), row.end(), [](float v) { return !std::isfinite(v); });
    if (bad == row.end()) continue;
    throw Error(message(what, ": row ", r, " has ", *bad, " at ", bad - row.begin(),
                        ", expected finite numbers"));
  }
}

void check_labelled_rows(const Tensor& rows, std::span<const std::int32_t> labels,
                         const char* what) {
  if (rows.rows() != labels.size()) {
    throw ShapeError(message(what, ": ", labels.size(), " labels, expected ", rows.rows(),
                             ", one for each row"));
  }
  check_finite_rows(rows, what);
}

std::vector<std::size_t> labelled_rows(std::span<const std::int32_t> labels) {
  std::vector<std::size_t> rows;
  for (std::size_t r = 0; r < labels.size(); ++r) {
    if (labels[r] != -1) rows.push_back(r);
  }
  return rows;
}

LabelledRows select_rows(const Tensor& rows, std::span<const std::int32_t> labels,
                         std::span<const std::size_t> which) {
  LabelledRows selected{Tensor::uninitialized({which.size(), rows.cols()}), {}};
  selected.labels.reserve(which.size());
  for (std::size_t i = 0; i < which.size(); ++i) {
    const auto row = rows.row(which[i]);
    std::copy(row.begin(), row.end(), selected.rows.row(i).begin());
    selected.labels.push_back(labels[which[i]]);
  }
  return selected;
}

}  // namespace espalier::training::internal
