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

/// The kernels of an LSTM, as ops/kernels.h has them.
struct LSTMKernels {
  const char* instruction_set;

  void (*step)(std::size_t n, const LSTMStep& step);
  void (*step_backward)(std::size_t n, const LSTMStepBackward& step);
};

/// The kernels for this machine, chosen on first use; and those for every instruction set that it
/// has, for tests.
const LSTMKernels& lstm_kernels();
std::vector<const LSTMKernels*> all_lstm_kernels();

}  // namespace espalier
