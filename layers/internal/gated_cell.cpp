#include <espalier/layers/internal/gated_cell.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

#include <espalier/base/error.h>

namespace espalier {
namespace {

constexpr std::size_t kNone = GateOrder::kNone;

// Effective biases: the sums of all that are added to one place.
PoolVector<float> sum_biases(const GatedWeights& w, bool recurrent, std::size_t width) {
  PoolVector<float> sum(width, 0.0f);
  for (const BiasBlock& block : w.parameters().biases) {
    if (block.recurrent != recurrent) continue;
    kernels().add(block.count, block.bias.value().data() + block.first, sum.data() + block.column);
  }
  return sum;
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

std::size_t first_gate_apart(const GatedWeights& w) {
  const GatedForm& form = w.form();
  if (form.leaf_module) return 0;
  if (!form.shared_forget) return w.num_gates();
  std::size_t first = w.num_gates();
  for (const std::size_t gate : form.recurrent.forget) first = std::min(first, gate);
  return first;
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

GatedCell::GatedCell(std::shared_ptr<GatedWeights> weights,
                     std::span<const std::string_view> relations, const NodeInputs& inputs,
                     const Schedule& schedule, InitialRows initial)
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
            sum_biases(*weights_, false, weights_->input_width()), schedule,
            {.outer_only = form().leaf_module, .by_row = apart_width() > 0}),
      initial_(std::move(initial)) {
  assert(names_.size() == form().relations.size());
  assert(initial_.empty() || names_.size() == 1);
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
  initial_.begin_gradients();
  apart_ = Tensor::uninitialized({schedule_.num_nodes() - num_outer_, apart_width()});
}

MutableMatrixView GatedCell::apart_rows(const Tile& tile) {
  if (tile.level() == 0) return {nullptr, tile.size(), 0};
  if (!keeps_) return tile.scratch(tile.size(), apart_width());
  return apart_.view().slice(tile.rows().begin - num_outer_, tile.rows().end - num_outer_);
}

GatedRuns<float> GatedCell::kept_runs(const RowsOfGates& at) const {
  const GateOrder &term = term_order(), &whole = form().recurrent;
  const auto at_gate = [&](std::size_t of_term, std::size_t gate) {
    return gate == kNone ? nullptr : kept(at.kept, at.apart, of_term, gate);
  };
  return {at_gate(term.i, whole.i), at_gate(term.u, whole.u), at_gate(term.o, whole.o)};
}

// --- Forward ------------------------------------------------------------------------------------

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
                         .c = first == last ? absent(kC, row) : tile.source_state(r, kC, first),
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
  const MutableMatrixView recurrent = multiply_states(tile);
  MutableMatrixView o_before;  // W x + b + U h of gate o, before it sees the new cell.
  if (weights_->has_full_peephole()) {
    see_old_cells(tile, recurrent);
    o_before = tile.scratch(tile.size(), hidden_);
  }
  const MutableMatrixView apart = apart_rows(tile);
  const bool no_term = form().leaf_module;  // Inner nodes have no input.
  PoolVector<ForgottenCell> cells;
  for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
    const std::size_t r = row - tile.rows().begin;
    const RowsOfGates at = rows_of(tile, row, own, recurrent, apart);
    if (o_before.data != nullptr) {
      std::copy_n(run(at.term, term_order().o), hidden_, o_before.row(r).data());
      kernels().add(hidden_, run(at.recurrent, form().recurrent.o), o_before.row(r).data());
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
         .h = tile.state(kH, row),
         .peephole = diagonal_peepholes()});
  }
  if (o_before.data != nullptr) see_new_cells(tile, own, o_before);
  if (by_source_) form_source_terms(tile);
}

GatedCell::RowsOfGates GatedCell::rows_of(const Tile& tile, NodeId row, MutableMatrixView own,
                                          MatrixView recurrent, MutableMatrixView apart) {
  const std::size_t r = row - tile.rows().begin;
  RowsOfGates at;
  at.recurrent = recurrent.data == nullptr ? zeros_.data() : recurrent.row(r).data();
  if (apart.cols > 0) at.apart = apart.row(r).data();
  if (form().leaf_module) return at;
  const NodeId place = term_.place(row);
  at.kept = own.data == nullptr ? term_.gates(place) : own.row(r).data();
  at.term = term_.main(place) == nullptr ? at.kept : term_.main(place);
  return at;
}

// U h of the tile's rows; nothing if they read zeros alone.
MutableMatrixView GatedCell::multiply_states(const Tile& tile) const {
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

Recurrence gated_recurrence(const std::shared_ptr<GatedWeights>& weights,
                            std::span<const std::string_view> relations, const NodeInputs& inputs,
                            const Schedule& schedule, const SweepOptions& sweep,
                            const InitialStates& initial) {
  check_relations(weights->form(), relations, schedule);
  if (weights->form().leaf_module) check_leaves(relations, inputs, schedule);
  PoolVector<Variable> variables = {inputs.x, initial.h, initial.c};
  weights->append_variables(variables);
  weights->refresh(records(variables));
  const std::size_t hidden = weights->form().hidden;
  InitialRows rows(std::array{initial.h, initial.c}, std::array{hidden, hidden}, initial.nodes,
                   schedule);
  return {.cell = std::allocate_shared<GatedCell>(PoolAllocator<GatedCell>(), weights, relations,
                                                  inputs, schedule, std::move(rows)),
          .schedule = schedule,
          .inputs = std::move(variables),
          .options = sweep};
}

NodeStates run_gated(Recurrence recurrence) {
  JoinedStates states = run_side_by_side({&recurrence, 1});
  return {.h = std::move(states.first), .c = std::move(states.others[0][0])};
}

}  // namespace espalier
