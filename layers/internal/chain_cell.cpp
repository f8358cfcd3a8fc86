#include <espalier/layers/internal/chain_cell.h>

#include <algorithm>
#include <utility>

#include <espalier/base/error.h>
#include <espalier/ops/parallel.h>

namespace espalier {
namespace {

// Row i of the result: which initial state row i of the first wavefront reads, kNoNode for none.
PoolVector<NodeId> order_initial_states(std::span<const NodeId> nodes, const Schedule& schedule) {
  const NodeId num_outer = schedule.num_nodes() == 0 ? 0 : schedule.wavefront(0).size();
  PoolVector<NodeId> of_row(num_outer, kNoNode);
  for (NodeId i = 0; i < nodes.size(); ++i) {
    if (nodes[i] >= schedule.num_nodes()) {
      throw GraphError(message("initial state ", i, " is for node ", nodes[i],
                               ", expected a node below ", schedule.num_nodes()));
    }
    const NodeId row = schedule.rows()[nodes[i]];
    if (row >= num_outer) {
      throw GraphError(message("initial state ", i, " is for node ", nodes[i],
                               ", which has a predecessor; expected a node without one"));
    }
    if (of_row[row] != kNoNode) {
      throw GraphError(
          message("node ", nodes[i], " has two initial states, ", of_row[row], " and ", i));
    }
    of_row[row] = i;
  }
  return of_row;
}

void check_one_predecessor(const Schedule& schedule) {
  const ScheduledRelation& previous = schedule.relation("previous");
  const NodeId num_outer = schedule.num_nodes() == 0 ? 0 : schedule.wavefront(0).size();
  for (NodeId row = 0; row < schedule.num_nodes(); ++row) {
    const std::size_t count = previous.of(row).size();
    if (count == (row < num_outer ? 0u : 1u)) continue;
    throw GraphError(message("node ", schedule.nodes()[row], " has ", count,
                             " predecessors in \"previous\", expected at most one, and no other "
                             "relation that orders the nodes"));
  }
}

}  // namespace

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
      initial_(initial_parts.begin(), initial_parts.end()) {
  check_one_predecessor(schedule);
  bool any = false;
  std::size_t widest = 0;
  for (std::size_t part = 0; part < initial_.size(); ++part) {
    widest = std::max(widest, state_widths[part]);
    if (!initial_[part].defined()) continue;
    any = true;
    check_shape(initial_[part].shape(), {initial_nodes.size(), state_widths[part]},
                "initial states");
  }
  if (any) initial_of_row_ = order_initial_states(initial_nodes, schedule);
  zeros_ = Tensor::zeros({widest});
}

void ChainCell::begin(Sweep& sweep) {
  inputs_.begin(sweep.keeps_fields());
  if (!sweep.keeps_fields() || initial_of_row_.empty()) return;
  for (const Variable& initial : initial_) {
    d_initial_.push_back(initial.requires_gradient() ? Tensor::zeros(initial.shape()) : Tensor());
  }
}

const float* ChainCell::initial_row(std::size_t part, NodeId row) const {
  const bool any = !initial_of_row_.empty() && initial_[part].defined();
  const NodeId i = any ? initial_of_row_[row] : kNoNode;
  return i == kNoNode ? zeros_.data() : initial_[part].value().row(i).data();
}

const float* ChainCell::previous(const Tile& tile, std::size_t part, NodeId row) const {
  if (tile.level() == 0) return initial_row(part, row);
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
  if (tile.level() > 0 || d_initial_.empty() || d_initial_[part].empty()) return;
  for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
    const NodeId i = initial_of_row_[row];
    if (i == kNoNode) continue;
    std::copy_n(gradient.row(row - tile.rows().begin).data(), gradient.cols,
                d_initial_[part].row(i).data());
  }
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
          of_row.empty() ? initial_row(part, row) : states.row(schedule_.nodes()[of_row[0]]);
      std::copy_n(from, states.cols, all.row(place(row)).data());
    }
  });
  return all;
}

void ChainCell::add_input_gradients() {
  inputs_.add_input_gradient();
  for (std::size_t part = 0; part < d_initial_.size(); ++part) {
    if (!d_initial_[part].empty()) initial_[part].add_gradient(std::move(d_initial_[part]));
  }
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
