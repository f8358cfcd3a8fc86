#include <espalier/ops/elementwise.h>

#include <cmath>
#include <functional>

#include <espalier/ops/kernels.h>
#include <espalier/ops/parallel.h>

namespace espalier {
namespace {

constexpr std::size_t kBlock = 16 * 1024;  // Elements: enough to hide what a task costs.

// The tensor of f(x[i]...).
template <class Function, class... Inputs>
Tensor map(const Shape& shape, Function f, const Inputs*... x) {
  Tensor y = Tensor::uninitialized(shape);
  float* const out = y.data();
  parallel_rows(y.size(), kBlock, [=](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) out[i] = f(x[i]...);
  });
  return y;
}

using Kernel = void (*)(std::size_t n, const float* x, float* y);

Tensor run(Kernel kernel, const Tensor& x) {
  Tensor y = Tensor::uninitialized(x.shape());
  parallel_rows(x.size(), kBlock, [&](std::size_t begin, std::size_t end) {
    kernel(end - begin, x.data() + begin, y.data() + begin);
  });
  return y;
}

// An operation y = f(x) of which derivative(y[i]) is known. The record holds no copy of y, and no
// handle, which would be a cycle: y is alive whenever a gradient reached it.
template <class Derivative>
Variable record_by_result(Tensor y, const Variable& x, Derivative derivative) {
  const float* const result = y.data();
  return record(std::move(y), {x}, [x, result, derivative](const Tensor& gradient) {
    x.add_gradient(map(
        x.shape(), [=](float g, float y_i) { return g * derivative(y_i); }, gradient.data(),
        result));
  });
}

}  // namespace

Variable add(const Variable& a, const Variable& b) {
  check_shape(b.shape(), a.shape(), "add");
  return record(map(a.shape(), std::plus<>(), a.value().data(), b.value().data()), {a, b},
                [a, b](const Tensor& gradient) {
                  if (a.requires_gradient()) a.add_gradient(gradient.clone());
                  if (b.requires_gradient()) b.add_gradient(gradient.clone());
                });
}

Variable subtract(const Variable& a, const Variable& b) {
  check_shape(b.shape(), a.shape(), "subtract");
  return record(map(a.shape(), std::minus<>(), a.value().data(), b.value().data()), {a, b},
                [a, b](const Tensor& gradient) {
                  if (a.requires_gradient()) a.add_gradient(gradient.clone());
                  if (b.requires_gradient()) {
                    b.add_gradient(map(b.shape(), std::negate<>(), gradient.data()));
                  }
                });
}

Variable multiply(const Variable& a, const Variable& b) {
  check_shape(b.shape(), a.shape(), "multiply");
  return record(map(a.shape(), std::multiplies<>(), a.value().data(), b.value().data()), {a, b},
                [a, b](const Tensor& gradient) {
                  const auto times = [&](const Variable& other) {
                    return map(other.shape(), std::multiplies<>(), gradient.data(),
                               other.value().data());
                  };
                  if (a.requires_gradient()) a.add_gradient(times(b));
                  if (b.requires_gradient()) b.add_gradient(times(a));
                });
}

Variable scale(const Variable& x, float factor) {
  const auto scaled = [factor](float v) { return factor * v; };
  return record(map(x.shape(), scaled, x.value().data()), {x}, [x, scaled](const Tensor& gradient) {
    x.add_gradient(map(x.shape(), scaled, gradient.data()));
  });
}

Variable abs(const Variable& x) {
  return record(map(
                    x.shape(), [](float v) { return std::fabs(v); }, x.value().data()),
                {x}, [x](const Tensor& gradient) {
                  const auto signed_by = [](float g, float v) {
                    return v > 0 ? g : v < 0 ? -g : 0.0f;
                  };
                  x.add_gradient(map(x.shape(), signed_by, gradient.data(), x.value().data()));
                });
}

Variable tanh(const Variable& x) {
  return record_by_result(run(kernels().tanh, x.value()), x, [](float y) { return 1 - y * y; });
}

Variable sigmoid(const Variable& x) {
  return record_by_result(run(kernels().sigmoid, x.value()), x,
                          [](float y) { return y * (1 - y); });
}

Variable relu(const Variable& x) {
  const auto positive_part = [](float v) { return v < 0 ? 0.0f : v; };
  return record_by_result(map(x.shape(), positive_part, x.value().data()), x,
                          [](float y) { return y > 0 ? 1.0f : 0.0f; });
}

}  // namespace espalier
