#include <espalier/layers/internal/gated_weights.h>

#include <algorithm>
#include <cassert>
#include <utility>

#include <espalier/ops/parallel.h>

namespace espalier {
namespace {

// How many gates a row of U h holds.
std::size_t count_gates(const GateOrder& order) {
  std::size_t last = order.u;
  if (order.i != GateOrder::kNone) last = std::max(last, order.i);
  if (order.o != GateOrder::kNone) last = std::max(last, order.o);
  for (const std::size_t f : order.forget) {
    if (f != GateOrder::kNone) last = std::max(last, f);
  }
  return last + 1;
}

PoolVector<Variable> packed_variables(const GatedWeights::Parameters& parameters) {
  PoolVector<Variable> variables;
  if (parameters.input) variables.push_back(parameters.input->weight());
  for (const RecurrentBlock& block : parameters.recurrent) variables.push_back(block.weight);
  if (parameters.by_source) variables.push_back(parameters.by_source->weight);
  if (parameters.full_peephole) variables.push_back(parameters.peephole);
  return variables;
}

}  // namespace

GatedWeights::GatedWeights(GatedForm form, Parameters parameters)
    : form_(std::move(form)),
      parameters_(std::move(parameters)),
      num_gates_(count_gates(form_.recurrent)),
      forward_(gathered_width(), recurrent_width()),
      backward_(recurrent_width(), gathered_width()),
      packed_(packed_variables(parameters_)) {
  const std::size_t h = form_.hidden;
  if (parameters_.by_source) {
    forward_by_source_.emplace(h, h);
    backward_by_source_.emplace(h, h);
  }
  if (parameters_.full_peephole) {
    const Variable& p = parameters_.peephole;
    const std::size_t old_rows = p.rows() - h;
    to_old_.emplace(p, PoolVector<GateRows>{{0, old_rows}}, PoolVector<GateRows>{});
    to_new_.emplace(p, PoolVector<GateRows>{{old_rows, h}}, PoolVector<GateRows>{});
  }
}

void GatedWeights::append_variables(PoolVector<Variable>& variables) const {
  if (parameters_.input) variables.push_back(parameters_.input->weight());
  for (const RecurrentBlock& block : parameters_.recurrent) variables.push_back(block.weight);
  if (parameters_.by_source) variables.push_back(parameters_.by_source->weight);
  for (const BiasBlock& block : parameters_.biases) variables.push_back(block.bias);
  for (const Variable& v : {parameters_.null_h, parameters_.null_c, parameters_.peephole}) {
    if (v.defined()) variables.push_back(v);
  }
}

void append_gates(const Variable& weight, std::size_t num_gates, std::size_t hidden,
                  std::size_t first_relation, PoolVector<RecurrentBlock>& blocks) {
  for (std::size_t gate = 0; gate < num_gates; ++gate) {
    blocks.push_back({.weight = weight,
                      .first_row = gate * hidden,
                      .gate = gate,
                      .first_relation = first_relation});
  }
}

void append_bias(const Variable& bias, std::span<const GateRows> main,
                 std::span<const GateRows> forget, PoolVector<BiasBlock>& blocks) {
  std::size_t column = 0;
  for (const auto& part : {main, forget}) {
    for (const GateRows& rows : part) {
      blocks.push_back({.bias = bias, .first = rows.first, .count = rows.count, .column = column});
      column += rows.count;
    }
  }
}

// U, [recurrent width, gathered width], with zeros where no weight is.
Tensor GatedWeights::whole_u() const {
  const std::size_t h = form_.hidden;
  Tensor u = Tensor::uninitialized({recurrent_width(), gathered_width()});
  parallel_blocks(num_gates_, [&](std::size_t gate) {
    const MutableMatrixView rows = u.view().slice(gate * h, (gate + 1) * h);
    std::size_t covered = 0;
    for (const RecurrentBlock& block : parameters_.recurrent) {
      if (block.gate == gate) covered += block.weight.cols();
    }
    if (covered < rows.cols) std::ranges::fill(rows.flat(), 0.0f);
    for (const RecurrentBlock& block : parameters_.recurrent) {
      if (block.gate != gate) continue;
      for (std::size_t r = 0; r < h; ++r) {
        std::ranges::copy(block.weight.value().row(block.first_row + r),
                          rows.row(r).data() + block.first_relation * h);
      }
    }
  });
  return u;
}

void GatedWeights::refresh(bool for_backward) {
  packed_.refresh({.forward = true, .backward = for_backward}, [&](PackDirections directions) {
    PackJobs jobs;
    if (parameters_.input) parameters_.input->append_jobs(directions, jobs);
    const Tensor u = whole_u();
    if (directions.forward) jobs.add({&forward_, {u.view()}, true});
    if (directions.backward) jobs.add({&backward_, {u.view()}, false});
    if (parameters_.by_source) {
      const auto& [weight, first_row, gate, first_relation] = *parameters_.by_source;
      const MatrixView rows = weight.value().view().slice(first_row, first_row + form_.hidden);
      if (directions.forward) jobs.add({&*forward_by_source_, {rows}, true});
      if (directions.backward) jobs.add({&*backward_by_source_, {rows}, false});
    }
    if (parameters_.full_peephole) {
      to_old_->append_jobs(directions, jobs);
      to_new_->append_jobs(directions, jobs);
    }
    jobs.run();
  });
}

void GatedWeights::warm_up() {
  refresh(false);
  if (parameters_.input) parameters_.input->warm_up(/*bias=*/true);
  forward_.warm_up(std::ranges::any_of(parameters_.biases, &BiasBlock::recurrent));
  if (forward_by_source_) forward_by_source_->warm_up(/*bias=*/false);
  for (const auto& peephole : {&to_old_, &to_new_}) {
    if (*peephole) (*peephole)->warm_up(/*bias=*/false);
  }
}

}  // namespace espalier
