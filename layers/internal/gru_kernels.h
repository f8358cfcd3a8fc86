#pragma once

#include <cstddef>
#include <vector>

#include <espalier/layers/gru.h>

namespace espalier {

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

/// The kernels of a GRU, as ops/kernels.h has them.
struct GRUKernels {
  const char* instruction_set;

  void (*step)(std::size_t n, GRUUpdate update, const GRUStep& step);
  void (*step_backward)(std::size_t n, GRUUpdate update, const GRUStepBackward& step);

  /// A GRU whose reset gate acts before the matrix, in two parts. First r and z, which hold
  /// pre-activations, become gates, and reset_h = r * h_before.
  void (*reset)(std::size_t n, const float* h_before, float* r, float* z, float* reset_h);
  /// Then n, which holds the pre-activation, becomes the candidate, and h the new state.
  void (*candidate)(std::size_t n, GRUUpdate update, const float* z, const float* h_before,
                    float* candidate, float* h);
  /// Backward: z and n become gradients of pre-activations; dh_before as in GRUStepBackward.
  void (*candidate_backward)(std::size_t n, GRUUpdate update, const float* dh,
                             const float* h_before, float* z, float* candidate, float* dh_before);
  /// From d_reset_h, the gradient of reset_h: r becomes that of its pre-activation; dh_before gains
  /// what reaches it.
  void (*reset_backward)(std::size_t n, const float* d_reset_h, const float* h_before, float* r,
                         float* dh_before);
};

/// The kernels for this machine, chosen on first use; and those for every instruction set that it
/// has, for tests.
const GRUKernels& gru_kernels();
std::vector<const GRUKernels*> all_gru_kernels();

}  // namespace espalier
