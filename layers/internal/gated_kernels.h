#pragma once

#include <cstddef>
#include <vector>

#include <espalier/layers/gated_lstm.h>

namespace espalier {

/// A memory cell that is read through a forget gate f = sigmoid(input + recurrent).
struct ForgottenCell {
  const float* input;  ///< The two parts of the gate's pre-activation.
  const float* recurrent;
  const float* c;
  float* f;  ///< The gate; may be where a part of it is.
};

/// The gates of a node: runs that belong to i, u and, if there is one, o. Without i it is coupled
/// to the one forget gate, i = 1 - f; tanh candidates and gated outputs alone know that.
template <class T>
struct GatedRuns {
  T* i;
  T* u;
  T* o;
};

/// Weights, element by element, through which gates see the memory cell: i and f the old one, o the
/// new one. Of steps with one old cell, tanh candidates and gated outputs; null: none.
struct Peepholes {
  const float* i = nullptr;
  const float* f = nullptr;
  const float* o = nullptr;
};

/// A step of a gated cell that reads any number of memory cells: runs of n floats.
///
///     i = sigmoid(…), u = tanh(…) or as it is, o = sigmoid(…), each of input + recurrent
///     c = sum of f_k * c_k + i * u, in this order
struct GatedStep {
  Candidate candidate;
  CellOutput output;
  GatedRuns<const float> input, recurrent;
  GatedRuns<float> gates;  ///< May be where the input's part is.
  const ForgottenCell* cells;
  std::size_t num_cells;
  float* c;
  float* tanh_c;  ///< With CellOutput::kGated.
  float* h;
  Peepholes peephole = {};
};

/// Such a memory cell, backward.
struct ForgottenCellBackward {
  const float* c;
  float* f;     ///< The gate, replaced by the gradient of its pre-activation,
  float* copy;  ///< which is written here too. May be f.
  float* d_c;   ///< The gradient of c.
};

/// The step backward.
struct GatedStepBackward {
  Candidate candidate;
  CellOutput output;
  const float* dh;  ///< Gradients of the new state.
  const float* dc;
  const float* c;           ///< The state, as far as its form asks: c with kInside,
  const float* tanh_c;      ///< tanh(c) with kGated,
  const float* h;           ///< and h with the others.
  GatedRuns<float> gates;   ///< Replaced by the gradients of pre-activations,
  GatedRuns<float> copies;  ///< which are written here too. May be the gates' runs.
  const ForgottenCellBackward* cells;
  std::size_t num_cells;
  float* d_forget_input;  ///< The sum of the forget gates' gradients; null if nobody asks.
  Peepholes peephole = {};
};

struct GatedKernels {
  const char* instruction_set;

  void (*step)(std::size_t n, const GatedStep& step);
  void (*step_backward)(std::size_t n, const GatedStepBackward& step);

  /// A gated read-out of a given c: t = tanh(c); h = sigmoid(o) * t; o becomes the gate.
  void (*read_out)(std::size_t n, const float* c, float* o, float* t, float* h);
  /// o holds the gate and becomes the gradient of its pre-activation; dc gains what reaches c.
  void (*read_out_backward)(std::size_t n, const float* dh, const float* t, float* o, float* dc);
};

/// The kernels for this machine, chosen on first use; and those for every instruction set that it
/// has, for tests.
const GatedKernels& gated_kernels();
std::vector<const GatedKernels*> all_gated_kernels();

}  // namespace espalier
