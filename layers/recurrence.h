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
};

/// Where the gradient lies that flows through a relation's edges to a part of the sources' state.
enum class EdgeGradient {
  kOwn,     ///< A row for each edge.
  kShared,  ///< A row for each node that reads: all its sources get the same.
  kField,   ///< In an edge field of the same width, whose values backward replaces.
};

/// A part of a state that is read through a relation, and where its gradient lies.
struct PartUse {
  std::size_t part = 0;
  EdgeGradient gradient = EdgeGradient::kOwn;
  std::size_t field = 0;  ///< With kField.
};

/// What a cell keeps of each edge of a relation, and which parts of a state it reads through it.
struct RelationUse {
  std::string_view relation;
  PoolVector<PartUse> parts;
  PoolVector<std::size_t> fields;  ///< Widths.
};

/// What a cell asks the engine to hold. A *field* is a row of floats for each node (or edge) that
/// the forward pass leaves for the backward pass; without a record it lives as long as its tile.
struct CellLayout {
  PoolVector<StatePart> state;          ///< The first part is an output.
  PoolVector<std::size_t> node_fields;  ///< Widths.
  PoolVector<RelationUse> relations;
};

class Sweep;

/// Some rows of a wavefront, which a cell computes together. Rows are numbered as in the schedule;
/// a `part`, `field` or `use` is a position in the cell's layout.
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
  /// The state at the source of an edge: new, or old if the relation reads old states.
  const float* source_state(std::size_t use, std::size_t part, EdgeId edge) const;

  /// [size(), width]: one row for each of the tile's rows.
  MutableMatrixView field(std::size_t field) const;
  /// [num_edges(use), width]: one row for each of the tile's edges.
  MutableMatrixView edge_field(std::size_t use, std::size_t field) const;

  /// In `backward`: the gradient of the tile's states, [size(), width], complete; may be changed.
  MutableMatrixView gradient(std::size_t part) const;
  /// In `backward`: what flows through the tile's edges to their sources' states, a row for each
  /// edge or, if shared, for each of the tile's rows; must be written.
  MutableMatrixView edge_gradients(std::size_t use, std::size_t part) const;

  /// [rows, cols] of memory, not initialised, good until the tile is done.
  MutableMatrixView scratch(std::size_t rows, std::size_t cols) const;

 private:
  friend class Sweep;
  Tile(Sweep& sweep, std::size_t level, RowRange rows);

  Sweep& sweep_;
  std::size_t level_;
  RowRange rows_;
  PoolVector<MutableMatrixView> gradients_;
  PoolVector<MutableMatrixView> fields_;  // These two: where fields are not kept.
  PoolVector<MutableMatrixView> edge_fields_;
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

/// One run of a cell over a schedule, from the forward pass to the backward pass.
class Sweep {
 public:
  /// `old_states` has a tensor [num_nodes, width] for each state part, in node order, if any
  /// relation reads old states, and is empty otherwise. Throws GraphError if the schedule lacks a
  /// relation, ShapeError if old states are missing or of another shape, OptionError if
  /// `tile_rows` is 0 or the first part of a state is no output.
  Sweep(std::shared_ptr<RecurrentCell> cell, const Schedule& schedule,
        std::span<const Variable> old_states, bool keep_fields, const SweepOptions& options);
  ~Sweep();

  /// Row v of `first_part`, [num_nodes, its width], is where the first part of node v's state goes.
  void forward(MutableStridedView first_part);
  /// The gradients of each output part, in node order; without data where nothing reached it.
  /// Touches nothing outside this run.
  void backward(std::span<const StridedView> gradients);
  /// After it: adds to the gradients of old states, weights and inputs.
  void finish();

  const Schedule& schedule() const { return schedule_; }
  bool keeps_fields() const { return keep_fields_; }
  const CellLayout& layout() const { return layout_; }
  /// A state part of all nodes: in node order if it is an output, else in row order.
  StridedView states(std::size_t part) const { return states_[part].view; }
  /// Appends the output parts but the first, which share their memory with the run.
  void append_outputs(PoolVector<Tensor>& outputs) const;
  /// A kept field of all rows, in row order.
  MatrixView field(std::size_t field) const { return fields_[field].view(); }
  const ScheduledRelation& relation(std::size_t use) const { return *uses_[use].relation; }
  /// After `backward`: what flowed through the relation, a row for each edge or, if shared, for
  /// each row of the schedule.
  MatrixView edge_gradients(std::size_t use, std::size_t part) const {
    return uses_[use].parts[part].rows.view();
  }

 private:
  friend class Tile;

  // How a relation is used for one part of the state. Without `reads`, not at all.
  struct PartGradient {
    bool reads = false;
    EdgeGradient kind = EdgeGradient::kOwn;
    std::size_t field = 0;
    Tensor rows;  // Unless kind is kField.
  };
  struct StoredPart {
    MutableStridedView view;
    Tensor own;  // But for the first.
  };
  // A relation as the cell uses it, and what the run stores of its edges.
  struct Use {
    const ScheduledRelation* relation = nullptr;
    PoolVector<Tensor> fields;
    PoolVector<PartGradient> parts;  // One for each state part.
  };

  void allocate(MutableStridedView first_part);
  float* state_row(std::size_t part, NodeId row);
  std::size_t num_shares() const;
  template <class Visit>
  void for_each_tile(std::size_t level, RowRange range, bool parallel, const Visit& visit);
  template <class Visit>
  void sweep(bool forward, const Visit& visit);
  void gather_gradients(Tile& tile);
  template <class Visit>
  void for_each_reader(const Use& use, std::size_t part, NodeId row, const Visit& visit) const;
  void send_old_gradients();

  std::shared_ptr<RecurrentCell> cell_;
  Schedule schedule_;
  CellLayout layout_;
  SweepOptions options_;
  bool keep_fields_;
  PoolVector<Use> uses_;
  PoolVector<StoredPart> states_;
  PoolVector<Tensor> fields_;
  PoolVector<Variable> old_states_;
  PoolVector<StridedView> output_gradients_;  // One for each state part.
};

/// Runs a cell over a schedule: the states' output parts, each [num_nodes, width] in node order.
///
/// The whole run is one entry on the record. `inputs` are all variables that the cell adds
/// gradients to. The result equals visiting the nodes one by one, bit for bit, at any number of
/// threads.
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
