#include <espalier/layers/internal/gated_cell.h>

#include <algorithm>

#include <espalier/ops/parallel.h>

// What the gated cell's gates see of the memory cell: i and f the old one, o the new one.
namespace espalier {

Peepholes GatedCell::diagonal_peepholes() const {
  const Variable& p = parameters().peephole;
  if (!p.defined() || weights_->has_full_peephole()) return {};
  const bool coupled = form().recurrent.i == kNone;
  const auto row = [&](std::size_t r) { return p.value().row(r).data(); };
  if (coupled) return {.i = nullptr, .f = row(0), .o = row(1)};
  return {.i = row(0), .f = row(1), .o = row(2)};
}

// Adds P_i c' and P_f c' to what the states give to the pre-activations.
void GatedCell::see_old_cells(const Tile& tile, MutableMatrixView recurrent) const {
  if (!reads(tile)) return;
  const MutableMatrixView c = tile.scratch(tile.size(), hidden_);
  for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
    const ScheduledRelation& relation = *relations_[0];
    const EdgeId first = relation.offsets[row];
    const bool none = first == relation.offsets[row + 1];
    std::copy_n(none ? absent(kC, row) : tile.source_state(0, kC, first), hidden_,
                c.row(row - tile.rows().begin).data());
  }
  const PackedMatrix& p = weights_->peephole_to_old().forward_main();
  const MutableMatrixView seen = tile.scratch(tile.size(), p.n());
  p.multiply(c, seen);
  for (std::size_t r = 0; r < tile.size(); ++r) {
    kernels().add(seen.cols, seen.row(r).data(), recurrent.row(r).data());
  }
}

// o and h anew, with P_o c.
void GatedCell::see_new_cells(const Tile& tile, MutableMatrixView own, MatrixView o_before) {
  const MutableMatrixView c = tile.scratch(tile.size(), hidden_);
  for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
    std::copy_n(tile.state(kC, row), hidden_, c.row(row - tile.rows().begin).data());
  }
  const MutableMatrixView sums = tile.scratch(tile.size(), hidden_);
  weights_->peephole_to_new().forward_main().multiply(c, sums);
  for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
    const std::size_t r = row - tile.rows().begin;
    float* const o = kept_runs(rows_of(tile, row, own, {}, {})).o;
    kernels().add(hidden_, o_before.row(r).data(), sums.row(r).data());
    kernels().sigmoid(hidden_, sums.row(r).data(), o);
    const float* const t = tanh_c(tile, r);
    float* const h = tile.state(kH, row);
    for (std::size_t e = 0; e < hidden_; ++e) h[e] = o[e] * t[e];
  }
}

// Adds P_o^T do to the new cells' gradient.
void GatedCell::send_to_new_cells(const Tile& tile) {
  const MutableMatrixView d_o = tile.scratch(tile.size(), hidden_);
  for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
    const std::size_t r = row - tile.rows().begin;
    const float* const o = kept_runs(rows_of(tile, row, {}, {}, {})).o;
    const float *const dh = tile.gradient(kH).row(r).data(), *const t = tanh_c(tile, r);
    for (std::size_t e = 0; e < hidden_; ++e) {
      d_o.row(r)[e] = dh[e] * t[e] * o[e] * (1.0f - o[e]);
    }
  }
  weights_->peephole_to_new().backward_main().multiply(d_o, tile.gradient(kC), nullptr,
                                                       Store::kAdd);
}

// Adds P_i^T di + P_f^T df to the old cells' gradient.
void GatedCell::send_to_old_cells(const Tile& tile, MatrixView d_recurrent) const {
  const GateWeights& p = weights_->peephole_to_old();
  const MutableMatrixView d_seen = tile.scratch(tile.size(), p.main_width());
  for (std::size_t r = 0; r < tile.size(); ++r) {
    std::copy_n(d_recurrent.row(r).data(), d_seen.cols, d_seen.row(r).data());
  }
  p.backward_main().multiply(d_seen, tile.edge_gradients(0, kC), nullptr, Store::kAdd);
}

// The old cell that a row read.
const float* GatedCell::old_cell(const Sweep& sweep, NodeId row) const {
  const auto before = relations_[0]->of(row);
  return before.empty() ? absent(kC, row) : sweep.states(kC).row(schedule_.nodes()[before[0]]);
}

// Diagonal: the sums over all rows of di * c', df * c' and do * c.
void GatedCell::add_peephole_gradient(const Sweep& sweep) const {
  if (weights_->has_full_peephole()) {
    add_full_peephole_gradient(sweep);
    return;
  }
  Tensor& gradient = parameters().peephole.mutable_gradient();
  const GateOrder& order = form().recurrent;
  PoolVector<std::size_t> gates = {order.forget[0], order.o};
  if (order.i != kNone) gates.insert(gates.begin(), order.i);
  parallel_blocks(gates.size(), [&](std::size_t which) {
    const StridedView d = delta(gates[which]);
    const bool sees_new = gates[which] == order.o;
    for (NodeId row = 0; row < schedule_.num_nodes(); ++row) {
      const float* const c =
          sees_new ? sweep.states(kC).row(schedule_.nodes()[row]) : old_cell(sweep, row);
      kernels().add_product(hidden_, d.row(term_.place(row)), c, gradient.row(which).data());
    }
  });
}

void GatedCell::add_full_peephole_gradient(const Sweep& sweep) const {
  const NodeId n = schedule_.num_nodes();
  Tensor old_c = Tensor::uninitialized({n, hidden_});  // These two in the order of the gates.
  Tensor new_c = Tensor::uninitialized({n, hidden_});
  parallel_rows(n, kBlockRows, [&](std::size_t begin, std::size_t end) {
    for (auto row = static_cast<NodeId>(begin); row < end; ++row) {
      const NodeId place = term_.place(row);
      std::copy_n(old_cell(sweep, row), hidden_, old_c.row(place).data());
      std::copy_n(sweep.states(kC).row(schedule_.nodes()[row]), hidden_, new_c.row(place).data());
    }
  });
  const std::size_t old_rows = weights_->peephole_to_old().main_width();
  StridedView d_old = delta(0);
  d_old.cols = old_rows;
  Tensor& gradient = parameters().peephole.mutable_gradient();
  PoolVector<GradientProduct> products;
  products.push_back({.a = d_old, .b = MatrixView(old_c.view()), .sum = gradient.data()});
  products.push_back({.a = delta(form().recurrent.o),
                      .b = MatrixView(new_c.view()),
                      .sum = gradient.row(old_rows).data()});
  add_gradient_products(products);
}

}  // namespace espalier
