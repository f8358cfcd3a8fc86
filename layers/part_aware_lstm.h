#pragma once

#include <cstddef>
#include <vector>

#include <espalier/layers/block_linear.h>
#include <espalier/layers/lstm.h>
#include <espalier/layers/recurrent_layer.h>
#include <espalier/ops/random.h>

namespace espalier {

/// A part of what is read, with a memory of its own.
struct MemoryPart {
  std::vector<std::size_t> columns;  ///< Of the input; may be another part's too. None twice.
  int hidden_size = 0;               ///< Of its memory, > 0.
};

struct PartAwareLSTMOptions {
  int input_size = 0;             ///< Features per node, > 0.
  std::vector<MemoryPart> parts;  ///< One or more.
  float forget_bias = 1.0f;       ///< What the bias of forget gates begins with.
};

/// Part-aware long short-term memory: one layer, one direction. Each part of a body has a memory
/// cell of its own; one output gate reads all.
///
/// Shahroudy, Liu, Ng and Wang, "NTU RGB+D: A Large Scale Dataset for 3D Human Activity Analysis",
/// CVPR 2016, eqs. 4-6. For each part p, with the h' of the step before, that of all parts:
///
///     i_p = sigmoid(W_i^p x_p + U_i^p h' + b_i^p)        f_p likewise
///     u_p = tanh(W_u^p x_p + U_u^p h' + b_u^p)
///     c_p = f_p * c_p' + i_p * u_p
///     o = sigmoid(W_o x + U_o h' + b_o)
///     h = o * tanh([c_1, …, c_P])
///
/// It is the LSTM whose input weights are 0 outside the parts; with one part of all columns it is
/// the LSTM. Where the paper's W_o reads a column once for each part that has it, this one reads it
/// once.
///
/// Parameters, H being the sum of hidden sizes, h_p a part's, d_p its columns: parts.<p>.weight_ih
/// [3 h_p, d_p], gates i, f, u; output.weight_ih [H, input_size]; bias_ih [4 H], gates i, f, u, o,
/// in each the parts side by side; recurrent.weight_hh [4 H, H] likewise.
class PartAwareLSTM final : public RecurrentLayer {
 public:
  /// Weights are uniform in ±1/sqrt(H), and biases but those of forget gates.
  /// Throws OptionError if a size is not positive, there is no part, or a part has no column, one
  /// twice or one that is not there.
  PartAwareLSTM(const PartAwareLSTMOptions& options, Rng& rng);

  std::size_t input_size() const override { return input_size_; }
  std::size_t output_size() const override { return recurrent_.output_size(); }
  bool has_cell() const override { return true; }
  /// Every node must have an input of its own. Throws OptionError if they are partial, shared or
  /// given as terms.
  Recurrence recurrence(const NodeInputs& inputs, const Schedule& schedule,
                        const InitialStates& initial = {},
                        const SweepOptions& sweep = {}) const override;

 private:
  std::size_t input_size_;
  LSTM recurrent_;
  std::vector<LinearBlock> blocks_;
  Variable bias_;
};

}  // namespace espalier
