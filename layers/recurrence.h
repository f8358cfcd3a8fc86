#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include <espalier/base/memory.h>
#include <espalier/graph/schedule.h>
#include <espalier/ops/matmul.h>
#include <espalier/ops/tensor.h>
#include <espalier/ops/variable.h>

namespace espalier {

/// One of the vectors that make up a node's state: h, or c.
struct StatePart {
  std::size_t width = 0;
  /// Is it a result of the recurrence, or only passed from node to node?
  bool output = true;
  /// Is it read in the backward pass? If not, its memory is given back after the forward pass. An
  /// output's stays.
  bool kept = true;
};

/// Where the gradient lies that flows through a relation's edges to a part of the sources' state.
enum class EdgeGradient {
  kOwn,     ///< A row for each edge.
  kShared,  ///< A row for each node that reads: all its sources get the same.
  kField,   ///< In an edge field of the same width, whose values backward replaces.
};

/// A part of a state that is read through a relation, which state of the source it is, and where
/// its gradient lies.
struct PartUse {
  std::size_t part = 0;
  EdgeGradient gradient = EdgeGradient::kOwn;
  std::size_t field = 0;  ///< With kField.
  /// With kShared: the gradients lie side by side with those of the other joined reads, so that one
  /// product gives all; see Tile::joined_gradients().
  bool joined = false;
  /// The new or the old state. New ones can be read through relations that order the nodes alone.
  Reads reads = Reads::kNewStates;
};

/// What a cell keeps of each edge of a relation, and what it reads through it: a "read" is a
/// position in `parts`. A relation may be used several times.
struct RelationUse {
  std::string_view relation;
  PoolVector<PartUse> parts;
  PoolVector<std::size_t> fields;  ///< Widths.
};

/// What a cell asks the engine to hold. A *field* is a row of floats for each node (or edge) that
/// the forward pass leaves for the backward pass; without a record it lives as long as its tile.
struct CellLayout {
  PoolVector<StatePart> state = {};          ///< The first part is an output.
  PoolVector<std::size_t> node_fields = {};  ///< Widths.
  PoolVector<RelationUse> relations = {};

  /// How many rows of work a node is: 25, say, where a state is a matrix of 25 joints. Tiles and
  /// the threads' shares are cut by work.
  std::size_t rows_per_node = 1;
};

namespace detail {
class Run;

/// How much of a thread's scratch memory is taken.
struct ScratchMark {
  std::size_t chunk = 0;
  std::size_t used = 0;  ///< Of that chunk.
};
}  // namespace detail

/// Some rows of a wavefront, which a cell computes together. Rows are numbered as in the schedule;
/// a `part`, `field`, `use` or `read` is a position in the cell's layout; one that is not there
/// throws OptionError.
class Tile {
 public:
  RowRange rows() const { return rows_; }
  std::size_t size() const { return rows_.size(); }
  std::size_t level() const { return level_; }
  NodeId node(NodeId row) const;

  /// The relation, and its edges into the tile: first_edge(use) .. first_edge(use) +
  /// num_edges(use).
  const ScheduledRelation& relation(std::size_t use) const;
  EdgeId first_edge(std::size_t use) const { return relation(use).offsets[rows_.begin]; }
  std::size_t num_edges(std::size_t use) const {
    return relation(use).offsets[rows_.end] - first_edge(use);
  }

  /// The state of one of the tile's rows, to be written by `forward`.
  float* state(std::size_t part, NodeId row) const;
  /// What is read at the source of an edge; zeros, if it is an old state that was not given.
  const float* source_state(std::size_t use, std::size_t read, EdgeId edge) const;

  /// [size(), width]: one row for each of the tile's rows.
  MutableMatrixView field(std::size_t field) const;
  /// [num_edges(use), width]: one row for each of the tile's edges.
  MutableMatrixView edge_field(std::size_t use, std::size_t field) const;

  /// In `backward`: the gradient of the tile's states, [size(), width], complete; may be changed.
  MutableMatrixView gradient(std::size_t part) const;
  /// In `backward`: what flows through the tile's edges to their sources' states, a row for each
  /// edge or, if shared, for each of the tile's rows; must be written. Not of a joined read.
  MutableMatrixView edge_gradients(std::size_t use, std::size_t read) const;
  /// The same of all joined reads, [size(), the sum of their widths], in the order of the layout.
  MutableMatrixView joined_gradients() const;

  /// [rows, cols] of memory, not initialised, good until the tile is done, whatever else this
  /// thread computes meanwhile.
  MutableMatrixView scratch(std::size_t rows, std::size_t cols) const;

  Tile(const Tile&) = delete;
  Tile& operator=(const Tile&) = delete;

 private:
  friend class detail::Run;
  Tile(detail::Run& run, std::size_t level, RowRange rows);
  ~Tile();

  detail::Run& run_;
  detail::ScratchMark before_;  // What this thread had taken.
  std::size_t level_;
  RowRange rows_;
  PoolVector<MutableMatrixView> gradients_;
  PoolVector<MutableMatrixView> fields_;  // These two: where fields are not kept.
  PoolVector<MutableMatrixView> edge_fields_;
};

/// One run of a cell over a schedule, as the cell sees it before and after the wavefronts.
class Sweep {
 public:
  const Schedule& schedule() const;
  /// Will there be a backward pass?
  bool keeps_fields() const;
  const ScheduledRelation& relation(std::size_t use) const;

  /// A state part of all nodes: in node order if it is an output, else in row order.
  StridedView states(std::size_t part) const;
  /// A kept field of all rows, in row order; of all edges of a relation.
  MatrixView field(std::size_t field) const;
  MatrixView edge_field(std::size_t use, std::size_t field) const;
  /// In `finish`: what flowed through the relation, a row for each edge or, if shared, for each row
  /// of the schedule.
  StridedView edge_gradients(std::size_t use, std::size_t read) const;

 private:
  friend class detail::Run;
  explicit Sweep(detail::Run& run) : run_(run) {}

  detail::Run& run_;
};

/// What a system computes at a node, forward and backward: the engine's only knowledge of it. A
/// cell object serves one run and may hold that run's inputs, weights and gradients.
class RecurrentCell {
 public:
  virtual ~RecurrentCell() = default;
  virtual CellLayout layout() const = 0;

  /// Before the first wavefront: work on all nodes at once, in parallel.
  virtual void begin(Sweep&) {}
  /// Computes the states of a tile's rows. Tiles run side by side; a row's bits must not depend on
  /// the tile it is in.
  virtual void forward(const Tile& tile) = 0;
  /// Between the two passes a run should hold what `backward` reads and no more: what else there is
  /// can be given back after the last wavefront, and made anew before the first one backward.
  virtual void end_forward(Sweep&) {}
  virtual void begin_backward(Sweep&) {}
  /// From gradient(part), adds to what concerns the tile's rows and writes every edge_gradient.
  virtual void backward(const Tile& tile) = 0;
  /// After the last wavefront's backward: gradients of weights and inputs, in parallel.
  virtual void finish(Sweep&) {}
};

struct SweepOptions {
  std::size_t tile_rows = 256;  ///< At most so many rows together; 1 is node by node.

  /// Is told the gradient of every part of every node's state, complete, in the backward pass. For
  /// diagnoses; called by several threads, each node by one.
  std::function<void(std::size_t part, NodeId node, std::span<const float> gradient)> observe = {};
};

/// Runs a cell over a schedule: the states' output parts, each [num_nodes, width] in node order.
///
/// The whole run is one entry on the record. `inputs` are all variables that the cell adds
/// gradients to. `old_states` has a variable [num_nodes, width] for each state part, in node order;
/// one that is undefined is zeros, and so are all if there are none. The result equals visiting the
/// nodes one by one, bit for bit, at any number of threads.
///
/// Throws GraphError if the schedule lacks a relation, or has one for old states where the cell
/// reads new ones; ShapeError if old states are of another number or shape; OptionError, saying
/// where, if the layout names a part or field that it has not or has no output first, or if
/// `tile_rows` is 0.
PoolVector<Variable> run_recurrence(std::shared_ptr<RecurrentCell> cell, const Schedule& schedule,
                                    std::span<const Variable> inputs,
                                    std::span<const Variable> old_states = {},
                                    const SweepOptions& options = {});

/// Such a run, still to be made: under the recording, and with the weights, that it was prepared
/// with.
struct Recurrence {
  std::shared_ptr<RecurrentCell> cell;
  Schedule schedule;
  PoolVector<Variable> inputs;
  PoolVector<Variable> old_states = {};
  SweepOptions options = {};
};

/// What several runs over the same nodes give.
struct JoinedStates {
  Variable first;  ///< [num_nodes, the sum of widths]: the first parts of all runs, side by side.
  PoolVector<PoolVector<Variable>> others;  ///< Of each run the other output parts.
};

/// Makes one or more runs that do not depend on each other, two directions say, side by side,
/// forward and backward, as one entry on the record. So even one graph, with one node a wavefront,
/// keeps several threads busy. The bits are those of one run after the other. A gradient of `first`
/// reaches all runs, be it zeros in the columns of some.
///
/// Throws GraphError unless all have as many nodes.
JoinedStates run_side_by_side(std::span<const Recurrence> runs);

}  // namespace espalier
