#include <espalier/ops/elementwise.h>

#include <cmath>

#include <espalier/base/error.h>
#include <espalier/ops/internal/map.h>
#include <espalier/ops/kernels.h>
#include <espalier/ops/parallel.h>

namespace espalier {
namespace {

using detail::map;

constexpr std::size_t kBlock = 16 * 1024;  // Elements: enough to hide what a task costs.

// kernel(n, x, y) over all elements.
template <class Kernel>
Tensor run(const Kernel& kernel, const Tensor& x) {
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

// An operation y = f(x) of which derivative(x[i]) is known.
template <class Function, class Derivative>
Variable record_by_input(const Variable& x, Function f, Derivative derivative) {
  return record(map(x.shape(), f, x.value().data()), {x}, [x, derivative](const Tensor& gradient) {
    x.add_gradient(map(
        x.shape(), [=](float g, float x_i) { return g * derivative(x_i); }, gradient.data(),
        x.value().data()));
  });
}

}  // namespace

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

Variable exp(const Variable& x) {
  return record_by_result(run(kernels().exp, x.value()), x, [](float y) { return y; });
}

Variable log(const Variable& x) {
  return record_by_input(
      x, [](float v) { return std::log(v); }, [](float v) { return 1 / v; });
}

Variable sqrt(const Variable& x) {
  return record_by_result(map(
                              x.shape(), [](float v) { return std::sqrt(v); }, x.value().data()),
                          x, [](float y) { return 0.5f / y; });
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
  Tensor y = map(x.shape(), positive_part, x.value().data());
  const float* const result = y.data();  // As in record_by_result().
  return record(std::move(y), {x}, [x, result](const Tensor& gradient) {
    Tensor dx = Tensor::uninitialized(x.shape());
    parallel_rows(dx.size(), kBlock, [&](std::size_t begin, std::size_t end) {
      kernels().relu_backward(end - begin, gradient.data() + begin, result + begin,
                              dx.data() + begin);
    });
    x.add_gradient(std::move(dx));
  });
}

Variable leaky_relu(const Variable& x, float slope) {
  return record_by_input(
      x, [=](float v) { return v > 0 ? v : slope * v; },
      [=](float v) { return v > 0 ? 1.0f : slope; });
}

Variable elu(const Variable& x, float alpha) {
  Tensor y =
      run([alpha](auto n, auto* v, float* to) { kernels().elu(n, alpha, v, to); }, x.value());
  const float* const result = y.data();  // As in record_by_result().
  return record(std::move(y), {x}, [x, result, alpha](const Tensor& gradient) {
    Tensor dx = Tensor::uninitialized(x.shape());
    parallel_rows(dx.size(), kBlock, [&](std::size_t begin, std::size_t end) {
      kernels().elu_backward(end - begin, alpha, gradient.data() + begin, x.value().data() + begin,
                             result + begin, dx.data() + begin);
    });
    x.add_gradient(std::move(dx));
  });
}

Variable clamp(const Variable& x, float low, float high) {
  if (!(low <= high)) {
    throw OptionError(message("clamp: from ", low, " to ", high, ", expected low <= high"));
  }
  return record_by_input(
      x, [=](float v) { return v < low    ? low
                               : v > high ? high
                                          : v; },
      [=](float v) { return v >= low && v <= high ? 1.0f : 0.0f; });
}

}  // namespace espalier
