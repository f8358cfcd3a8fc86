#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <espalier/base/memory.h>
#include <espalier/ops/row_gradient.h>
#include <espalier/ops/tensor.h>

namespace espalier {

namespace detail {
struct Value;
struct Operation;
}  // namespace detail

/// A handle on a value, its gradient, and how the value came to be.
///
/// Operations on variables record themselves as they run; `backward()` goes back through the
/// record, adds to the gradient of every parameter that took part, and frees what was kept for it.
/// Copies share the value. One thread at a time may record, and run backward, over a set of
/// variables; the operations run in parallel inside.
class Variable {
 public:
  Variable() = default;                     ///< Undefined.
  explicit Variable(Tensor value);          ///< A constant.
  static Variable parameter(Tensor value);  ///< Something to be trained: it gathers a gradient.

  bool defined() const { return value_ != nullptr; }
  const Tensor& value() const;
  const Shape& shape() const { return value().shape(); }
  std::size_t rows() const { return value().rows(); }
  std::size_t cols() const { return value().cols(); }
  float item() const { return value().item(); }

  /// Is it a parameter, or computed from one while recording?
  bool requires_gradient() const;

  /// Empty before a backward pass reached it; then of the value's shape. After `backward()` only
  /// parameters keep theirs.
  const Tensor& gradient() const;
  /// The part of the gradient that touches single rows, kept apart from `gradient()`; see
  /// `embedding`.
  const RowGradient& row_gradient() const;
  void clear_gradient() const;

  /// The gradient to add to; zeros if there was none.
  Tensor& mutable_gradient() const;
  RowGradient& mutable_row_gradient() const;
  /// Adds to the gradient. Throws ShapeError unless of the value's shape.
  void add_gradient(Tensor gradient) const;

  /// The value, to be changed in place: by optimisers and loaders, never in the midst of a step.
  Tensor& mutable_value() const;
  /// Counts the calls of mutable_value(): what was derived from the value (packed weights) is good
  /// as long as it is unchanged.
  std::uint64_t version() const;

  /// Gradients of this variable, which must have one element, with respect to every parameter.
  /// Throws ShapeError if it has more, Error if any part of the record was used up by an earlier
  /// backward pass or nothing was recorded; then no gradient is changed.
  void backward() const;
  /// The same for sum(seed * value); `seed` has the value's shape.
  void backward(Tensor seed) const;

  /// The sum of all elements, [1].
  Variable sum() const;

  /// The same value as a constant: no gradient goes through it.
  Variable detach() const { return Variable(value().alias()); }

 private:
  friend struct detail::Operation;
  friend void backward(std::span<const Variable> variables, std::span<Tensor> seeds);
  friend class Recorder;
  explicit Variable(std::shared_ptr<detail::Value> value) : value_(std::move(value)) {}

  std::shared_ptr<detail::Value> value_;
};

/// Gradients of the sum of all sum(seeds[i] * variables[i]) with respect to every parameter, in one
/// pass back. A variable that is a parameter gains its seed; a constant is passed over. Throws
/// ShapeError unless seeds[i] has the shape of variables[i], Error if any part of the record was
/// used up by an earlier backward pass; then no gradient is changed.
void backward(std::span<const Variable> variables, std::span<Tensor> seeds);

/// While one is alive, operations of this thread record nothing: for inference.
class NoRecording {
 public:
  NoRecording();
  ~NoRecording();
  NoRecording(const NoRecording&) = delete;
  NoRecording& operator=(const NoRecording&) = delete;

 private:
  bool before_;
};

/// Does this thread record? Not while a NoRecording is alive.
bool is_recording();
/// Would an operation on these inputs be recorded? If is_recording(), and one requires a gradient.
bool records(std::span<const Variable> inputs);
inline bool records(std::initializer_list<Variable> inputs) {
  return records(std::span(inputs.begin(), inputs.size()));
}

namespace detail {

/// The number of the last operation that was recorded; later ones have greater numbers.
std::uint64_t last_operation();
/// Was everything that `variable` was computed from, but for constants and parameters, recorded
/// after operation `number`?
bool computed_since(const Variable& variable, std::uint64_t number);

struct Value {
  Tensor value;
  Tensor gradient;
  RowGradient row_gradient;
  bool requires_gradient = false;
  std::uint64_t version = 0;
  std::shared_ptr<Operation> producer;  // Null for constants and parameters.

  Value() = default;
  Value(const Value&) = delete;
  Value& operator=(const Value&) = delete;
  ~Value();
};

// One entry of the record.
struct Operation {
  std::uint64_t order = 0;  // Later operations have greater numbers.
  std::uint64_t visit = 0;  // The backward pass that saw it last.
  bool done = false;
  PoolVector<std::shared_ptr<Value>> inputs;
  PoolVector<std::weak_ptr<Value>> outputs;

  Operation() = default;
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;
  virtual ~Operation() = default;
  /// gradients[i] is that of output i, null if nothing reached it.
  virtual void run(std::span<const Tensor* const> gradients) = 0;
  virtual void release() = 0;
};

template <class Backward>
struct RecordedOperation final : Operation {
  std::optional<Backward> backward;

  explicit RecordedOperation(Backward b) : backward(std::move(b)) {}
  void run(std::span<const Tensor* const> gradients) override { (*backward)(gradients); }
  void release() override { backward.reset(); }
};

std::shared_ptr<Value> make_value(Tensor value);
void link(const std::shared_ptr<Operation>& operation, std::span<const Variable> inputs,
          std::span<const Variable> outputs);

}  // namespace detail

/// Puts an operation on the record: for those who write operations.
class Recorder {
 public:
  /// The results `values` of an operation on `inputs`. If it must be recorded, `backward` is kept
  /// and later called once with the gradients of the results (null: nothing reached that result);
  /// it adds to the gradients of those inputs that require one.
  template <class Backward>
  static std::vector<Variable, PoolAllocator<Variable>> record(std::span<Tensor> values,
                                                               std::span<const Variable> inputs,
                                                               Backward backward) {
    std::vector<Variable, PoolAllocator<Variable>> results;
    results.reserve(values.size());
    for (Tensor& value : values) results.push_back(Variable(detail::make_value(std::move(value))));
    if (records(inputs)) {
      using Op = detail::RecordedOperation<Backward>;
      detail::link(std::allocate_shared<Op>(PoolAllocator<Op>(), std::move(backward)), inputs,
                   results);
    }
    return results;
  }
  static detail::Value& value_of(const Variable& v) { return *v.value_; }
  static const std::shared_ptr<detail::Value>& handle_of(const Variable& v) { return v.value_; }
};

/// The same for an operation with one result: backward(gradient of the result).
template <class Backward>
Variable record(Tensor value, std::initializer_list<Variable> inputs, Backward backward) {
  return Recorder::record(
             std::span(&value, 1), std::span(inputs.begin(), inputs.size()),
             [backward = std::move(backward)](auto gradients) mutable { backward(*gradients[0]); })
      .front();
}

}  // namespace espalier
