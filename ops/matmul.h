#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include <espalier/ops/tensor.h>

namespace espalier {

/// Columns of a row-major matrix: row r starts at data + r * stride.
struct StridedView {
  const float* data = nullptr;
  std::size_t rows = 0;
  std::size_t cols = 0;
  std::size_t stride = 0;

  StridedView() = default;
  StridedView(const float* data_, std::size_t rows_, std::size_t cols_, std::size_t stride_)
      : data(data_), rows(rows_), cols(cols_), stride(stride_) {}
  StridedView(MatrixView m) : data(m.data), rows(m.rows), cols(m.cols), stride(m.cols) {}
  /// Columns first .. first + num_cols - 1 of m.
  StridedView(MatrixView m, std::size_t first, std::size_t num_cols)
      : data(m.data + first), rows(m.rows), cols(num_cols), stride(m.cols) {}

  const float* row(std::size_t r) const { return data + r * stride; }
};

/// The same, to be written to.
struct MutableStridedView {
  float* data = nullptr;
  std::size_t rows = 0;
  std::size_t cols = 0;
  std::size_t stride = 0;

  float* row(std::size_t r) const { return data + r * stride; }
  operator StridedView() const { return {data, rows, cols, stride}; }
};

/// Does a product replace what is there, or add to it?
enum class Store { kReplace, kAdd };

/// A [k, n] matrix laid out for oneDNN, as the right-hand side of many products.
///
/// A row of a product has the same bits however many rows are multiplied with it, so products may
/// be cut anywhere between rows; where oneDNN's own kernels do not keep to this (without AVX-512),
/// rows are multiplied in blocks of one size. oneDNN's primitives are made once for each number of
/// rows, and kept: for all up to kStepRows, and beyond for its multiples. It runs on the calling
/// thread alone, whatever oneDNN was built with.
class PackedMatrix {
 public:
  static constexpr std::size_t kStepRows = 64;
  static constexpr std::size_t kTileRows = 256;  ///< At most so many in one product.

  /// Throws ShapeError if a size is 0.
  PackedMatrix(std::size_t k, std::size_t n);
  ~PackedMatrix();
  PackedMatrix(PackedMatrix&&) noexcept;
  PackedMatrix& operator=(PackedMatrix&&) noexcept;

  std::size_t k() const;
  std::size_t n() const;

  /// Takes the values of `b`, [k, n], or of blocks that stacked on one another are it.
  void pack(MatrixView b) { pack(std::span(&b, 1)); }
  void pack(std::span<const MatrixView> blocks);
  /// Takes the transpose of the blocks stacked on one another, together [n, k].
  void pack_transposed(std::span<const MatrixView> blocks);

  /// y = x b (+ bias), or y += x b, for any number of rows. x is [rows, k], y [rows, n], `bias` has
  /// n values and may be null; it is for kReplace only.
  void multiply(MatrixView x, MutableMatrixView y, const float* bias = nullptr,
                Store store = Store::kReplace) const;

  /// Makes what products y = x b (+ bias) of any number of rows need, else made when first asked
  /// for.
  void warm_up(bool bias) const;

 private:
  struct Packed;
  std::unique_ptr<Packed> packed_;
};

/// PackedMatrix::multiply() in parallel, a tile of rows at a time.
void parallel_multiply(MatrixView x, const PackedMatrix& b, MutableMatrixView y,
                       const float* bias = nullptr, Store store = Store::kReplace);

/// sum += a^T b, the form of every weight gradient, and column_sums += the sums of a's columns, the
/// form of every bias gradient.
struct GradientProduct {
  StridedView a;                 ///< [rows, m]
  StridedView b;                 ///< [rows, n]; without columns: only the column sums.
  float* sum = nullptr;          ///< [m, n]
  float* column_sums = nullptr;  ///< [m], or null.
};

/// All products in one parallel loop over blocks of rows of the results. The sums run over rows in
/// an order that depends on the shapes alone. What they add to must not overlap.
void add_gradient_products(std::span<const GradientProduct> products);

/// y = a b, or y += a b, in parallel, of a matrix b that is multiplied with once: it is not packed
/// beforehand. a is [m, k], b [k, n], y [m, n]. Cut into tiles by the shapes alone.
void multiply_once(MatrixView a, MatrixView b, MutableMatrixView y, Store store = Store::kReplace);

/// The same with the transpose of b, which is [n, k].
void multiply_once_transposed(MatrixView a, MatrixView b, MutableMatrixView y,
                              Store store = Store::kReplace);

/// y = x b for plain row-major matrices [m, k], [k, n], [m, n], on the calling thread: for
/// benchmarks of the machine's ceiling.
void multiply_plain(MatrixView x, MatrixView b, MutableMatrixView y);

}  // namespace espalier
