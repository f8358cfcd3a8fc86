#pragma once

#include <memory>

#include <espalier/layers/initialize.h>
#include <espalier/layers/recurrent_layer.h>
#include <espalier/ops/random.h>

namespace espalier {

/// How z mixes the old state and the candidate n in a GRU.
enum class GRUUpdate {
  kKeepByZ,   ///< h = z * h_before + (1 - z) * n.
  kWriteByZ,  ///< h = (1 - z) * h_before + z * n.
};

/// Where the reset gate of a GRU acts. The two cannot be converted into each other.
enum class GRUReset {
  kAfter,   ///< On U_n h': PyTorch, Yang et al. 2016.
  kBefore,  ///< On h', before U_n: Cho et al. 2014. Two products a step, one after the other.
};

struct GRUOptions {
  /// Features per node; 0: terms are given (NodeInputs::given), and there is no b_hn.
  int input_size = 0;
  int hidden_size = 0;  ///< > 0.
  GRUReset reset = GRUReset::kAfter;
  GRUUpdate update = GRUUpdate::kKeepByZ;

  /// If not 0, chrono initialisation for dependences that span up to so many steps: the gate z
  /// begins by keeping states as chrono_biases() (initialize.h) has it.
  int chrono_steps = 0;
  RecurrentInit recurrent_init = RecurrentInit::kUniform;
};

/// Gated recurrent unit: one layer, one direction.
///
/// Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder for Statistical Machine
/// Translation", EMNLP 2014, arXiv:1406.1078. With the step before, or the initial state, as h':
///
///     r = sigmoid(W_r x + U_r h' + b_r)
///     z = sigmoid(W_z x + U_z h' + b_z)
///     n = tanh(W_n x + b_in + r * (U_n h' + b_hn))    reset after
///     n = tanh(W_n x + b_n + U_n (r * h'))            reset before
///     h = z * h' + (1 - z) * n                        kept by z: Cho et al., PyTorch
///     h = (1 - z) * h' + z * n                        written by z: Chung et al. 2014, Yang et al.
///
/// The defaults are PyTorch's form. Parameters have the names, shapes and gate order (r, z, n) of
/// torch.nn.GRU's: weight_ih [3 hidden, input], weight_hh [3 hidden, hidden], bias_ih and bias_hh
/// [3 hidden]; of r and z, and with reset before of n too, their sum acts.
class GRU final : public RecurrentLayer {
 public:
  /// Weights and biases are uniform in ±1/sqrt(hidden_size).
  /// Throws OptionError if a size is not positive, or chrono_steps neither 0 nor 2 or more.
  GRU(const GRUOptions& options, Rng& rng);

  std::size_t input_size() const override;
  std::size_t output_size() const override;
  Recurrence recurrence(const NodeInputs& inputs, const Schedule& schedule,
                        const InitialStates& initial = {},
                        const SweepOptions& sweep = {}) const override;

  const GRUOptions& options() const { return options_; }

  struct Weights;  ///< Packed parameters; known to the source alone.

 private:
  GRUOptions options_;
  std::shared_ptr<Weights> weights_;
};

}  // namespace espalier
