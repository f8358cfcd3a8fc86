#include <espalier/ops/rows.h>

#include <algorithm>
#include <cassert>

#include <espalier/base/error.h>
#include <espalier/ops/kernels.h>
#include <espalier/ops/matmul.h>
#include <espalier/ops/parallel.h>

namespace espalier {
namespace {

using Ids = PoolVector<std::uint32_t>;

constexpr std::size_t kBlock = 16 * 1024;  // Elements: enough to hide what a task costs.

std::size_t block_rows(std::size_t cols) { return kBlock / std::max<std::size_t>(cols, 1) + 1; }

// Adds row i of `x` to row ids[i] of `sum`, or to zeros in its place; nowhere if that is kNoRow.
// Either way a row of `sum` takes its rows of `x` in ascending order, so that both give the same
// bits.
void scatter_add(MatrixView x, std::span<const std::uint32_t> ids, MutableMatrixView sum,
                 Store store) {
  const auto& add = kernels().add;
  if (x.rows * x.cols <= kBlock) {
    if (store == Store::kReplace) std::ranges::fill(sum.flat(), 0.0f);
    for (std::size_t i = 0; i < x.rows; ++i) {
      if (ids[i] != kNoRow) add(x.cols, x.data + i * x.cols, sum.data + ids[i] * x.cols);
    }
    return;
  }
  // A counting sort: the rows of `x` that go to row r are order[ends[r - 1]] .. order[ends[r] - 1].
  PoolVector<std::size_t> ends(sum.rows + 1);
  for (const std::uint32_t id : ids) {
    if (id != kNoRow) ++ends[id + std::size_t{1}];
  }
  for (std::size_t r = 0; r < sum.rows; ++r) ends[r + 1] += ends[r];
  PoolVector<std::size_t> order(x.rows);
  for (std::size_t i = 0; i < x.rows; ++i) {
    if (ids[i] != kNoRow) order[ends[ids[i]]++] = i;
  }

  parallel_rows(sum.rows, block_rows(x.cols), [&](std::size_t begin, std::size_t end) {
    if (store == Store::kReplace) std::ranges::fill(sum.slice(begin, end).flat(), 0.0f);
    for (std::size_t r = begin; r < end; ++r) {
      for (std::size_t k = r == 0 ? 0 : ends[r - 1]; k < ends[r]; ++k) {
        add(x.cols, x.data + order[k] * x.cols, sum.data + r * x.cols);
      }
    }
  });
}

// Copies a rectangle; strides are in elements.
void copy_rectangle(std::size_t rows, std::size_t cols, const float* from, std::size_t from_stride,
                    float* to, std::size_t to_stride) {
  parallel_rows(rows, block_rows(cols), [=](std::size_t begin, std::size_t end) {
    for (std::size_t r = begin; r < end; ++r) {
      std::copy_n(from + r * from_stride, cols, to + r * to_stride);
    }
  });
}

using Parts = PoolVector<Variable>;

}  // namespace

Tensor gather_rows(MatrixView x, std::span<const std::uint32_t> ids) {
  Tensor y = Tensor::uninitialized({ids.size(), x.cols});
  parallel_rows(ids.size(), block_rows(x.cols), [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      std::copy_n(x.data + ids[i] * x.cols, x.cols, y.data() + i * x.cols);
    }
  });
  return y;
}

Tensor scatter_rows(MatrixView x, std::span<const std::uint32_t> ids, std::size_t num_rows) {
  assert(ids.size() == x.rows);
  Tensor sums = Tensor::uninitialized({num_rows, x.cols});
  scatter_add(x, ids, sums.view(), Store::kReplace);
  return sums;
}

Variable gather_rows(const Variable& x, std::span<const std::uint32_t> ids) {
  check_ids(ids, x.rows(), "gather_rows");
  return record(gather_rows(x.value().view(), ids), {x},
                [x, ids = Ids(ids.begin(), ids.end())](const Tensor& gradient) {
                  scatter_add(gradient.view(), ids, x.mutable_gradient().view(), Store::kAdd);
                });
}

Variable scatter_rows(const Variable& x, std::span<const std::uint32_t> ids, std::size_t num_rows) {
  if (ids.size() != x.rows()) {
    throw ShapeError(
        message("scatter_rows: ", ids.size(), " ids, expected ", x.rows(), ", one for each row"));
  }
  check_ids(ids, num_rows, "scatter_rows");
  return record(scatter_rows(MatrixView(x.value().view()), ids, num_rows), {x},
                [x, ids = Ids(ids.begin(), ids.end())](const Tensor& gradient) {
                  Tensor rows = gather_rows(MatrixView(gradient.view()), ids);
                  x.add_gradient(std::move(rows));
                });
}

Variable concat_columns(std::span<const Variable> parts) {
  if (parts.empty()) throw ShapeError("concat_columns: no parts, expected at least one");
  const std::size_t rows = parts[0].rows();
  std::size_t cols = 0;
  for (std::size_t p = 0; p < parts.size(); ++p) {
    if (parts[p].rows() != rows) {
      throw ShapeError(message("concat_columns: part ", p, " has shape ",
                               parts[p].shape().to_string(), ", expected ", rows,
                               " rows like part 0"));
    }
    cols += parts[p].cols();
  }
  Tensor whole = Tensor::uninitialized({rows, cols});
  std::size_t first = 0;
  for (const Variable& part : parts) {
    copy_rectangle(rows, part.cols(), part.value().data(), part.cols(), whole.data() + first, cols);
    first += part.cols();
  }
  auto backward =
      [parts = Parts(parts.begin(), parts.end())](std::span<const Tensor* const> gradients) {
        const Tensor& gradient = *gradients[0];
        const float* from = gradient.data();
        for (const Variable& part : parts) {
          if (part.requires_gradient()) {
            Tensor columns = Tensor::uninitialized(part.shape());
            copy_rectangle(part.rows(), part.cols(), from, gradient.cols(), columns.data(),
                           part.cols());
            part.add_gradient(std::move(columns));
          }
          from += part.cols();
        }
      };
  return Recorder::record(std::span(&whole, 1), parts, std::move(backward)).front();
}

Variable columns(const Variable& x, std::size_t first, std::size_t count) {
  if (first > x.cols() || count > x.cols() - first) {
    throw ShapeError(
        message("columns ", first, " to ", first + count, " of ", x.shape().to_string()));
  }
  Tensor some = Tensor::uninitialized({x.rows(), count});
  copy_rectangle(x.rows(), count, x.value().data() + first, x.cols(), some.data(), count);
  return record(std::move(some), {x}, [x, first](const Tensor& gradient) {
    Tensor& sum = x.mutable_gradient();
    parallel_rows(x.rows(), block_rows(gradient.cols()), [&](std::size_t begin, std::size_t end) {
      for (std::size_t r = begin; r < end; ++r) {
        kernels().add(gradient.cols(), gradient.row(r).data(), sum.row(r).data() + first);
      }
    });
  });
}

Variable concat_rows(std::span<const Variable> parts) {
  if (parts.empty()) throw ShapeError("concat_rows: no parts, expected at least one");
  const std::size_t cols = parts[0].cols();
  std::size_t rows = 0;
  for (std::size_t p = 0; p < parts.size(); ++p) {
    if (parts[p].cols() != cols) {
      throw ShapeError(message("concat_rows: part ", p, " has shape ", parts[p].shape().to_string(),
                               ", expected ", cols, " columns like part 0"));
    }
    rows += parts[p].rows();
  }
  Tensor whole = Tensor::uninitialized({rows, cols});
  float* to = whole.data();
  for (const Variable& part : parts) {
    copy_rectangle(part.rows(), cols, part.value().data(), cols, to, cols);
    to += part.value().size();
  }
  auto backward =
      [parts = Parts(parts.begin(), parts.end())](std::span<const Tensor* const> gradients) {
        const float* from = gradients[0]->data();
        for (const Variable& part : parts) {
          const std::size_t size = part.value().size();
          if (part.requires_gradient()) {
            part.add_gradient(Tensor::from_values(part.shape(), std::span(from, size)));
          }
          from += size;
        }
      };
  return Recorder::record(std::span(&whole, 1), parts, std::move(backward)).front();
}

void check_ids(std::span<const std::uint32_t> ids, std::size_t limit, const char* what) {
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] >= limit) {
      throw ShapeError(
          message(what, ": id ", ids[i], " at position ", i, ", expected less than ", limit));
    }
  }
}

}  // namespace espalier
