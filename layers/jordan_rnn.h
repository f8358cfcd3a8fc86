#pragma once

#include <memory>

#include <espalier/layers/activation.h>
#include <espalier/layers/initialize.h>
#include <espalier/layers/recurrent_layer.h>
#include <espalier/ops/random.h>

namespace espalier {

/// What a Jordan network applies to its output.
enum class OutputActivation { kIdentity, kSoftmax, kTanh, kRelu, kSigmoid };

struct JordanRNNOptions {
  int input_size = 0;   ///< Features per node; 0: terms are given (NodeInputs::given).
  int hidden_size = 0;  ///< > 0.
  int output_size = 0;  ///< > 0.
  Activation activation = Activation::kTanh;
  OutputActivation output_activation = OutputActivation::kIdentity;
};

/// What a Jordan network makes of every node.
struct JordanStates {
  Variable y;  ///< Outputs, [num_nodes, output_size]: what is handed on.
  Variable s;  ///< Hidden layers, [num_nodes, hidden_size].
};

/// The recurrent network that is fed its own output: one layer, one direction.
///
/// Jordan, "Serial Order: A Parallel Distributed Processing Approach", 1986. With the output of the
/// step before, or the initial state, as y' (zeros at first, with a softmax too):
///
///     s = f(W x + U y' + b)
///     y = g(V s + b_y)
///
/// The state that it hands on, and the h of its NodeStates, is y, after g. Parameters: weight_ih
/// [hidden, input], weight_hh [hidden, output], bias_ih and bias_hh [hidden], whose sum acts;
/// weight_ho [output, hidden], bias_ho [output].
class JordanRNN final : public RecurrentLayer {
 public:
  /// Weights and biases are uniform in ±1/sqrt(hidden_size).
  /// Throws OptionError if a size is not positive.
  JordanRNN(const JordanRNNOptions& options, Rng& rng);

  std::size_t input_size() const override;
  std::size_t output_size() const override;
  Recurrence recurrence(const NodeInputs& inputs, const Schedule& schedule,
                        const InitialStates& initial = {},
                        const SweepOptions& sweep = {}) const override;

  /// As forward(), the hidden layers too.
  JordanStates forward_with_hidden(const NodeInputs& inputs, const Schedule& schedule,
                                   const InitialStates& initial = {},
                                   const SweepOptions& sweep = {}) const;

  /// As forward(), with teacher forcing: y' is the row of `teacher`, [num_nodes, output_size], of
  /// the node before, the output that it should have given. Throws ShapeError if it has another
  /// shape.
  NodeStates forward_taught(const NodeInputs& inputs, const Schedule& schedule,
                            const Tensor& teacher, const InitialStates& initial = {},
                            const SweepOptions& sweep = {}) const;
  /// The run that it makes, as recurrence() gives that of forward().
  Recurrence recurrence_taught(const NodeInputs& inputs, const Schedule& schedule,
                               const Tensor& teacher, const InitialStates& initial = {},
                               const SweepOptions& sweep = {}) const;

  const JordanRNNOptions& options() const { return options_; }

  struct Weights;  ///< Packed parameters; known to the source alone.

 private:
  Recurrence recurrence(const NodeInputs& inputs, const Schedule& schedule, const Tensor& teacher,
                        const InitialStates& initial, const SweepOptions& sweep) const;

  JordanRNNOptions options_;
  std::shared_ptr<Weights> weights_;
};

}  // namespace espalier
