#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include <espalier/base/memory.h>
#include <espalier/graph/schedule.h>
#include <espalier/layers/recurrence.h>
#include <espalier/ops/matmul.h>
#include <espalier/ops/tensor.h>
#include <espalier/ops/variable.h>

namespace espalier::detail {

/// One run of a cell over a schedule, from the forward pass to the backward pass.
class Run {
 public:
  /// Throws as run_recurrence() does.
  Run(std::shared_ptr<RecurrentCell> cell, const Schedule& schedule,
      std::span<const Variable> old_states, bool keep_fields, const SweepOptions& options);

  /// Row v of `first_part`, [num_nodes, its width], is where the first part of node v's state goes.
  void forward(MutableStridedView first_part);
  /// The gradients of each output part, in node order; without data where nothing reached it.
  /// Touches nothing outside this run.
  void backward(std::span<const StridedView> gradients);
  /// After it: adds to the gradients of old states, weights and inputs.
  void finish();

  const CellLayout& layout() const { return layout_; }
  /// Appends the output parts but the first, which share their memory with the run.
  void append_outputs(PoolVector<Tensor>& outputs) const;

 private:
  friend class espalier::Sweep;
  friend class espalier::Tile;

  // What is read through a relation, and the gradients of it.
  struct Read {
    std::size_t part = 0;
    bool old = false;
    EdgeGradient kind = EdgeGradient::kOwn;
    std::size_t field = 0;
    bool joined = false;
    Tensor own;        // Unless kind is kField, or joined.
    StridedView rows;  // Of what is its own, or its columns of what is joined.
  };
  struct StoredPart {
    MutableStridedView view;
    Tensor own;  // But for the first.
  };
  // A relation as the cell uses it, and what the run stores of its edges.
  struct Use {
    const ScheduledRelation* relation = nullptr;
    PoolVector<Tensor> fields;
    PoolVector<Read> reads;
  };

  void check_layout() const;
  Use make_use(const RelationUse& layout) const;
  void allocate(MutableStridedView first_part);
  float* state_row(std::size_t part, NodeId row) {
    return states_[part].view.row(layout_.state[part].output ? schedule_.nodes()[row] : row);
  }
  const float* source_row(const Read& read, NodeId source);
  StridedView gradient_rows(const Use& use, const Read& read) const {
    return read.kind == EdgeGradient::kField ? use.fields[read.field].view() : read.rows;
  }
  void allocate_gradients();
  std::size_t num_shares() const;
  template <class Visit>
  void for_each_tile(std::size_t level, RowRange range, bool parallel, const Visit& visit);
  template <class Visit>
  void sweep(bool forward, const Visit& visit);
  void gather_gradients(Tile& tile);
  template <class Visit>
  void for_each_reader(const Use& use, const Read& read, NodeId row, const Visit& visit) const;
  void send_old_gradients();

  std::shared_ptr<RecurrentCell> cell_;
  Schedule schedule_;
  CellLayout layout_;
  SweepOptions options_;
  bool keep_fields_;
  std::size_t tile_nodes_;
  PoolVector<Use> uses_;
  PoolVector<StoredPart> states_;
  PoolVector<Tensor> fields_;
  PoolVector<Variable> old_states_;  // One for each state part; undefined: zeros.
  Tensor zeros_;
  PoolVector<StridedView> output_gradients_;  // One for each state part.
  Tensor joined_gradients_;                   // [num_nodes, the widths of all joined reads]
};

}  // namespace espalier::detail
