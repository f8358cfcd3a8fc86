#pragma once

#include <cstddef>
#include <vector>

namespace espalier {

/// Element-wise kernels over runs of floats, in the widest instructions that this machine has.
///
/// Every element is computed by the same instructions wherever it stands in a run, so that a
/// result does not depend on how work was cut. An output may be one of the inputs; runs must not
/// overlap otherwise. Arguments: how many elements, inputs, then outputs; an argument that is both
/// is said so.
struct Kernels {
  const char* instruction_set;

  void (*sigmoid)(std::size_t n, const float* x, float* y);
  void (*tanh)(std::size_t n, const float* x, float* y);
  void (*exp)(std::size_t n, const float* x, float* y);
  void (*relu_backward)(std::size_t n, const float* dy, const float* y,
                        float* dx);  ///< dx = dy where y > 0, else 0.
  /// x where x > 0, else alpha (e^x - 1).
  void (*elu)(std::size_t n, float alpha, const float* x, float* y);
  void (*elu_backward)(std::size_t n, float alpha, const float* dy, const float* x, const float* y,
                       float* dx);  ///< dx = dy where x > 0, else dy * (y + alpha).
  void (*tanh_backward)(std::size_t n, const float* dy, const float* y,
                        float* dx);  ///< dx += dy * (1 - y^2).
  /// y, a tanh, becomes the gradient of its argument; d is that of y . w: y = d * w * (1 - y^2).
  void (*tanh_dot_backward)(std::size_t n, float d, const float* w, float* y);
  void (*add)(std::size_t n, const float* x, float* sum);  ///< sum += x.
  void (*add_scaled)(std::size_t n, float factor, const float* x, float* sum);

  float (*dot)(std::size_t n, const float* a,
               const float* b);  ///< The sum of a * b, in an order that n alone decides.
  void (*add_product)(std::size_t n, const float* a, const float* b,
                      float* sum);  ///< sum += a * b.
};

/// The kernels for this machine, chosen on first use.
const Kernels& kernels();

/// Those for every instruction set that this machine has; for tests.
std::vector<const Kernels*> all_kernels();

}  // namespace espalier
