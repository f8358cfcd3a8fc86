#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include <espalier/graph/schedule.h>
#include <espalier/ops/module.h>
#include <espalier/ops/variable.h>

namespace espalier {

namespace detail {
class WavefrontRun;
}

/// What a cell sees of the nodes of one wavefront, whose states it computes together: row r is that
/// of node(r). All is in variables, which the cell's operations record as they run.
///
/// Relations are those of the schedule, by name; a `part` is a position in ForwardCell::state. All
/// of these throw GraphError, listing the names there are, if there is no such relation, and
/// OptionError if there is no such part or input.
class Wavefront {
 public:
  std::size_t size() const;  ///< Nodes, at least one.
  NodeId node(std::size_t row) const;

  /// The nodes' rows of the run's inputs[i], [size(), its columns].
  Variable input(std::size_t i = 0) const;
  /// What the run's shared[i] is to the cell: see run_forward_cell().
  Variable shared(std::size_t i) const;

  // Part `part` of the predecessors' states, new or, if the relation reads old states, old.

  /// Of the one predecessor, [size(), width]; zeros where there is none. Throws GraphError, naming
  /// the node, where there are several.
  Variable one(std::string_view relation, std::size_t part = 0) const;
  /// The sum over all predecessors, [size(), width]; zeros where there is none.
  Variable sum(std::string_view relation, std::size_t part = 0) const;
  /// Their mean, likewise.
  Variable mean(std::string_view relation, std::size_t part = 0) const;
  /// Of every predecessor, [edges, width]: those of row r are rows offsets(relation)[r] ..
  /// offsets(relation)[r + 1] - 1, which is the form of ops/segment.h.
  Variable each(std::string_view relation, std::size_t part = 0) const;
  std::span<const EdgeId> offsets(std::string_view relation) const;

  /// A row for each edge, [edges, columns]: that of the node that reads through it. `rows` has one
  /// for each node.
  Variable to_edges(const Variable& rows, std::string_view relation) const;

 private:
  friend class detail::WavefrontRun;
  Wavefront(detail::WavefrontRun& run, std::size_t level) : run_(run), level_(level) {}

  detail::WavefrontRun& run_;
  std::size_t level_;
};

/// A cell by its forward pass alone: what a state is made of, and a function that computes it.
struct ForwardCell {
  std::vector<std::size_t> state;  ///< The width of each part, > 0.

  /// The new states of a wavefront's nodes: a variable [wavefront.size(), width] for each part. It
  /// is called once for each wavefront, in order, on the calling thread; operations run in parallel
  /// inside. It may use parameters of a module as they are; what else was computed outside must
  /// come in as `shared`.
  std::function<std::vector<Variable>(const Wavefront& wavefront)> forward;
};

/// What a run of such a cell takes beside its parameters.
struct ForwardCellInputs {
  std::vector<Variable> inputs = {};  ///< [num_nodes, any columns], a row for each node.
  /// Of any shape, the same for all nodes: weights that were themselves computed, say.
  std::vector<Variable> shared = {};
  /// For relations that read old states: [num_nodes, width] for each part, undefined: zeros. Empty:
  /// all are zeros.
  std::vector<Variable> old_states = {};
};

/// Runs the cell over a schedule: the states of all nodes, [num_nodes, width] for each part, in
/// node order; differentiable in all of the inputs and in `parameters`, which are those that the
/// cell uses.
///
/// Equal to visiting node by node up to rounding; the same bits at any number of threads. Each
/// wavefront is one batch, so that it costs a few operations a wavefront and no more: slower than a
/// cell that is written tile by tile (layers/recurrence.h), but a few lines long. A run keeps, for
/// its backward pass, what the cell's operations keep.
///
/// Throws ShapeError if an input does not fit, or, naming part and wavefront, if the cell returns
/// states of another shape; Error if the cell uses a variable that was computed outside and is not
/// listed; OptionError if it returns another number of parts.
std::vector<Variable> run_forward_cell(const ForwardCell& cell, const Schedule& schedule,
                                       const ForwardCellInputs& inputs,
                                       std::span<const NamedParameter> parameters);

}  // namespace espalier
