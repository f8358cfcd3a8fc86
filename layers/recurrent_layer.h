#pragma once

#include <cstddef>
#include <span>

#include <espalier/graph/schedule.h>
#include <espalier/layers/node_inputs.h>
#include <espalier/layers/node_states.h>
#include <espalier/layers/recurrence.h>
#include <espalier/ops/module.h>

namespace espalier {

/// States that nodes without a predecessor read in place of its state: row i, [hidden_size], is
/// read by node nodes[i]. A node that is not named reads zeros; so does every one by default.
struct InitialStates {
  Variable h = {};                     ///< [nodes.size(), hidden_size], or undefined: zeros.
  Variable c = {};                     ///< Likewise, of layers with a memory cell.
  std::span<const NodeId> nodes = {};  ///< Must outlive the call it is passed to.
};

/// One layer of the RNN family in one direction: a node reads at most one predecessor, through the
/// relation "previous". What ElmanRNN, JordanRNN, LSTM and GRU have in common.
///
/// Steps of sequences read the step before (graph/sequence.h); nodes of a tree may read their
/// parent.
class RecurrentLayer : public Module {
 public:
  virtual ~RecurrentLayer() = default;

  virtual std::size_t input_size() const = 0;
  virtual std::size_t output_size() const = 0;  ///< Of h, which is handed on.
  virtual bool has_cell() const { return false; }

  /// The states of every node: h, [num_nodes, output_size], and c of the same shape if there is a
  /// memory cell, else undefined. Equal to visiting node by node.
  ///
  /// Throws ShapeError, giving both shapes, if inputs or initial states do not fit, or if there are
  /// initial states of memory cells that the layer does not have; GraphError, naming the node, if
  /// the schedule lacks the relation "previous", a node has several predecessors, or an initial
  /// state is for a node that has one, or for one node twice.
  NodeStates forward(const NodeInputs& inputs, const Schedule& schedule,
                     const InitialStates& initial = {}, const SweepOptions& sweep = {}) const {
    return run(recurrence(inputs, schedule, initial, sweep));
  }

  /// The run that `forward` makes, still to be made: for run_side_by_side(). Throws as that does.
  virtual Recurrence recurrence(const NodeInputs& inputs, const Schedule& schedule,
                                const InitialStates& initial = {},
                                const SweepOptions& sweep = {}) const = 0;

 protected:
  NodeStates run(Recurrence recurrence) const;
  RecurrentLayer() = default;
  RecurrentLayer(RecurrentLayer&&) = default;
  RecurrentLayer& operator=(RecurrentLayer&&) = default;
};

}  // namespace espalier
