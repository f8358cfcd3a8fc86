#pragma once

#include <cstddef>

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
  void (*tanh_backward)(std::size_t n, const float* dy, const float* y,
                        float* dx);                        ///< dx += dy * (1 - y^2).
  void (*add)(std::size_t n, const float* x, float* sum);  ///< sum += x.
  void (*add_scaled)(std::size_t n, float factor, const float* x, float* sum);

  /// A forget gate over one predecessor: f = sigmoid(a + b); sum += f * c.
  void (*forget)(std::size_t n, const float* a, const float* b, const float* c, float* f,
                 float* sum);
  /// From dc, the gradient of the new cell: d_pre = dc * c * f * (1 - f); d_c = dc * f.
  void (*forget_backward)(std::size_t n, const float* dc, const float* f, const float* c,
                          float* d_pre, float* d_c);

  /// The rest of an LSTM cell. i, u, o hold pre-activations and are replaced by the gates; c holds
  /// the sum over forget gates: c += sigmoid(i) * tanh(u); t = tanh(c); h = sigmoid(o) * t.
  void (*cell)(std::size_t n, float* i, float* u, float* o, float* c, float* t, float* h);
  /// i, u, o hold gates and are replaced by the gradients of their pre-activations; dc gains what
  /// reaches c through h.
  void (*cell_backward)(std::size_t n, const float* dh, const float* t, float* i, float* u,
                        float* o, float* dc);
  /// The same without an output gate: h = tanh(c).
  void (*cell_ungated)(std::size_t n, float* i, float* u, float* c, float* h);
  void (*cell_ungated_backward)(std::size_t n, const float* dh, const float* h, float* i, float* u,
                                float* dc);

  /// A gated read-out of a given c: t = tanh(c); h = sigmoid(o) * t; o becomes the gate.
  void (*output)(std::size_t n, const float* c, float* o, float* t, float* h);
  /// o holds the gate and becomes the gradient of its pre-activation; dc gains what reaches c.
  void (*output_backward)(std::size_t n, const float* dh, const float* t, float* o, float* dc);

  /// One Adagrad update: g' = g + decay * w; s += g'^2; w -= rate * g' / (sqrt(s) + epsilon).
  void (*adagrad)(std::size_t n, float rate, float decay, float epsilon, const float* g, float* s,
                  float* w);
};

/// The kernels for this machine, chosen on first use.
const Kernels& kernels();

}  // namespace espalier
