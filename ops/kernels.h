#pragma once

#include <cstddef>
#include <vector>

namespace espalier {

/// Runs that belong to the gates of an LSTM and to its candidate u. i is null if it is coupled to
/// the forget gate: i = 1 - f.
template <class T>
struct LSTMGates {
  T* i;
  T* f;
  T* u;
  T* o;
};

/// A step of an LSTM: runs of n floats.
struct LSTMStep {
  LSTMGates<const float> input;       ///< What the input gives to the pre-activations,
  LSTMGates<const float> recurrent;   ///< and what the old state gives.
  const float* c_before;              ///< The memory cell that is read.
  const float* peephole_i = nullptr;  ///< All null, or weights, but for a coupled i: c_before
                                      ///< reaches i
  const float* peephole_f = nullptr;  ///< and f,
  const float* peephole_o = nullptr;  ///< and the new cell reaches o.
  LSTMGates<float> gates;             ///< May be where the input's part is.
  float* c;                           ///< The new cell, f * c_before + i * u;
  float* tanh_c;                      ///< and its tanh.
  float* h;                           ///< o * tanh(c).
};

/// The same backward.
struct LSTMStepBackward {
  const float* dh;  ///< Gradients of the new states.
  const float* dc;
  const float* c_before;
  const float* tanh_c;
  const float* peephole_i = nullptr;
  const float* peephole_f = nullptr;
  const float* peephole_o = nullptr;
  LSTMGates<float> gates;   ///< Replaced by the gradients of pre-activations,
  LSTMGates<float> copies;  ///< which are written here too.
  float* dc_before;         ///< The gradient of c_before.
};

/// How z mixes the old state and the candidate n in a GRU.
enum class GRUUpdate {
  kKeepByZ,   ///< h = z * h_before + (1 - z) * n.
  kWriteByZ,  ///< h = (1 - z) * h_before + z * n.
};

/// A step of a GRU whose reset gate acts after the matrix: n = tanh(n + r * recurrent_n).
struct GRUStep {
  const float* input_r;  ///< What the input gives to the pre-activations.
  const float* input_z;
  const float* input_n;
  const float* recurrent_r;  ///< What the old state gives.
  const float* recurrent_z;
  const float* recurrent_n;
  const float* h_before;
  float* r;  ///< The gates; may be where the inputs' part is,
  float* z;
  float* n;       ///< and so may the candidate.
  float* kept_n;  ///< A copy of recurrent_n.
  float* h;
};

/// The same backward. r, z, n hold gates and are replaced by the gradients of pre-activations.
struct GRUStepBackward {
  const float* dh;
  const float* h_before;
  const float* recurrent_n;  ///< As it was forward.
  float* r;
  float* z;
  float* n;
  float* d_recurrent_r;
  float* d_recurrent_z;
  float* d_recurrent_n;
  float* dh_before;  ///< What reaches h_before without the matrix.
};

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
                        float* dx);  ///< dx += dy * (1 - y^2).
  /// y, a tanh, becomes the gradient of its argument; d is that of y . w: y = d * w * (1 - y^2).
  void (*tanh_dot_backward)(std::size_t n, float d, const float* w, float* y);
  void (*add)(std::size_t n, const float* x, float* sum);  ///< sum += x.
  void (*add_scaled)(std::size_t n, float factor, const float* x, float* sum);

  float (*dot)(std::size_t n, const float* a,
               const float* b);  ///< The sum of a * b, in an order that n alone decides.
  void (*add_product)(std::size_t n, const float* a, const float* b,
                      float* sum);  ///< sum += a * b.

  void (*lstm)(std::size_t n, const LSTMStep& step);
  void (*lstm_backward)(std::size_t n, const LSTMStepBackward& step);
  void (*gru)(std::size_t n, GRUUpdate update, const GRUStep& step);
  void (*gru_backward)(std::size_t n, GRUUpdate update, const GRUStepBackward& step);

  /// A GRU whose reset gate acts before the matrix, in two parts. First r and z, which hold
  /// pre-activations, become gates, and reset_h = r * h_before.
  void (*gru_reset)(std::size_t n, const float* h_before, float* r, float* z, float* reset_h);
  /// Then n, which holds the pre-activation, becomes the candidate, and h the new state.
  void (*gru_candidate)(std::size_t n, GRUUpdate update, const float* z, const float* h_before,
                        float* candidate, float* h);
  /// Backward: z and n become gradients of pre-activations; dh_before as in GRUStepBackward.
  void (*gru_candidate_backward)(std::size_t n, GRUUpdate update, const float* dh,
                                 const float* h_before, float* z, float* candidate,
                                 float* dh_before);
  /// From d_reset_h, the gradient of reset_h: r becomes that of its pre-activation; dh_before gains
  /// what reaches it.
  void (*gru_reset_backward)(std::size_t n, const float* d_reset_h, const float* h_before, float* r,
                             float* dh_before);

  /// One Adagrad update: g' = g + decay * w; s += g'^2; w -= rate * g' / (sqrt(s) + epsilon).
  void (*adagrad)(std::size_t n, float rate, float decay, float epsilon, const float* g, float* s,
                  float* w);
};

/// The kernels for this machine, chosen on first use.
const Kernels& kernels();

/// Those for every instruction set that this machine has; for tests.
std::vector<const Kernels*> all_kernels();

}  // namespace espalier
