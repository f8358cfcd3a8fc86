#include <espalier/layers/internal/chain_cell.h>

#include <algorithm>
#include <utility>

#include <espalier/base/error.h>
#include <espalier/ops/parallel.h>

namespace espalier {

ChainWeights::ChainWeights(Variable weight_ih, Variable weight_hh, Variable b_ih, Variable b_hh,
                           std::size_t u_apart)
    : u(weight_hh, {{0, weight_hh.rows() - u_apart}}, {{weight_hh.rows() - u_apart, u_apart}}),
      bias_ih(std::move(b_ih)),
      bias_hh(std::move(b_hh)),
      packed_(weight_ih.defined() ? PoolVector<Variable>{weight_ih, weight_hh}
                                  : PoolVector<Variable>{weight_hh}) {
  if (weight_ih.defined()) {
    w.emplace(weight_ih, PoolVector<GateRows>{{0, weight_ih.rows()}}, PoolVector<GateRows>{});
  }
}

void ChainWeights::append_variables(PoolVector<Variable>& variables) const {
  if (w) variables.push_back(w->weight());
  for (const Variable& v : {u.weight(), bias_ih, bias_hh}) {
    if (v.defined()) variables.push_back(v);
  }
}

void ChainWeights::refresh(bool for_backward) {
  packed_.refresh({.forward = true, .backward = for_backward}, [&](PackDirections directions) {
    PackJobs jobs;
    if (w) w->append_jobs(directions, jobs);
    u.append_jobs(directions, jobs);
    jobs.run();
  });
}

void ChainWeights::warm_up(bool bias) {
  refresh(false);
  if (w) w->warm_up(/*bias=*/true);
  u.warm_up(bias);
}

PoolVector<float> ChainWeights::bias() const {
  PoolVector<float> sum;
  if (!bias_ih.defined()) return sum;
  sum.reserve(bias_ih.value().size());
  for (std::size_t i = 0; i < bias_ih.value().size(); ++i) {
    sum.push_back(bias_ih.value().data()[i] + bias_hh.value().data()[i]);
  }
  return sum;
}

void ChainWeights::add_bias_gradient(Tensor gradient) const {
  if (!bias_ih.defined()) return;
  if (bias_hh.requires_gradient()) bias_hh.add_gradient(gradient.clone());
  if (bias_ih.requires_gradient()) bias_ih.add_gradient(std::move(gradient));
}

ChainCell::ChainCell(const GateWeights* w, std::size_t width, const NodeInputs& inputs,
                     PoolVector<float> bias, const Schedule& schedule,
                     std::span<const Variable> initial_parts,
                     std::span<const std::size_t> state_widths,
                     std::span<const NodeId> initial_nodes)
    : inputs_(w, width, inputs, std::move(bias), schedule, {}),
      schedule_(schedule),
      initial_(initial_parts, state_widths, initial_nodes, schedule) {
  check_one_predecessor(schedule);
}

void ChainCell::begin(Sweep& sweep) {
  inputs_.begin(sweep.keeps_fields());
  if (sweep.keeps_fields()) initial_.begin_gradients();
}

const float* ChainCell::previous(const Tile& tile, std::size_t part, NodeId row) const {
  if (tile.level() == 0) return initial_.row(part, row);
  return tile.source_state(kPrevious, part, tile.first_edge(kPrevious) + (row - tile.rows().begin));
}

void ChainCell::copy_previous(const Tile& tile, std::size_t part, MutableMatrixView to) const {
  for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
    std::copy_n(previous(tile, part, row), to.cols, to.row(row - tile.rows().begin).data());
  }
}

MutableMatrixView ChainCell::previous_gradient(const Tile& tile, std::size_t part) {
  // A row of the tile has one edge, so that edges and rows lie alike.
  if (tile.level() > 0) return tile.edge_gradients(kPrevious, part);
  return tile.scratch(tile.size(), tile.gradient(part).cols);
}

void ChainCell::keep_initial_gradient(const Tile& tile, std::size_t part, MatrixView gradient) {
  if (tile.level() == 0) initial_.keep_gradient(part, tile.rows().begin, gradient);
}

MutableMatrixView ChainCell::multiply_previous(const Tile& tile, std::size_t part,
                                               const PackedMatrix& u, const float* bias) const {
  const MutableMatrixView product = tile.scratch(tile.size(), u.n());
  if (reads(tile)) {
    const MutableMatrixView before = tile.scratch(tile.size(), u.k());
    copy_previous(tile, part, before);
    u.multiply(before, product, bias);
  } else if (bias == nullptr) {
    std::ranges::fill(product.flat(), 0.0f);
  } else {
    for (std::size_t r = 0; r < tile.size(); ++r) {
      std::copy_n(bias, product.cols, product.row(r).data());
    }
  }
  return product;
}

Tensor ChainCell::all_previous(const Sweep& sweep, std::size_t part) const {
  constexpr std::size_t kBlockRows = 64;
  const StridedView states = sweep.states(part);
  const ScheduledRelation& relation = sweep.relation(kPrevious);
  Tensor all = Tensor::uninitialized({schedule_.num_nodes(), states.cols});
  parallel_rows(all.rows(), kBlockRows, [&](std::size_t begin, std::size_t end) {
    for (auto row = static_cast<NodeId>(begin); row < end; ++row) {
      const auto of_row = relation.of(row);
      const float* const from =
          of_row.empty() ? initial_.row(part, row) : states.row(schedule_.nodes()[of_row[0]]);
      std::copy_n(from, states.cols, all.row(place(row)).data());
    }
  });
  return all;
}

void ChainCell::add_input_gradients() {
  inputs_.add_input_gradient();
  initial_.add_gradients();
}

void ChainCell::finish_chain(const ChainWeights& weights, const Tensor& previous) {
  if (schedule_.num_nodes() == 0) return;
  PoolVector<GradientProduct> products;
  Tensor d_bias = Tensor::zeros({weights.u.weight().rows()});
  append_input_products(products, d_bias);
  append_gradient_products(weights.u.weight(), weights.u.main(), all_gates(), previous.view(),
                           products);
  add_gradient_products(products);
  weights.add_bias_gradient(std::move(d_bias));
  add_input_gradients();
}

std::array<Variable, 1> h_alone(const InitialStates& initial) {
  if (initial.c.defined()) {
    throw ShapeError(message("initial states of memory cells, ", initial.c.shape().to_string(),
                             ", for a layer that has none"));
  }
  return {initial.h};
}

RelationUse previous_use(std::size_t num_parts) {
  RelationUse use{.relation = "previous", .parts = {}, .fields = {}};
  for (std::size_t part = 0; part < num_parts; ++part) use.parts.push_back({.part = part});
  return use;
}

}  // namespace espalier
