#pragma once

#include <array>
#include <cassert>
#include <cstddef>
#include <initializer_list>
#include <span>
#include <string>
#include <vector>

#include <espalier/base/memory.h>

namespace espalier {

/// Up to four sizes, slowest first. A matrix is [rows, columns].
class Shape {
 public:
  static constexpr std::size_t kMaxRank = 4;

  Shape() = default;
  /// Throws ShapeError beyond four sizes, or 2^60 elements.
  Shape(std::initializer_list<std::size_t> sizes);
  explicit Shape(std::span<const std::size_t> sizes);

  std::size_t rank() const { return rank_; }
  std::size_t operator[](std::size_t i) const {
    assert(i < rank_);
    return sizes_[i];
  }
  std::size_t num_elements() const;  ///< 1 for rank 0.
  std::string to_string() const;     ///< "[3, 4]".

  friend bool operator==(const Shape&, const Shape&) = default;

 private:
  std::array<std::size_t, kMaxRank> sizes_{};
  std::size_t rank_ = 0;
};

/// Rows of floats, one directly after the other, that somebody else owns. What kernels take.
template <class Float>
struct BasicMatrixView {
  Float* data = nullptr;
  std::size_t rows = 0;
  std::size_t cols = 0;

  std::span<Float> row(std::size_t r) const {
    assert(r < rows);
    return {data + r * cols, cols};
  }
  /// Rows begin .. end - 1.
  BasicMatrixView slice(std::size_t begin, std::size_t end) const {
    assert(begin <= end && end <= rows);
    return {data + begin * cols, end - begin, cols};
  }
  std::span<Float> flat() const { return {data, rows * cols}; }
  operator BasicMatrixView<const Float>() const { return {data, rows, cols}; }
};
using MatrixView = BasicMatrixView<const float>;
using MutableMatrixView = BasicMatrixView<float>;

/// A dense, row-major block of floats, aligned to 64 bytes, that it owns.
///
/// Move-only: a copy is a `clone()`, and is seen where it happens. The memory comes from the pool
/// of `base/memory.h`, so that a training step's tensors cost no system call after the first step.
class Tensor {
 public:
  Tensor() = default;  ///< Empty: no elements, rank 0.
  Tensor(Tensor&& other) noexcept;
  Tensor& operator=(Tensor&& other) noexcept;
  ~Tensor();

  static Tensor uninitialized(const Shape& shape);
  static Tensor zeros(const Shape& shape);
  static Tensor filled(const Shape& shape, float value);
  /// Throws ShapeError unless there are as many values as the shape has elements.
  static Tensor from_values(const Shape& shape, std::span<const float> values);
  static Tensor from_values(const Shape& shape, std::initializer_list<float> values);
  Tensor clone() const;
  /// Shares the elements: what an operation keeps for its backward pass.
  Tensor alias() const { return alias(shape_); }
  /// The same under another shape, which has as many elements (asserted).
  Tensor alias(const Shape& shape) const;

  const Shape& shape() const { return shape_; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  /// As a matrix: columns are the last size, rows are all others together. Rank 1 is one row.
  std::size_t cols() const { return shape_.rank() == 0 ? size_ : shape_[shape_.rank() - 1]; }
  std::size_t rows() const { return cols() == 0 ? leading_rows() : size_ / cols(); }

  float* data() { return data_; }
  const float* data() const { return data_; }
  std::span<float> flat() { return {data_, size_}; }
  std::span<const float> flat() const { return {data_, size_}; }
  MutableMatrixView view() { return {data_, rows(), cols()}; }
  MatrixView view() const { return {data_, rows(), cols()}; }
  std::span<float> row(std::size_t r) { return view().row(r); }
  std::span<const float> row(std::size_t r) const { return view().row(r); }
  float& at(std::size_t r, std::size_t c) { return row(r)[c]; }
  float at(std::size_t r, std::size_t c) const { return row(r)[c]; }

  /// The only element. Throws ShapeError if there is not exactly one.
  float item() const;

  void fill(float value);

 private:
  std::size_t leading_rows() const;

  float* data_ = nullptr;
  std::size_t size_ = 0;
  Shape shape_;
};

/// Throws ShapeError "<what>: shape [..], expected [..]" unless they are equal.
void check_shape(const Shape& actual, const Shape& expected, const char* what);

/// |a - b| <= absolute + relative * |b| everywhere, and no NaN. Throws ShapeError on unequal
/// shapes.
bool all_close(const Tensor& a, const Tensor& b, float relative = 1e-5f, float absolute = 1e-6f);

/// Equal bit for bit, shapes too.
bool bitwise_equal(const Tensor& a, const Tensor& b);

}  // namespace espalier
