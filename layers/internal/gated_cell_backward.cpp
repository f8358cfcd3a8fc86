#include <espalier/layers/internal/gated_cell.h>

#include <algorithm>
#include <utility>

#include <espalier/ops/parallel.h>

// The gated cell's backward pass, and the gradients of its parameters.
namespace espalier {

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
        cells.push_back({.c = first == last ? absent(kC, row) : tile.source_state(r, kC, first),
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
  if (weights_->has_full_peephole()) send_to_new_cells(tile);
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
                  .d_forget_input = d_forget_input,
                  .peephole = diagonal_peepholes()});
  }
  if (!reads(tile)) return;
  const MutableMatrixView d_recurrent = whole.data == nullptr ? copied : whole;
  if (weights_->has_full_peephole()) send_to_old_cells(tile, d_recurrent);
  send_to_sources(tile, d_recurrent);
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

// What all nodes gather, [places, gathered width]; where terms lie by row, of inner rows alone
// unless those of the first wavefront read something.
Tensor GatedCell::gather_all(const Sweep& sweep) const {
  const NodeId first = term_.is_by_node() || first_reads() ? 0 : num_outer_;
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
  if (gathered.rows == 0 || (schedule_.num_wavefronts() <= 1 && !first_reads())) return;
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
  Tensor d_input = Tensor::zeros({std::max<std::size_t>(weights_->input_width(), 1)});
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
  if (form().shared_forget && parameters().input && !form().leaf_module) {
    for (const std::size_t gate : form().recurrent.forget) {
      if (gate == kNone) continue;
      kernels().add(hidden_, d_recurrent.data() + gate * hidden_, d_input.data() + main_width);
    }
  }
  add_bias_gradients(d_input, d_recurrent);
  if (has_null()) add_null_gradients(sweep);
  if (parameters().peephole.requires_gradient()) add_peephole_gradient(sweep);
  if (!initial_.empty()) {
    for (const Part part : {kH, kC}) {
      const StridedView d = sweep.edge_gradients(0, part);
      initial_.keep_gradient(part, 0, {d.data, num_outer_, d.cols, d.stride});
    }
    initial_.add_gradients();
  }
  term_.add_input_gradient();
}

}  // namespace espalier
