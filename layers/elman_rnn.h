#pragma once

#include <memory>

#include <espalier/layers/activation.h>
#include <espalier/layers/initialize.h>
#include <espalier/layers/recurrent_layer.h>
#include <espalier/ops/random.h>

namespace espalier {

struct ElmanRNNOptions {
  int input_size = 0;   ///< Features per node; 0: terms are given (NodeInputs::given).
  int hidden_size = 0;  ///< > 0.
  Activation activation = Activation::kTanh;
  RecurrentInit recurrent_init = RecurrentInit::kUniform;
};

/// The simple recurrent network: one layer, one direction.
///
/// Elman, "Finding Structure in Time", Cognitive Science 1990. With the step before, or the initial
/// state, as h':
///
///     h = f(W x + U h' + b)
///
/// Its read-out is a Linear on h. Parameters are torch.nn.RNN's: weight_ih [hidden, input],
/// weight_hh [hidden, hidden], bias_ih and bias_hh [hidden], whose sum acts; of a layer that is
/// given its terms, weight_hh alone.
class ElmanRNN final : public RecurrentLayer {
 public:
  /// Weights and biases are uniform in ±1/sqrt(hidden_size).
  /// Throws OptionError if a size is not positive.
  ElmanRNN(const ElmanRNNOptions& options, Rng& rng);

  std::size_t input_size() const override;
  std::size_t output_size() const override;
  Recurrence recurrence(const NodeInputs& inputs, const Schedule& schedule,
                        const InitialStates& initial = {},
                        const SweepOptions& sweep = {}) const override;

  const ElmanRNNOptions& options() const { return options_; }

  struct Weights;  ///< Packed parameters; known to the source alone.

 private:
  ElmanRNNOptions options_;
  std::shared_ptr<Weights> weights_;
};

}  // namespace espalier
