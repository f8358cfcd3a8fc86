#include <espalier/ops/variable.h>

#include <algorithm>
#include <atomic>

#include <espalier/base/error.h>
#include <espalier/ops/kernels.h>
#include <espalier/ops/parallel.h>

namespace espalier {
namespace {

thread_local bool recording_is_on = true;

// Of the whole process: a record that one thread began may be continued by another.
std::atomic<std::uint64_t> last_number = 0;

std::uint64_t next_number() { return last_number.fetch_add(1, std::memory_order_relaxed) + 1; }

// Frees operations one after the other: a long record would otherwise free itself by recursion.
void dispose(std::shared_ptr<detail::Operation> operation) {
  using Pending = PoolVector<std::shared_ptr<detail::Operation>>;
  thread_local Pending* pending = nullptr;
  if (pending != nullptr) {
    pending->push_back(std::move(operation));
    return;
  }
  Pending operations;
  pending = &operations;
  operations.push_back(std::move(operation));
  while (!operations.empty()) {
    const std::shared_ptr<detail::Operation> last = std::move(operations.back());
    operations.pop_back();
  }
  pending = nullptr;
}

using Operations = PoolVector<std::shared_ptr<detail::Operation>>;

// Every operation that the roots depend on, themselves too, latest first.
Operations operations_behind(std::span<const Variable> roots) {
  const std::uint64_t visit = next_number();
  Operations found;
  for (const Variable& root : roots) {
    const auto& producer = Recorder::value_of(root).producer;
    if (producer == nullptr || producer->visit == visit) continue;
    producer->visit = visit;
    found.push_back(producer);
  }
  for (std::size_t i = 0; i < found.size(); ++i) {
    for (const auto& input : found[i]->inputs) {
      const std::shared_ptr<detail::Operation> producer = input->producer;
      if (producer == nullptr || producer->visit == visit) continue;
      producer->visit = visit;
      found.push_back(producer);
    }
  }
  std::sort(found.begin(), found.end(),
            [](const auto& a, const auto& b) { return a->order > b->order; });
  return found;
}

// Runs one operation backward, and lets go of its outputs.
void run(detail::Operation& operation, std::span<std::shared_ptr<detail::Value>> outputs) {
  PoolVector<const Tensor*> gradients;
  bool reached = false;
  for (const auto& output : outputs) {
    const bool has = output != nullptr && !output->gradient.empty();
    gradients.push_back(has ? &output->gradient : nullptr);
    reached = reached || has;
  }
  if (reached) operation.run(gradients);
  operation.done = true;
  operation.release();
  operation.inputs.clear();
  for (auto& output : outputs) {
    if (output != nullptr) output->gradient = {};
    output.reset();
  }
}

}  // namespace

Variable::Variable(Tensor value) : value_(detail::make_value(std::move(value))) {}

Variable Variable::parameter(Tensor value) {
  Variable v(std::move(value));
  v.value_->requires_gradient = true;
  return v;
}

const Tensor& Variable::value() const {
  if (value_ == nullptr) throw Error("a variable without a value was used");
  return value_->value;
}

bool Variable::requires_gradient() const { return value_ != nullptr && value_->requires_gradient; }

const Tensor& Variable::gradient() const { return value_->gradient; }

const RowGradient& Variable::row_gradient() const { return value_->row_gradient; }

void Variable::clear_gradient() const {
  value_->gradient = {};
  value_->row_gradient.clear();
}

Tensor& Variable::mutable_gradient() const {
  if (value_->gradient.empty()) value_->gradient = Tensor::zeros(shape());
  return value_->gradient;
}

RowGradient& Variable::mutable_row_gradient() const { return value_->row_gradient; }

void Variable::add_gradient(Tensor gradient) const {
  check_shape(gradient.shape(), shape(), "gradient");
  Tensor& sum = value_->gradient;
  if (sum.empty()) {
    sum = std::move(gradient);
  } else {
    constexpr std::size_t kBlock = 16 * 1024;  // Elements: enough to hide what a task costs.
    parallel_rows(sum.size(), kBlock, [&](std::size_t begin, std::size_t end) {
      kernels().add(end - begin, gradient.data() + begin, sum.data() + begin);
    });
  }
}

Tensor& Variable::mutable_value() const {
  ++value_->version;
  return value_->value;
}

std::uint64_t Variable::version() const { return value_->version; }

void Variable::backward() const {
  if (value().size() != 1) {
    throw ShapeError(message("backward() of a variable of shape ", shape().to_string(),
                             ", expected one element; pass a seed gradient"));
  }
  backward(Tensor::filled(shape(), 1.0f));
}

void Variable::backward(Tensor seed) const {
  check_shape(seed.shape(), shape(), "backward");
  if (value_->producer == nullptr) {
    throw Error("backward() of a variable that was not computed from parameters while recording");
  }
  espalier::backward({this, 1}, {&seed, 1});
}

void backward(std::span<const Variable> variables, std::span<Tensor> seeds) {
  if (variables.size() != seeds.size()) {
    throw ShapeError(message("backward: ", seeds.size(), " seeds, expected ", variables.size(),
                             ", one for each variable"));
  }
  for (std::size_t i = 0; i < seeds.size(); ++i) {
    check_shape(seeds[i].shape(), variables[i].shape(), "backward");
  }
  const Operations operations = operations_behind(variables);
  // Before anything is added to a gradient.
  if (std::any_of(operations.begin(), operations.end(), [](const auto& o) { return o->done; })) {
    throw Error(
        "backward: the record was used up by an earlier backward(); compute the value again");
  }
  // A value in the middle is often held by nobody but the operations that used it, which let go of
  // it as they run: keep it, for the gradient it gathers, until its producer has run.
  PoolVector<std::shared_ptr<detail::Value>> outputs;
  for (const auto& operation : operations) {
    for (const auto& output : operation->outputs) outputs.push_back(output.lock());
  }
  for (std::size_t i = 0; i < seeds.size(); ++i) {
    if (variables[i].requires_gradient()) variables[i].add_gradient(std::move(seeds[i]));
  }
  std::span<std::shared_ptr<detail::Value>> left = outputs;
  for (const auto& operation : operations) {
    const std::size_t count = operation->outputs.size();
    run(*operation, left.first(count));
    left = left.subspan(count);
  }
}

Variable Variable::sum() const {
  double total = 0.0;
  for (const float x : value().flat()) total += static_cast<double>(x);
  return record(Tensor::filled({1}, static_cast<float>(total)), {*this},
                [x = *this](const Tensor& gradient) {
                  x.add_gradient(Tensor::filled(x.shape(), gradient.data()[0]));
                });
}

NoRecording::NoRecording() : before_(std::exchange(recording_is_on, false)) {}

NoRecording::~NoRecording() { recording_is_on = before_; }

bool is_recording() { return recording_is_on; }

bool records(std::span<const Variable> inputs) {
  return recording_is_on && std::any_of(inputs.begin(), inputs.end(),
                                        [](const Variable& v) { return v.requires_gradient(); });
}

namespace detail {

std::uint64_t last_operation() { return last_number.load(std::memory_order_relaxed); }

bool computed_since(const Variable& variable, std::uint64_t number) {
  const Operations operations = operations_behind({&variable, 1});
  return std::ranges::all_of(operations, [&](const auto& o) { return o->order > number; });
}

Value::~Value() {
  if (producer != nullptr && producer.use_count() == 1) dispose(std::move(producer));
}

std::shared_ptr<Value> make_value(Tensor value) {
  auto made = std::allocate_shared<Value>(PoolAllocator<Value>());
  made->value = std::move(value);
  return made;
}

void link(const std::shared_ptr<Operation>& operation, std::span<const Variable> inputs,
          std::span<const Variable> outputs) {
  operation->order = next_number();
  for (const Variable& input : inputs) {
    if (input.requires_gradient()) operation->inputs.push_back(Recorder::handle_of(input));
  }
  for (const Variable& output : outputs) {
    Value& value = Recorder::value_of(output);
    value.requires_gradient = true;
    value.producer = operation;
    operation->outputs.push_back(Recorder::handle_of(output));
  }
}

}  // namespace detail
}  // namespace espalier
