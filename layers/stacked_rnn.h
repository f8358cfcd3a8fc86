#pragma once

#include <functional>
#include <memory>
#include <vector>

#include <espalier/graph/sequence.h>
#include <espalier/layers/dropout.h>
#include <espalier/layers/recurrent_layer.h>
#include <espalier/ops/random.h>

namespace espalier {

struct StackedRNNOptions {
  int num_layers = 1;          ///< > 0.
  bool bidirectional = false;  ///< A second layer beside each reads from the end (Schuster and
                               ///< Paliwal 1997).
  float dropout = 0.0f;        ///< On what one layer hands to the next, in training.
};

/// The states of one layer in one direction at one step of every sequence.
struct SequenceStates {
  Variable h;  ///< [num_sequences, output_size].
  Variable c;  ///< Likewise, of layers with a memory cell; else undefined.
};

/// What a stack makes of a batch of sequences.
struct StackedStates {
  /// Of the last layer at every node, [num_nodes, directions * output_size]: forward, backward.
  Variable h;
  /// After the last step read, of layer 0 forward, layer 0 backward, layer 1 forward, …; of an
  /// empty sequence the initial states. To go on from them without their gradients (truncated
  /// back-propagation through time) detach() them.
  std::vector<SequenceStates> last;

  /// Those of the last layer side by side, [num_sequences, directions * output_size]: what stands
  /// for the whole sequence.
  Variable summary() const;

 private:
  friend class StackedRNN;
  std::size_t directions_ = 1;
};

/// Without gradients: the same values, as constants.
std::vector<SequenceStates> detach(const std::vector<SequenceStates>& states);

/// Layers of the RNN family on top of each other, in one direction or both.
///
/// Parameters are named as torch.nn.LSTM, GRU and RNN name theirs: weight_ih_l0, weight_hh_l0, …,
/// weight_ih_l0_reverse, …, so that a state dict saved from there loads here by name.
class StackedRNN : public Module {
 public:
  /// Makes one layer in one direction. All must agree in output_size and has_cell.
  using MakeLayer =
      std::function<std::unique_ptr<RecurrentLayer>(std::size_t input_size, Rng& rng)>;

  /// Throws OptionError if an option is out of range, and as the layers do.
  StackedRNN(std::size_t input_size, const StackedRNNOptions& options, const MakeLayer& make,
             Rng& rng);

  /// `x` has an input of input_size for every node, or for some. `initial` is empty, all zeros, or
  /// as `last` of StackedStates: row s belongs to sequence s. `rng` is for dropout alone. Throws
  /// ShapeError if they do not fit.
  StackedStates forward(const NodeInputs& x, const SequenceBatch& sequences, Rng& rng,
                        const std::vector<SequenceStates>& initial = {}) const;

  std::size_t input_size() const { return layers_.front()->input_size(); }
  /// Of h: directions * a layer's output_size.
  std::size_t output_size() const { return num_directions() * layers_.front()->output_size(); }
  std::size_t num_directions() const { return options_.bidirectional ? 2 : 1; }
  const StackedRNNOptions& options() const { return options_; }
  /// Layer k forward is layer(2 k) and backward layer(2 k + 1) if bidirectional.
  const RecurrentLayer& layer(std::size_t i) const { return *layers_[i]; }
  std::size_t num_layers() const { return layers_.size(); }  ///< Both directions counted.

 private:
  StackedRNNOptions options_;
  Dropout dropout_;
  std::vector<std::unique_ptr<RecurrentLayer>> layers_;
};

}  // namespace espalier
