#include <espalier/ops/tensor.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <new>
#include <utility>

#include <espalier/base/error.h>
#include <espalier/base/memory_error.h>
#include <espalier/ops/parallel.h>

namespace espalier {
namespace {

// Stands before the elements and keeps them at their alignment.
struct alignas(64) Header {
  std::atomic<std::size_t> num_handles{1};
};

// No product of some of a shape's sizes, nor its bytes, overflows.
constexpr std::size_t kMaxElements = std::size_t{1} << 60;

std::size_t block_size(std::size_t size) { return sizeof(Header) + size * sizeof(float); }

Header* header_of(float* data) { return reinterpret_cast<Header*>(data) - 1; }

}  // namespace

Shape::Shape(std::initializer_list<std::size_t> sizes)
    : Shape(std::span(sizes.begin(), sizes.size())) {}

Shape::Shape(std::span<const std::size_t> sizes) : rank_(sizes.size()) {
  if (sizes.size() > kMaxRank) {
    throw ShapeError(message("a tensor of ", sizes.size(), " sizes, expected at most ", kMaxRank));
  }
  std::copy(sizes.begin(), sizes.end(), sizes_.begin());
  std::size_t room = kMaxElements;
  for (const std::size_t size : sizes) {
    if (size > room) {
      throw ShapeError(message("a tensor of shape ", to_string(), ", expected at most ",
                               kMaxElements, " elements"));
    }
    room /= std::max(size, std::size_t{1});
  }
}

std::size_t Shape::num_elements() const {
  std::size_t n = 1;
  for (std::size_t i = 0; i < rank_; ++i) n *= sizes_[i];
  return n;
}

std::string Shape::to_string() const {
  std::string text = "[";
  for (std::size_t i = 0; i < rank_; ++i) {
    if (i > 0) text += ", ";
    text += std::to_string(sizes_[i]);
  }
  return text + "]";
}

Tensor::Tensor(Tensor&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      shape_(std::exchange(other.shape_, {})) {}

Tensor& Tensor::operator=(Tensor&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  std::swap(shape_, other.shape_);
  return *this;
}

Tensor::~Tensor() {
  if (data_ == nullptr) return;
  Header* const header = header_of(data_);
  if (header->num_handles.fetch_sub(1, std::memory_order_acq_rel) == 1) {
    give_block(header, block_size(size_));
  }
}

Tensor Tensor::uninitialized(const Shape& shape) {
  Tensor t;
  t.shape_ = shape;
  t.size_ = shape.num_elements();
  try {
    t.data_ = reinterpret_cast<float*>(new (take_block(block_size(t.size_))) Header + 1);
  } catch (const MemoryError& error) {
    throw MemoryError(message("a tensor of shape ", shape.to_string(), ": ", error.what()));
  }
  return t;
}

Tensor Tensor::zeros(const Shape& shape) { return filled(shape, 0.0f); }

Tensor Tensor::filled(const Shape& shape, float value) {
  Tensor t = uninitialized(shape);
  t.fill(value);
  return t;
}

Tensor Tensor::from_values(const Shape& shape, std::span<const float> values) {
  if (values.size() != shape.num_elements()) {
    throw ShapeError(message(values.size(), " values, expected ", shape.num_elements(),
                             " for shape ", shape.to_string()));
  }
  Tensor t = uninitialized(shape);
  std::copy(values.begin(), values.end(), t.data_);
  return t;
}

Tensor Tensor::from_values(const Shape& shape, std::initializer_list<float> values) {
  return from_values(shape, std::span(values.begin(), values.size()));
}

Tensor Tensor::clone() const {
  if (data_ == nullptr) return {};
  return from_values(shape_, flat());
}

std::size_t Tensor::leading_rows() const {
  if (shape_.rank() < 2) return 0;
  std::size_t n = 1;
  for (std::size_t i = 0; i + 1 < shape_.rank(); ++i) n *= shape_[i];
  return n;
}

Tensor Tensor::alias(const Shape& shape) const {
  assert(data_ == nullptr || shape.num_elements() == size_);
  Tensor t;
  if (data_ != nullptr) header_of(data_)->num_handles.fetch_add(1, std::memory_order_relaxed);
  t.data_ = data_;
  t.size_ = size_;
  t.shape_ = shape;
  return t;
}

float Tensor::item() const {
  if (size_ != 1) {
    throw ShapeError(message("a tensor of shape ", shape_.to_string(), ", expected one element"));
  }
  return data_[0];
}

void Tensor::fill(float value) {
  constexpr std::size_t kBlock = 64 * 1024;  // Elements: less is not worth a task.
  parallel_rows(size_, kBlock, [&](std::size_t begin, std::size_t end) {
    std::fill(data_ + begin, data_ + end, value);
  });
}

void check_shape(const Shape& actual, const Shape& expected, const char* what) {
  if (actual == expected) return;
  throw ShapeError(
      message(what, ": shape ", actual.to_string(), ", expected ", expected.to_string()));
}

bool all_close(const Tensor& a, const Tensor& b, float relative, float absolute) {
  check_shape(a.shape(), b.shape(), "all_close");
  return std::equal(a.flat().begin(), a.flat().end(), b.flat().begin(), [=](float x, float y) {
    return std::abs(x - y) <= absolute + relative * std::abs(y);
  });
}

bool bitwise_equal(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() &&
         (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0);
}

}  // namespace espalier
