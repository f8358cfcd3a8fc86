#pragma once

#include <memory>

#include <espalier/layers/gated_lstm.h>
#include <espalier/layers/initialize.h>
#include <espalier/layers/recurrent_layer.h>
#include <espalier/ops/random.h>

namespace espalier {

/// How gates see the memory cell: i and f the old one, o the new one.
enum class Peephole {
  kNone,
  kDiagonal,  ///< Each unit its own: p * c (Gers and Schmidhuber, "Recurrent Nets that Time and
              ///< Count", IJCNN 2000).
  kFull,      ///< All units: P c, as in sigmoid(W_f [c', h', x] + b_f). Two products more a step.
};

struct LSTMOptions {
  int input_size = 0;   ///< Features per node; 0: terms are given (NodeInputs::given).
  int hidden_size = 0;  ///< > 0.

  Peephole peephole = Peephole::kNone;

  /// i = 1 - f, one gate fewer (Greff et al., "LSTM: A Search Space Odyssey", 2017, CIFG).
  bool coupled = false;

  float forget_bias = 1.0f;  ///< What bias_ih of the forget gate begins with, bias_hh with 0.

  /// If not 0, chrono initialisation in place of forget_bias, for dependences that span up to so
  /// many steps: the forget gate begins with chrono_biases() (initialize.h), the input gate with
  /// their opposite.
  int chrono_steps = 0;
  RecurrentInit recurrent_init = RecurrentInit::kUniform;
};

/// Long short-term memory: one layer, one direction.
///
/// Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000. With the step before,
/// or the initial state, as h', c':
///
///     i = sigmoid(W_i x + U_i h' + b_i (+ p_i * c'))
///     f = sigmoid(W_f x + U_f h' + b_f (+ p_f * c'))
///     u = tanh(W_u x + U_u h' + b_u)
///     c = f * c' + i * u                                  coupled: f * c' + (1 - f) * u
///     o = sigmoid(W_o x + U_o h' + b_o (+ p_o * c))
///     h = o * tanh(c)
///
/// Parameters have the names, shapes and gate order (i, f, u, o) of torch.nn.LSTM's: weight_ih
/// [4 hidden, input], weight_hh [4 hidden, hidden], bias_ih and bias_hh [4 hidden], whose sum acts;
/// coupled: f, u, o, 3 in place of 4. With peepholes also peephole, [3, hidden]: rows i, f, o, or
/// [3 hidden, hidden] if they are full; coupled f, o, 2 in place of 3; they begin as 0. A layer
/// that is given its terms has neither weight_ih nor biases.
class LSTM final : public RecurrentLayer {
 public:
  /// Weights and biases but those said above are uniform in ±1/sqrt(hidden_size).
  /// Throws OptionError if a size is not positive, or chrono_steps neither 0 nor 2 or more.
  LSTM(const LSTMOptions& options, Rng& rng);

  std::size_t input_size() const override;
  std::size_t output_size() const override;
  bool has_cell() const override { return true; }
  Recurrence recurrence(const NodeInputs& inputs, const Schedule& schedule,
                        const InitialStates& initial = {},
                        const SweepOptions& sweep = {}) const override;

  const LSTMOptions& options() const { return options_; }

 private:
  LSTMOptions options_;
  std::shared_ptr<GatedWeights> weights_;
};

}  // namespace espalier
