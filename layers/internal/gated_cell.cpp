#include <espalier/layers/internal/gated_cell.h>

#include <algorithm>
#include <cassert>
#include <utility>

#include <espalier/base/error.h>
#include <espalier/ops/kernels.h>
#include <espalier/ops/parallel.h>

namespace espalier {
namespace {

constexpr std::size_t kNone = GateOrder::kNone;
constexpr std::size_t kBlockRows = 64;

// Positions in the cell's layout.
enum Part : std::size_t {
  kH,
  kC,
  kSourceTerm,  // U_f h: formed once, where h is, not once for every reader.
};
constexpr std::size_t kTanhC = 0;   // The field of a node.
constexpr std::size_t kForget = 0;  // That of an edge: f, then its pre-activation's gradient.

// Effective biases: the sums of all that are added to one place.
PoolVector<float> sum_biases(const GatedWeights& w, bool recurrent, std::size_t width) {
  PoolVector<float> sum(width, 0.0f);
  for (const BiasBlock& block : w.parameters().biases) {
    if (block.recurrent != recurrent) continue;
    kernels().add(block.count, block.bias.value().data() + block.first, sum.data() + block.column);
  }
  return sum;
}

std::size_t input_bias_width(const GatedWeights& w) {
  const auto& input = w.parameters().input;
  return input ? input->main_width() + input->forget_width() : 0;
}

std::size_t given_width(const GatedForm& form) {
  std::size_t last = form.given_forget == kNone ? 0 : form.given_forget;
  for (const std::size_t gate : {form.given.i, form.given.u, form.given.o}) {
    if (gate != kNone) last = std::max(last, gate);
  }
  for (const std::size_t gate : form.given.forget) last = std::max(last, gate);
  return (last + 1) * form.hidden;
}

bool has_recurrent_bias(const GatedWeights& w) {
  return std::ranges::any_of(w.parameters().biases, &BiasBlock::recurrent);
}

class GatedCell final : public RecurrentCell {
 public:
  GatedCell(std::shared_ptr<GatedWeights> weights, std::span<const std::string_view> relations,
            const NodeInputs& inputs, const Schedule& schedule);

  CellLayout layout() const override;
  void begin(Sweep& sweep) override;
  void forward(const Tile& tile) override;
  void end_forward(Sweep&) override { term_.end_forward(); }
  void begin_backward(Sweep&) override;
  void backward(const Tile& tile) override;
  void finish(Sweep& sweep) override;

 private:
  const GatedForm& form() const { return weights_->form(); }
  const GatedWeights::Parameters& parameters() const { return weights_->parameters(); }
  bool has_null() const { return parameters().null_h.defined(); }
  const float* null(Part part) const {
    if (!has_null()) return zeros_.data();
    return (part == kH ? parameters().null_h : parameters().null_c).value().data();
  }
  // Does any row of the tile read anything but zeros?
  bool reads(const Tile& tile) const { return tile.level() > 0 || has_null(); }
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

  template <class StateOf>
  void gather_row(NodeId row, const StateOf& state_of, float* to) const;
  const float* forget_term(NodeId row, const float* term) const;
  void append_cells(const Tile& tile, NodeId row, const RowsOfGates& at,
                    PoolVector<ForgottenCell>& cells) const;
  void append_cells_backward(const Tile& tile, NodeId row, const RowsOfGates& at, float* copies,
                             PoolVector<ForgottenCellBackward>& cells) const;
  void form_source_terms(const Tile& tile) const;
  void backward_source_terms(const Tile& tile);
  void send_to_sources(const Tile& tile, MatrixView d_recurrent) const;
  MatrixView multiply_states(const Tile& tile) const;
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
  Tensor apart_;          // [inner rows, apart_width()]
  Tensor d_source_term_;  // [num_nodes, hidden], in node order, as h is.
};

std::size_t first_gate_apart(const GatedWeights& w) {
  const GatedForm& form = w.form();
  if (form.leaf_module) return 0;
  if (!form.shared_forget) return w.num_gates();
  std::size_t first = w.num_gates();
  for (const std::size_t gate : form.recurrent.forget) first = std::min(first, gate);
  return first;
}

GatedCell::GatedCell(std::shared_ptr<GatedWeights> weights,
                     std::span<const std::string_view> relations, const NodeInputs& inputs,
                     const Schedule& schedule)
    : weights_(std::move(weights)),
      names_(relations.begin(), relations.end()),
      hidden_(form().hidden),
      schedule_(schedule),
      num_outer_(schedule.num_nodes() == 0 ? 0 : schedule.wavefront(0).size()),
      recurrent_bias_(sum_biases(*weights_, true, weights_->recurrent_width())),
      has_recurrent_bias_(has_recurrent_bias(*weights_)),
      first_apart_(first_gate_apart(*weights_)),
      zeros_(Tensor::zeros({weights_->recurrent_width()})),
      term_(parameters().input ? &*parameters().input : nullptr, given_width(form()), inputs,
            sum_biases(*weights_, false, input_bias_width(*weights_)), schedule,
            {.outer_only = form().leaf_module, .by_row = apart_width() > 0}) {
  assert(names_.size() == form().relations.size());
  for (std::size_t r = 0; r < names_.size(); ++r) {
    relations_.push_back(&schedule_.relation(names_[r]));
    if (form().relations[r].forget == Forget::kBySource) by_source_ = r;
  }
}

// Gradients lie by reading row, so that a product can be written there; rows that read nothing are
// read by nobody.
CellLayout GatedCell::layout() const {
  CellLayout layout{.state = {{hidden_}, {hidden_}}};
  if (by_source_) layout.state.push_back({hidden_, /*output=*/false, /*kept=*/false});
  layout.node_fields = {form().output == CellOutput::kGated ? hidden_ : 0};
  for (std::size_t r = 0; r < names_.size(); ++r) {
    RelationUse use{.relation = names_[r],
                    .parts = {{.part = kH, .gradient = EdgeGradient::kShared, .joined = true}},
                    .fields = {}};
    if (r == by_source_) {
      use.parts.push_back({.part = kC});
      use.parts.push_back(
          {.part = kSourceTerm, .gradient = EdgeGradient::kField, .field = kForget});
      use.fields = {hidden_};
    } else if (has_cell_of(r)) {
      use.parts.push_back({.part = kC, .gradient = EdgeGradient::kShared});
    }
    layout.relations.push_back(std::move(use));
  }
  return layout;
}

void GatedCell::begin(Sweep& sweep) {
  keeps_ = sweep.keeps_fields();
  term_.begin(keeps_);
  if (!keeps_) return;
  apart_ = Tensor::uninitialized({schedule_.num_nodes() - num_outer_, apart_width()});
}

MutableMatrixView GatedCell::apart_rows(const Tile& tile) {
  if (tile.level() == 0) return {nullptr, tile.size(), 0};
  if (!keeps_) return tile.scratch(tile.size(), apart_width());
  return apart_.view().slice(tile.rows().begin - num_outer_, tile.rows().end - num_outer_);
}

GatedRuns<float> GatedCell::kept_runs(const RowsOfGates& at) const {
  const GateOrder &term = term_order(), &whole = form().recurrent;
  return {kept(at.kept, at.apart, term.i, whole.i), kept(at.kept, at.apart, term.u, whole.u),
          whole.o == kNone ? nullptr : kept(at.kept, at.apart, term.o, whole.o)};
}

// --- Forward ------------------------------------------------------------------------------------

// What a row gathers through all relations, side by side; state_of(relation, edge) is an h.
template <class StateOf>
void GatedCell::gather_row(NodeId row, const StateOf& state_of, float* to) const {
  for (std::size_t r = 0; r < names_.size(); ++r, to += hidden_) {
    const ScheduledRelation& relation = *relations_[r];
    const EdgeId first = relation.offsets[row], last = relation.offsets[row + 1];
    if (first == last) {
      std::copy_n(null(kH), hidden_, to);
      continue;
    }
    std::copy_n(state_of(r, first), hidden_, to);
    for (EdgeId e = first + 1; e < last; ++e) kernels().add(hidden_, state_of(r, e), to);
    if (form().relations[r].gather != Gather::kMean) continue;
    const float share = 1.0f / static_cast<float>(last - first);
    for (std::size_t i = 0; i < hidden_; ++i) to[i] *= share;
  }
}

// W_f x + b_f, where the forget gates share it.
const float* GatedCell::forget_term(NodeId row, const float* term) const {
  return term_.is_given() ? run(term, form().given_forget) : term_.forget(row);
}

void GatedCell::append_cells(const Tile& tile, NodeId row, const RowsOfGates& at,
                             PoolVector<ForgottenCell>& cells) const {
  cells.clear();
  const bool outer = tile.level() == 0;
  for (std::size_t r = 0; r < names_.size(); ++r) {
    const ScheduledRelation& relation = *relations_[r];
    const EdgeId first = relation.offsets[row], last = relation.offsets[row + 1];
    switch (form().relations[r].forget) {
      case Forget::kNot:
        break;
      case Forget::kOnce: {
        const std::size_t gate = form().recurrent.forget[r];
        if (outer && gate >= first_apart_) break;  // It has no gate, for it has nothing to forget.
        const bool own = !form().shared_forget;
        const std::size_t term_gate = own ? term_order().forget[r] : kNone;
        const float* input = zeros_.data();
        if (own) {
          input = run(at.term, term_gate);
        } else if (!form().leaf_module) {
          input = forget_term(row, at.term);
        }
        cells.push_back({.input = input,
                         .recurrent = run(at.recurrent, gate),
                         .c = first == last ? null(kC) : tile.source_state(r, kC, first),
                         .f = kept(at.kept, at.apart, term_gate, gate)});
        break;
      }
      case Forget::kBySource:
        for (EdgeId e = first; e < last; ++e) {
          cells.push_back({.input = forget_term(row, at.term),
                           .recurrent = tile.source_state(r, kSourceTerm, e),
                           .c = tile.source_state(r, kC, e),
                           .f = tile.edge_field(r, kForget).row(e - tile.first_edge(r)).data()});
        }
        break;
    }
  }
}

// U_f h for those who read the tile's rows.
void GatedCell::form_source_terms(const Tile& tile) const {
  const auto [begin, end] = tile.rows();
  const ScheduledRelation& relation = *relations_[*by_source_];
  if (relation.reader_offsets[begin] == relation.reader_offsets[end]) return;
  const MutableMatrixView h = tile.scratch(tile.size(), hidden_);
  for (NodeId row = begin; row < end; ++row) {
    std::copy_n(tile.state(kH, row), hidden_, h.row(row - begin).data());
  }
  weights_->forward_by_source().multiply(h, {tile.state(kSourceTerm, begin), tile.size(), hidden_});
}

void GatedCell::forward(const Tile& tile) {
  const MutableMatrixView own = term_.start(tile);
  if (form().leaf_module && tile.level() == 0) {
    forward_leaves(tile, own);
    return;
  }
  const MatrixView recurrent = multiply_states(tile);
  const MutableMatrixView apart = apart_rows(tile);
  const bool no_term = form().leaf_module;  // Inner nodes have no input.
  PoolVector<ForgottenCell> cells;
  for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
    const std::size_t r = row - tile.rows().begin;
    RowsOfGates at;
    at.recurrent = recurrent.data == nullptr ? zeros_.data() : recurrent.row(r).data();
    if (apart.cols > 0) at.apart = apart.row(r).data();
    if (!no_term) {
      const NodeId place = term_.place(row);
      at.kept = own.data == nullptr ? term_.gates(place) : own.row(r).data();
      at.term = term_.main(place) == nullptr ? at.kept : term_.main(place);
    }
    append_cells(tile, row, at, cells);
    gated_kernels().step(
        hidden_,
        {.candidate = form().candidate,
         .output = form().output,
         .input = no_term ? GatedRuns<const float>{zeros_.data(), zeros_.data(), zeros_.data()}
                          : runs(at.term, term_order()),
         .recurrent = runs(at.recurrent, form().recurrent),
         .gates = kept_runs(at),
         .cells = cells.data(),
         .num_cells = cells.size(),
         .c = tile.state(kC, row),
         .tanh_c = tanh_c(tile, r),
         .h = tile.state(kH, row)});
  }
  if (by_source_) form_source_terms(tile);
}

// U h of the tile's rows; nothing if they read zeros alone.
MatrixView GatedCell::multiply_states(const Tile& tile) const {
  if (!reads(tile)) return {};
  const MutableMatrixView gathered = tile.scratch(tile.size(), weights_->gathered_width());
  for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
    gather_row(
        row, [&](std::size_t r, EdgeId e) { return tile.source_state(r, kH, e); },
        gathered.row(row - tile.rows().begin).data());
  }
  const MutableMatrixView recurrent = tile.scratch(tile.size(), weights_->recurrent_width());
  weights_->forward().multiply(gathered, recurrent,
                               has_recurrent_bias_ ? recurrent_bias_.data() : nullptr);
  return recurrent;
}

void GatedCell::forward_leaves(const Tile& tile, MutableMatrixView own) {
  for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
    const std::size_t r = row - tile.rows().begin;
    float* const gates = own.data == nullptr ? term_.gates(row) : own.row(r).data();
    const float* const term = term_.main(row) == nullptr ? gates : term_.main(row);
    float* const c = tile.state(kC, row);
    std::copy_n(term, hidden_, c);
    if (form().output == CellOutput::kUngated) {
      kernels().tanh(hidden_, c, tile.state(kH, row));
      continue;
    }
    float* const o = gates + hidden_;
    if (term != gates) std::copy_n(term + hidden_, hidden_, o);
    gated_kernels().read_out(hidden_, c, o, tanh_c(tile, r), tile.state(kH, row));
  }
}

// --- Backward -----------------------------------------------------------------------------------

void GatedCell::append_cells_backward(const Tile& tile, NodeId row, const RowsOfGates& at,
                                      float* copies,
                                      PoolVector<ForgottenCellBackward>& cells) const {
  cells.clear();
  const bool outer = tile.level() == 0;
  const std::size_t place_in_tile = row - tile.rows().begin;
  for (std::size_t r = 0; r < names_.size(); ++r) {
    const ScheduledRelation& relation = *relations_[r];
    const EdgeId first = relation.offsets[row], last = relation.offsets[row + 1];
    switch (form().relations[r].forget) {
      case Forget::kNot:
        break;
      case Forget::kOnce: {
        const std::size_t gate = form().recurrent.forget[r];
        if (outer && gate >= first_apart_) break;
        const bool own = !form().shared_forget;
        float* const f = kept(at.kept, at.apart, own ? term_order().forget[r] : kNone, gate);
        cells.push_back({.c = first == last ? null(kC) : tile.source_state(r, kC, first),
                         .f = f,
                         .copy = copies == nullptr ? f : run(copies, gate),
                         .d_c = tile.edge_gradients(r, kC).row(place_in_tile).data()});
        break;
      }
      case Forget::kBySource:
        for (EdgeId e = first; e < last; ++e) {
          const std::size_t edge = e - tile.first_edge(r);
          float* const f = tile.edge_field(r, kForget).row(edge).data();
          cells.push_back({.c = tile.source_state(r, kC, e),
                           .f = f,
                           .copy = f,
                           .d_c = tile.edge_gradients(r, kC).row(edge).data()});
        }
        break;
    }
  }
}

void GatedCell::begin_backward(Sweep&) {
  term_.begin_backward();
  if (by_source_) d_source_term_ = Tensor::uninitialized({schedule_.num_nodes(), hidden_});
}

// The gradient of U_f h, gathered from all readers: kept for U_f's, and sent on to h.
void GatedCell::backward_source_terms(const Tile& tile) {
  const auto [begin, end] = tile.rows();
  const MutableMatrixView d_term = tile.gradient(kSourceTerm);
  for (NodeId row = begin; row < end; ++row) {
    std::ranges::copy(d_term.row(row - begin), d_source_term_.row(tile.node(row)).data());
  }
  const ScheduledRelation& relation = *relations_[*by_source_];
  if (relation.reader_offsets[begin] == relation.reader_offsets[end]) return;
  weights_->backward_by_source().multiply(d_term, tile.gradient(kH), nullptr, Store::kAdd);
}

void GatedCell::backward(const Tile& tile) {
  if (by_source_) backward_source_terms(tile);
  if (form().leaf_module && tile.level() == 0) {
    backward_leaves(tile);
    return;
  }
  const MutableMatrixView whole = whole_rows(tile);
  MutableMatrixView copied;
  if (reads(tile) && whole.data == nullptr) {
    copied = tile.scratch(tile.size(), weights_->recurrent_width());
  }
  const MutableMatrixView apart = apart_rows(tile);
  const MutableMatrixView dh = tile.gradient(kH), dc = tile.gradient(kC);
  PoolVector<ForgottenCellBackward> cells;
  for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
    const std::size_t r = row - tile.rows().begin;
    float* const copies = copied.data == nullptr ? nullptr : copied.row(r).data();
    RowsOfGates at;
    if (apart.cols > 0) at.apart = apart.row(r).data();
    if (!form().leaf_module) at.kept = term_.gates(term_.place(row));
    append_cells_backward(tile, row, at, copies, cells);
    const GatedRuns<float> gates = kept_runs(at);
    float* d_forget_input = nullptr;
    if (form().shared_forget && term_.is_given()) {
      d_forget_input = run(at.kept, form().given_forget);
    } else if (tile.level() > 0 && term_.has_forget_terms()) {
      d_forget_input = term_.forget_gradient(row);
    }
    gated_kernels().step_backward(
        hidden_, {.candidate = form().candidate,
                  .output = form().output,
                  .dh = dh.row(r).data(),
                  .dc = dc.row(r).data(),
                  .c = tile.state(kC, row),
                  .tanh_c = tanh_c(tile, r),
                  .h = tile.state(kH, row),
                  .gates = gates,
                  .copies = copies == nullptr ? gates : runs(copies, form().recurrent),
                  .cells = cells.data(),
                  .num_cells = cells.size(),
                  .d_forget_input = d_forget_input});
  }
  if (reads(tile)) send_to_sources(tile, whole.data == nullptr ? copied : whole);
}

// The tile's gates where they are kept as rows of U h are, so that a product can read them there.
MutableMatrixView GatedCell::whole_rows(const Tile& tile) {
  if (first_apart_ == 0) return apart_rows(tile);
  if (apart_width() > 0 || term_.is_by_node() || term_.is_given()) return {};
  return term_.rows_of_gates(tile.rows());
}

// The sources' dh: U^T times the gates' gradients.
void GatedCell::send_to_sources(const Tile& tile, MatrixView d_recurrent) const {
  const MutableMatrixView to = tile.joined_gradients();
  weights_->backward().multiply(d_recurrent, to);
  for (std::size_t r = 0; r < names_.size(); ++r) {
    if (form().relations[r].gather != Gather::kMean) continue;
    for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
      const std::size_t count = relations_[r]->of(row).size();
      if (count < 2) continue;
      const float share = 1.0f / static_cast<float>(count);
      const auto columns = to.row(row - tile.rows().begin).subspan(r * hidden_, hidden_);
      for (float& d : columns) d *= share;
    }
  }
}

void GatedCell::backward_leaves(const Tile& tile) {
  for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
    const std::size_t r = row - tile.rows().begin;
    const float* const dh = tile.gradient(kH).row(r).data();
    float* const dc = tile.gradient(kC).row(r).data();
    float* const gates = term_.gates(row);
    if (form().output == CellOutput::kUngated) {
      kernels().tanh_backward(hidden_, dh, tile.state(kH, row), dc);
    } else {
      gated_kernels().read_out_backward(hidden_, dh, tanh_c(tile, r), gates + hidden_, dc);
    }
    std::copy_n(dc, hidden_, gates);
  }
}

// --- Gradients of the parameters ----------------------------------------------------------------

// The gradients of a gate of a row of U h: rows of the term, or of those apart.
StridedView GatedCell::delta(std::size_t gate) const {
  if (gate >= first_apart_) {
    return {apart_.view(), (gate - first_apart_) * hidden_, hidden_};
  }
  const GateOrder &whole = form().recurrent, &term = term_order();
  std::size_t at = kNone;
  if (gate == whole.i) at = term.i;
  if (gate == whole.u) at = term.u;
  if (gate == whole.o) at = term.o;
  for (std::size_t r = 0; r < whole.forget.size(); ++r) {
    if (gate == whole.forget[r]) at = term.forget[r];
  }
  return {term_.gates(), at * hidden_, hidden_};
}

// What all nodes gather, [places, gathered width]; where terms lie by row, of inner rows alone but
// for trained null states.
Tensor GatedCell::gather_all(const Sweep& sweep) const {
  const NodeId first = term_.is_by_node() || has_null() ? 0 : num_outer_;
  const StridedView h = sweep.states(kH);
  Tensor gathered =
      Tensor::uninitialized({schedule_.num_nodes() - first, weights_->gathered_width()});
  parallel_rows(gathered.rows(), kBlockRows, [&](std::size_t begin, std::size_t end) {
    for (auto row = static_cast<NodeId>(first + begin); row < first + end; ++row) {
      gather_row(
          row,
          [&](std::size_t r, EdgeId e) {
            return h.row(schedule_.nodes()[relations_[r]->predecessors[e]]);
          },
          gathered.row(term_.place(row) - first).data());
    }
  });
  return gathered;
}

void GatedCell::append_recurrent_products(MatrixView gathered,
                                          PoolVector<GradientProduct>& products) const {
  if (gathered.rows == 0 || (schedule_.num_wavefronts() <= 1 && !has_null())) return;
  for (const RecurrentBlock& block : parameters().recurrent) {
    if (!block.weight.requires_gradient()) continue;
    StridedView a = delta(block.gate);
    StridedView b(gathered, block.first_relation * hidden_, block.weight.cols());
    // Rows of the first wavefront gather nothing; those apart have none.
    const std::size_t skip = a.rows > b.rows ? a.rows - b.rows : 0;
    a = {a.row(skip), a.rows - skip, a.cols, a.stride};
    b = {b.row(b.rows - a.rows), a.rows, b.cols, b.stride};
    float* const sum = block.weight.mutable_gradient().row(block.first_row).data();
    GradientProduct* const last = products.empty() ? nullptr : &products.back();
    const bool goes_on = last != nullptr && last->b.data == b.data && last->b.cols == b.cols &&
                         last->a.data + last->a.cols == a.data && last->a.stride == a.stride &&
                         last->sum + last->a.cols * b.cols == sum;
    if (goes_on) {
      last->a.cols += a.cols;
    } else {
      products.push_back({.a = a, .b = b, .sum = sum});
    }
  }
}

void GatedCell::add_bias_gradients(const Tensor& d_input, const Tensor& d_recurrent) const {
  for (const BiasBlock& block : parameters().biases) {
    if (!block.bias.requires_gradient()) continue;
    const Tensor& from = block.recurrent ? d_recurrent : d_input;
    kernels().add(block.count, from.data() + block.column,
                  block.bias.mutable_gradient().data() + block.first);
  }
}

// Sums over the rows that read the null states, relation by relation, in the order of the rows.
void GatedCell::add_null_gradients(const Sweep& sweep) const {
  for (const Part part : {kH, kC}) {
    const Variable& null = part == kH ? parameters().null_h : parameters().null_c;
    if (!null.requires_gradient()) continue;
    float* const sum = null.mutable_gradient().data();
    for (std::size_t r = 0; r < names_.size(); ++r) {
      if (part == kC && !has_cell_of(r)) continue;
      const StridedView gradients = sweep.edge_gradients(r, part);
      for (NodeId row = 0; row < schedule_.num_nodes(); ++row) {
        if (relations_[r]->of(row).empty()) kernels().add(hidden_, gradients.row(row), sum);
      }
    }
  }
}

void GatedCell::finish(Sweep& sweep) {
  if (schedule_.num_nodes() == 0) return;
  const std::size_t main_width =
      parameters().input ? parameters().input->main_width() : std::size_t{0};
  Tensor d_input = Tensor::zeros({std::max<std::size_t>(input_bias_width(*weights_), 1)});
  Tensor d_recurrent = Tensor::zeros({weights_->recurrent_width()});
  PoolVector<GradientProduct> products;
  term_.append_products(products, d_input);
  const Tensor gathered = gather_all(sweep);
  append_recurrent_products(gathered.view(), products);
  if (apart_.size() > 0) {
    products.push_back({.a = MatrixView(apart_.view()),
                        .b = {},
                        .column_sums = d_recurrent.data() + first_apart_ * hidden_});
  }
  if (by_source_) {
    const RecurrentBlock& block = *parameters().by_source;
    GradientProduct product{.a = MatrixView(d_source_term_.view()), .b = {}};
    if (block.weight.requires_gradient()) {
      product.b = sweep.states(kH);
      product.sum = block.weight.mutable_gradient().row(block.first_row).data();
    }
    // Every f has one term, so the sum over the terms is that over the gates.
    if (parameters().input) product.column_sums = d_input.data() + main_width;
    products.push_back(product);
  }
  add_gradient_products(products);
  if (form().shared_forget && !by_source_ && parameters().input && !form().leaf_module) {
    for (const std::size_t gate : form().recurrent.forget) {
      kernels().add(hidden_, d_recurrent.data() + gate * hidden_, d_input.data() + main_width);
    }
  }
  add_bias_gradients(d_input, d_recurrent);
  if (has_null()) add_null_gradients(sweep);
  term_.add_input_gradient();
}

void check_relations(const GatedForm& form, std::span<const std::string_view> names,
                     const Schedule& schedule) {
  for (std::size_t r = 0; r < names.size(); ++r) {
    const ScheduledRelation& relation = schedule.relation(names[r]);
    if (form.relations[r].gather != Gather::kOne) continue;
    for (NodeId row = 0; row < schedule.num_nodes(); ++row) {
      const std::size_t count = relation.of(row).size();
      if (count <= 1) continue;
      throw GraphError(message("node ", schedule.nodes()[row], " has ", count,
                               " predecessors in \"", names[r], "\", expected at most one"));
    }
  }
}

// With a leaf module the first wavefront has inputs, and all others have predecessors.
void check_leaves(std::span<const std::string_view> names, const NodeInputs& inputs,
                  const Schedule& schedule) {
  const NodeId num_outer = schedule.num_nodes() == 0 ? 0 : schedule.wavefront(0).size();
  for (NodeId row = num_outer; row < schedule.num_nodes(); ++row) {
    const auto reads = [&](std::string_view name) {
      return !schedule.relation(name).of(row).empty();
    };
    if (std::ranges::any_of(names, reads)) continue;
    throw GraphError(
        message("node ", schedule.nodes()[row],
                " has no children but waits for nodes of another relation; with a leaf "
                "module leaves must come first"));
  }
  const auto check_input = [&](NodeId node) {
    if (node >= schedule.num_nodes() || schedule.rows()[node] < num_outer) return;
    throw GraphError(message(
        "node ", node, " has children and an input; with a leaf module only leaves have one"));
  };
  if (inputs.is_partial) {
    for (const NodeId node : inputs.nodes) check_input(node);
  } else {
    for (NodeId node = 0; node < schedule.num_nodes(); ++node) {
      const bool none = inputs.is_shared && node < inputs.row_of_node.size() &&
                        inputs.row_of_node[node] == kNoInput;
      if (!none) check_input(node);
    }
  }
}

}  // namespace

Recurrence gated_recurrence(const std::shared_ptr<GatedWeights>& weights,
                            std::span<const std::string_view> relations, const NodeInputs& inputs,
                            const Schedule& schedule, const SweepOptions& sweep) {
  check_relations(weights->form(), relations, schedule);
  if (weights->form().leaf_module) check_leaves(relations, inputs, schedule);
  PoolVector<Variable> variables = {inputs.x};
  weights->append_variables(variables);
  weights->refresh(recording(variables));
  return {.cell = std::allocate_shared<GatedCell>(PoolAllocator<GatedCell>(), weights, relations,
                                                  inputs, schedule),
          .schedule = schedule,
          .inputs = std::move(variables),
          .options = sweep};
}

NodeStates run_gated(Recurrence recurrence) {
  JoinedStates states = run_side_by_side({&recurrence, 1});
  return {.h = std::move(states.first), .c = std::move(states.others[0][0])};
}

}  // namespace espalier
