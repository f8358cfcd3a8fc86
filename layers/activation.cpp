#include <espalier/layers/activation.h>

#include <algorithm>

#include <espalier/ops/kernels.h>

namespace espalier {

void activate(Activation f, std::size_t n, const float* x, float* y) {
  switch (f) {
    case Activation::kTanh:
      kernels().tanh(n, x, y);
      return;
    case Activation::kRelu:
      for (std::size_t i = 0; i < n; ++i) y[i] = x[i] < 0.0f ? 0.0f : x[i];  // NaN stays NaN.
      return;
    case Activation::kSigmoid:
      kernels().sigmoid(n, x, y);
      return;
    case Activation::kIdentity:
      if (x != y) std::copy_n(x, n, y);
      return;
  }
}

void activate_backward(Activation f, std::size_t n, const float* dy, const float* y, float* dx) {
  switch (f) {
    case Activation::kTanh:
      for (std::size_t i = 0; i < n; ++i) dx[i] = dy[i] * (1.0f - y[i] * y[i]);
      return;
    case Activation::kRelu:
      for (std::size_t i = 0; i < n; ++i) dx[i] = y[i] > 0.0f ? dy[i] : 0.0f;
      return;
    case Activation::kSigmoid:
      for (std::size_t i = 0; i < n; ++i) dx[i] = dy[i] * y[i] * (1.0f - y[i]);
      return;
    case Activation::kIdentity:
      if (dx != dy) std::copy_n(dy, n, dx);
      return;
  }
}

}  // namespace espalier
