#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include <espalier/base/memory.h>
#include <espalier/graph/schedule.h>
#include <espalier/layers/internal/gated_kernels.h>
#include <espalier/layers/internal/gated_weights.h>
#include <espalier/layers/internal/initial_rows.h>
#include <espalier/layers/internal/input_term.h>
#include <espalier/layers/node_inputs.h>
#include <espalier/layers/node_states.h>
#include <espalier/layers/recurrence.h>
#include <espalier/layers/recurrent_layer.h>
#include <espalier/ops/kernels.h>
#include <espalier/ops/matmul.h>

namespace espalier {

/// The cell of one run.
class GatedCell final : public RecurrentCell {
 public:
  /// Throws as gated_recurrence() does.
  GatedCell(std::shared_ptr<GatedWeights> weights, std::span<const std::string_view> relations,
            const NodeInputs& inputs, const Schedule& schedule, InitialRows initial);

  CellLayout layout() const override;
  void begin(Sweep& sweep) override;
  void forward(const Tile& tile) override;
  void end_forward(Sweep&) override { term_.end_forward(); }
  void begin_backward(Sweep&) override;
  void backward(const Tile& tile) override;
  void finish(Sweep& sweep) override;

 private:
  static constexpr std::size_t kNone = GateOrder::kNone;
  static constexpr std::size_t kBlockRows = 64;
  // Positions in the layout.
  enum Part : std::size_t {
    kH,
    kC,
    kSourceTerm,  // U_f h: formed once, where h is, not once for every reader.
  };
  static constexpr std::size_t kTanhC = 0;   // The field of a node.
  static constexpr std::size_t kForget = 0;  // Of an edge: f, then its pre-activation's gradient.

  const GatedForm& form() const { return weights_->form(); }
  const GatedWeights::Parameters& parameters() const { return weights_->parameters(); }
  bool has_null() const { return parameters().null_h.defined(); }
  // What a row reads for an absent predecessor's part.
  const float* absent(Part part, NodeId row) const {
    if (!initial_.empty() && row < num_outer_) return initial_.row(part, row);
    if (!has_null()) return zeros_.data();
    return (part == kH ? parameters().null_h : parameters().null_c).value().data();
  }
  bool first_reads() const { return has_null() || !initial_.empty(); }
  // Does any row of the tile read anything but zeros?
  bool reads(const Tile& tile) const { return tile.level() > 0 || first_reads(); }
  bool has_cell_of(std::size_t relation) const {
    return form().relations[relation].forget != Forget::kNot;
  }

  // A gate's run in a row of so many gates; null for one that is not there.
  template <class T>
  T* run(T* row, std::size_t gate) const {
    return gate == kNone ? nullptr : row + gate * hidden_;
  }
  template <class T>
  GatedRuns<T> runs(T* row, const GateOrder& order) const {
    return {run(row, order.i), run(row, order.u), run(row, order.o)};
  }

  // The rows in which a node's gates and the parts of their pre-activations lie.
  struct RowsOfGates {
    const float* term = nullptr;       // W x + b; null with a leaf module at inner nodes.
    const float* recurrent = nullptr;  // U h; forward only.
    float* kept = nullptr;             // The gates, as in the term's row,
    float* apart = nullptr;            // and those that have no room there.
  };

  // Gates that have no room in the input term's rows: those of inner rows from gate `first_apart_`
  // on, of a row of U h.
  std::size_t apart_width() const { return weights_->recurrent_width() - first_apart_ * hidden_; }
  MutableMatrixView apart_rows(const Tile& tile);
  const GateOrder& term_order() const { return term_.is_given() ? form().given : form().input; }
  // Where a gate's run of a row of U h is kept: in the term's row or apart.
  float* kept(float* term_row, float* apart_row, std::size_t term_gate, std::size_t gate) const {
    return gate >= first_apart_ ? run(apart_row, gate - first_apart_) : run(term_row, term_gate);
  }
  GatedRuns<float> kept_runs(const RowsOfGates& at) const;
  RowsOfGates rows_of(const Tile& tile, NodeId row, MutableMatrixView own, MatrixView recurrent,
                      MutableMatrixView apart);

  template <class StateOf>
  void gather_row(NodeId row, const StateOf& state_of, float* to) const;
  const float* forget_term(NodeId row, const float* term) const;
  void append_cells(const Tile& tile, NodeId row, const RowsOfGates& at,
                    PoolVector<ForgottenCell>& cells) const;
  void append_cells_backward(const Tile& tile, NodeId row, const RowsOfGates& at, float* copies,
                             PoolVector<ForgottenCellBackward>& cells) const;
  // In gated_cell_peepholes.cpp.
  Peepholes diagonal_peepholes() const;
  void see_old_cells(const Tile& tile, MutableMatrixView recurrent) const;
  void see_new_cells(const Tile& tile, MutableMatrixView own, MatrixView o_before);
  void send_to_new_cells(const Tile& tile);
  void send_to_old_cells(const Tile& tile, MatrixView d_recurrent) const;
  const float* old_cell(const Sweep& sweep, NodeId row) const;
  void add_peephole_gradient(const Sweep& sweep) const;
  void add_full_peephole_gradient(const Sweep& sweep) const;

  void form_source_terms(const Tile& tile) const;
  void backward_source_terms(const Tile& tile);
  void send_to_sources(const Tile& tile, MatrixView d_recurrent) const;
  MutableMatrixView multiply_states(const Tile& tile) const;
  void forward_leaves(const Tile& tile, MutableMatrixView own);
  MutableMatrixView whole_rows(const Tile& tile);
  static float* tanh_c(const Tile& tile, std::size_t r) {
    const MutableMatrixView field = tile.field(kTanhC);
    return field.data + r * field.cols;
  }
  void backward_leaves(const Tile& tile);

  StridedView delta(std::size_t gate) const;
  Tensor gather_all(const Sweep& sweep) const;
  void append_recurrent_products(MatrixView gathered, PoolVector<GradientProduct>& products) const;
  void add_bias_gradients(const Tensor& d_input, const Tensor& d_recurrent) const;
  void add_null_gradients(const Sweep& sweep) const;

  std::shared_ptr<GatedWeights> weights_;
  PoolVector<std::string_view> names_;
  std::size_t hidden_;
  Schedule schedule_;
  PoolVector<const ScheduledRelation*> relations_;
  NodeId num_outer_;
  bool keeps_ = false;  // For a backward pass.
  PoolVector<float> recurrent_bias_;
  bool has_recurrent_bias_;
  std::size_t first_apart_;
  std::optional<std::size_t> by_source_;  // The relation that forgets by the source.
  Tensor zeros_;                          // [recurrent width], the widest row.
  InputTerm term_;
  InitialRows initial_;
  Tensor apart_;          // [inner rows, apart_width()]
  Tensor d_source_term_;  // [num_nodes, hidden], in node order, as h is.
};

// What a row gathers through all relations, side by side; state_of(relation, edge) is an h.
template <class StateOf>
void GatedCell::gather_row(NodeId row, const StateOf& state_of, float* to) const {
  for (std::size_t r = 0; r < names_.size(); ++r, to += hidden_) {
    const ScheduledRelation& relation = *relations_[r];
    const EdgeId first = relation.offsets[row], last = relation.offsets[row + 1];
    if (first == last) {
      std::copy_n(absent(kH, row), hidden_, to);
      continue;
    }
    std::copy_n(state_of(r, first), hidden_, to);
    for (EdgeId e = first + 1; e < last; ++e) kernels().add(hidden_, state_of(r, e), to);
    if (form().relations[r].gather != Gather::kMean) continue;
    const float share = 1.0f / static_cast<float>(last - first);
    for (std::size_t i = 0; i < hidden_; ++i) to[i] *= share;
  }
}

/// A run of the cell over a schedule, through relations named in the order of the form. Initial
/// states, of a cell with one relation, stand in for absent predecessors of the first wavefront.
/// Throws ShapeError and GraphError as InputTerm and InitialRows do, and GraphError, naming the
/// node, if one has several predecessors where a relation gathers one, or with a leaf module an
/// input and a predecessor, or neither of the first wavefront nor a predecessor.
Recurrence gated_recurrence(const std::shared_ptr<GatedWeights>& weights,
                            std::span<const std::string_view> relations, const NodeInputs& inputs,
                            const Schedule& schedule, const SweepOptions& sweep,
                            const InitialStates& initial = {});

/// Makes such a run.
NodeStates run_gated(Recurrence recurrence);

}  // namespace espalier
