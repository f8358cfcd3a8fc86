#include <espalier/layers/lstm.h>

#include <algorithm>
#include <array>
#include <functional>
#include <optional>

#include <espalier/layers/internal/chain_cell.h>
#include <espalier/layers/internal/lstm_kernels.h>
#include <espalier/ops/kernels.h>
#include <espalier/ops/parallel.h>

namespace espalier {

struct LSTM::Weights : ChainWeights {
  using ChainWeights::ChainWeights;
  bool coupled = false;
  Variable peephole;  // Undefined: none.

  // Full peepholes: P_i over P_f, which read the old cell, and P_o, which reads the new one.
  std::optional<GateWeights> to_old, to_new;
  std::optional<PackedWeights> packed_peepholes;

  bool full_peephole() const { return to_old.has_value(); }
  void refresh_all(bool for_backward) {
    refresh(for_backward);
    if (!full_peephole()) return;
    packed_peepholes->refresh({.forward = true, .backward = for_backward},
                              [&](PackDirections directions) {
                                PackJobs jobs;
                                to_old->append_jobs(directions, jobs);
                                to_new->append_jobs(directions, jobs);
                                jobs.run();
                              });
  }
};

namespace {

enum Part : std::size_t { kH, kC };
constexpr std::size_t kTanhC = 0;  // The field.

class LSTMCell final : public ChainCell {
 public:
  LSTMCell(std::shared_ptr<LSTM::Weights> weights, const NodeInputs& inputs,
           const Schedule& schedule, const InitialStates& initial)
      : ChainCell(weights->input(), weights->u.main_width(), inputs, weights->bias(), schedule,
                  std::array{initial.h, initial.c},
                  std::array{weights->hidden(), weights->hidden()}, initial.nodes),
        weights_(std::move(weights)),
        hidden_(weights_->hidden()) {}

  CellLayout layout() const override {
    return {
        .state = {{hidden_}, {hidden_}}, .node_fields = {hidden_}, .relations = {previous_use(2)}};
  }

  void forward(const Tile& tile) override;
  void backward(const Tile& tile) override;
  void finish(Sweep& sweep) override;

 private:
  std::size_t width() const { return weights_->u.main_width(); }
  // Gates i, f, u, o stand side by side in a row; without i if coupled.
  template <class T>
  LSTMGates<T> gates_of(T* row) const {
    T* const f = row + (weights_->coupled ? 0 : hidden_);
    return {weights_->coupled ? nullptr : row, f, f + hidden_, f + 2 * hidden_};
  }
  // Of gate i 0, f 1, o 2.
  const float* peephole(std::size_t which) const {
    const bool none = !weights_->peephole.defined() || weights_->full_peephole();
    if (none || (weights_->coupled && which == 0)) return nullptr;
    return weights_->peephole.value().row(weights_->coupled ? which - 1 : which).data();
  }
  void add_peephole_gradient(const Sweep& sweep) const;
  // Gates of U's rows that read the old cell: i and f, or f alone, the first ones.
  std::size_t old_width() const { return weights_->to_old->main_width(); }
  void see_old_cells(const Tile& tile, MutableMatrixView recurrent) const;
  void see_new_cells(const Tile& tile, const Rows& rows, MatrixView o_before) const;
  void send_to_new_cells(const Tile& tile, const Rows& rows) const;
  void add_full_peephole_gradient(const Sweep& sweep) const;

  std::shared_ptr<LSTM::Weights> weights_;
  std::size_t hidden_;
};

void LSTMCell::forward(const Tile& tile) {
  const Rows rows = start(tile);
  const MutableMatrixView recurrent = multiply_previous(tile, kH, weights_->u.forward_main());
  MutableMatrixView o_before;  // W x + b + U h' of gate o.
  if (weights_->full_peephole()) {
    see_old_cells(tile, recurrent);
    o_before = tile.scratch(tile.size(), hidden_);
  }
  for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
    const std::size_t r = row - tile.rows().begin;
    if (o_before.data != nullptr) {
      std::copy_n(gates_of(rows.term(row)).o, hidden_, o_before.row(r).data());
      kernels().add(hidden_, gates_of<const float>(recurrent.row(r).data()).o,
                    o_before.row(r).data());
    }
    lstm_kernels().step(hidden_, {.input = gates_of(rows.term(row)),
                                  .recurrent = gates_of<const float>(recurrent.row(r).data()),
                                  .c_before = previous(tile, kC, row),
                                  .peephole_i = peephole(0),
                                  .peephole_f = peephole(1),
                                  .peephole_o = peephole(2),
                                  .gates = gates_of(rows.gates(row)),
                                  .c = tile.state(kC, row),
                                  .tanh_c = tile.field(kTanhC).row(r).data(),
                                  .h = tile.state(kH, row)});
  }
  if (o_before.data != nullptr) see_new_cells(tile, rows, o_before);
}

// Adds P_i c' and P_f c' to what the states give to the pre-activations.
void LSTMCell::see_old_cells(const Tile& tile, MutableMatrixView recurrent) const {
  const MatrixView seen = multiply_previous(tile, kC, weights_->to_old->forward_main());
  for (std::size_t r = 0; r < tile.size(); ++r) {
    kernels().add(seen.cols, seen.row(r).data(), recurrent.row(r).data());
  }
}

// o and h anew, with P_o c.
void LSTMCell::see_new_cells(const Tile& tile, const Rows& rows, MatrixView o_before) const {
  const MutableMatrixView c = tile.scratch(tile.size(), hidden_);
  for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
    std::copy_n(tile.state(kC, row), hidden_, c.row(row - tile.rows().begin).data());
  }
  const MutableMatrixView sums = tile.scratch(tile.size(), hidden_);
  weights_->to_new->forward_main().multiply(c, sums);
  for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
    const std::size_t r = row - tile.rows().begin;
    float* const o = gates_of(rows.gates(row)).o;
    kernels().add(hidden_, o_before.row(r).data(), sums.row(r).data());
    kernels().sigmoid(hidden_, sums.row(r).data(), o);
    const float* const tanh_c = tile.field(kTanhC).row(r).data();
    float* const h = tile.state(kH, row);
    for (std::size_t i = 0; i < hidden_; ++i) h[i] = o[i] * tanh_c[i];
  }
}

// Adds P_o^T do to the new cells' gradient.
void LSTMCell::send_to_new_cells(const Tile& tile, const Rows& rows) const {
  const MutableMatrixView d_o = tile.scratch(tile.size(), hidden_);
  const MutableMatrixView dh = tile.gradient(kH);
  for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
    const std::size_t r = row - tile.rows().begin;
    const float* const o = gates_of(rows.gates(row)).o;
    for (std::size_t i = 0; i < hidden_; ++i) {
      d_o.row(r)[i] = dh.row(r)[i] * tile.field(kTanhC).row(r)[i] * o[i] * (1.0f - o[i]);
    }
  }
  weights_->to_new->backward_main().multiply(d_o, tile.gradient(kC), nullptr, Store::kAdd);
}

void LSTMCell::backward(const Tile& tile) {
  const Rows rows = this->rows(tile);
  if (weights_->full_peephole()) send_to_new_cells(tile, rows);
  const MutableMatrixView d_gates = tile.scratch(tile.size(), width());
  const MutableMatrixView dh = tile.gradient(kH), dc = tile.gradient(kC);
  const MutableMatrixView d_before = previous_gradient(tile, kC);
  for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
    const std::size_t r = row - tile.rows().begin;
    lstm_kernels().step_backward(hidden_, {.dh = dh.row(r).data(),
                                           .dc = dc.row(r).data(),
                                           .c_before = previous(tile, kC, row),
                                           .tanh_c = tile.field(kTanhC).row(r).data(),
                                           .peephole_i = peephole(0),
                                           .peephole_f = peephole(1),
                                           .peephole_o = peephole(2),
                                           .gates = gates_of(rows.gates(row)),
                                           .copies = gates_of(d_gates.row(r).data()),
                                           .dc_before = d_before.row(r).data()});
  }
  if (weights_->full_peephole() && reads(tile)) {
    const MutableMatrixView d_seen = tile.scratch(tile.size(), old_width());
    for (std::size_t r = 0; r < tile.size(); ++r) {
      std::copy_n(d_gates.row(r).data(), d_seen.cols, d_seen.row(r).data());
    }
    weights_->to_old->backward_main().multiply(d_seen, d_before, nullptr, Store::kAdd);
  }
  keep_initial_gradient(tile, kC, d_before);
  if (!reads(tile)) return;
  const MutableMatrixView dh_before = previous_gradient(tile, kH);
  weights_->u.backward_main().multiply(d_gates, dh_before);
  keep_initial_gradient(tile, kH, dh_before);
}

void LSTMCell::finish(Sweep& sweep) {
  if (weights_->peephole.requires_gradient()) {
    if (weights_->full_peephole()) {
      add_full_peephole_gradient(sweep);
    } else {
      add_peephole_gradient(sweep);
    }
  }
  finish_chain(*weights_, all_previous(sweep, kH));
}

// The sums over all rows of di * c', df * c' and do * c.
void LSTMCell::add_peephole_gradient(const Sweep& sweep) const {
  Tensor& gradient = weights_->peephole.mutable_gradient();
  const ScheduledRelation& before = sweep.relation(kPrevious);
  const std::size_t coupled = weights_->coupled ? 1 : 0;
  parallel_blocks(gradient.rows(), [&](std::size_t which) {
    const bool reads_new_cell = which + 1 == gradient.rows();
    const std::size_t column = (reads_new_cell ? 3 - coupled : which) * hidden_;
    for (NodeId row = 0; row < sweep.schedule().num_nodes(); ++row) {
      const NodeId node = sweep.schedule().nodes()[row];
      const float* c = nullptr;
      if (reads_new_cell) {
        c = sweep.states(kC).row(node);
      } else if (!before.of(row).empty()) {
        c = sweep.states(kC).row(sweep.schedule().nodes()[before.of(row)[0]]);
      } else {
        c = initial_row(kC, row);
      }
      kernels().add_product(hidden_, all_gates().row(place(row)).data() + column, c,
                            gradient.row(which).data());
    }
  });
}

void LSTMCell::add_full_peephole_gradient(const Sweep& sweep) const {
  const NodeId n = sweep.schedule().num_nodes();
  if (n == 0) return;
  const Tensor old_c = all_previous(sweep, kC);
  Tensor new_c = Tensor::uninitialized(old_c.shape());  // In the order of the gates.
  for (NodeId row = 0; row < n; ++row) {
    std::copy_n(sweep.states(kC).row(sweep.schedule().nodes()[row]), hidden_,
                new_c.row(place(row)).data());
  }
  Tensor& gradient = weights_->peephole.mutable_gradient();
  PoolVector<GradientProduct> products;
  products.push_back({.a = StridedView(all_gates(), 0, old_width()),
                      .b = MatrixView(old_c.view()),
                      .sum = gradient.data()});
  products.push_back({.a = StridedView(all_gates(), width() - hidden_, hidden_),
                      .b = MatrixView(new_c.view()),
                      .sum = gradient.row(old_width()).data()});
  add_gradient_products(products);
}

// b_ih and b_hh.
std::array<Tensor, 2> initial_biases(const LSTMOptions& options, std::size_t rows,
                                     std::size_t hidden, Rng& rng) {
  Tensor b_ih = uniform_by_fan_in({rows}, hidden, rng);
  Tensor b_hh = uniform_by_fan_in({rows}, hidden, rng);
  float* const forget = b_ih.data() + (options.coupled ? 0 : 1) * hidden;
  std::fill_n(forget, hidden, options.forget_bias);
  std::fill_n(b_hh.data() + (forget - b_ih.data()), hidden, 0.0f);
  if (options.chrono_steps != 0) {
    const Tensor biases = chrono_biases(hidden, options.chrono_steps, rng);
    std::copy_n(biases.data(), hidden, forget);
    if (!options.coupled) {
      std::ranges::transform(biases.flat(), b_ih.data(), std::negate());
      std::fill_n(b_hh.data(), hidden, 0.0f);
    }
  }
  return {std::move(b_ih), std::move(b_hh)};
}

}  // namespace

LSTM::LSTM(const LSTMOptions& options, Rng& rng) : options_(options) {
  const std::size_t input = size_or_given(options.input_size, "input_size");
  const std::size_t hidden = positive_size(options.hidden_size, "hidden_size");
  const std::size_t num_gates = options.coupled ? 3 : 4;
  const std::size_t rows = num_gates * hidden;
  Variable w;
  if (input > 0) w = add_parameter("weight_ih", uniform_by_fan_in({rows, input}, hidden, rng));
  const Variable u =
      add_parameter("weight_hh", recurrent_matrix(options.recurrent_init, num_gates, hidden, rng));
  Variable bias_ih, bias_hh;
  if (input > 0) {
    std::array biases = initial_biases(options, rows, hidden, rng);
    bias_ih = add_parameter("bias_ih", std::move(biases[0]));
    bias_hh = add_parameter("bias_hh", std::move(biases[1]));
  }
  weights_ = std::make_shared<Weights>(w, u, bias_ih, bias_hh);
  add_warm_up([weights = weights_] {
    weights->refresh_all(false);
    weights->warm_up(/*bias=*/false);
    for (const auto& peepholes : {&weights->to_old, &weights->to_new}) {
      if (*peepholes) (*peepholes)->warm_up(/*bias=*/false);
    }
  });
  weights_->coupled = options.coupled;
  if (options.peephole == Peephole::kNone) return;
  const std::size_t seeing = options.coupled ? 2 : 3;
  if (options.peephole == Peephole::kDiagonal) {
    weights_->peephole = add_parameter("peephole", Tensor::zeros({seeing, hidden}));
    return;
  }
  const Variable full = add_parameter("peephole", Tensor::zeros({seeing * hidden, hidden}));
  const std::size_t old_rows = (seeing - 1) * hidden;
  weights_->peephole = full;
  weights_->to_old.emplace(full, PoolVector<GateRows>{{0, old_rows}}, PoolVector<GateRows>{});
  weights_->to_new.emplace(full, PoolVector<GateRows>{{old_rows, hidden}}, PoolVector<GateRows>{});
  weights_->packed_peepholes.emplace(PoolVector<Variable>{full});
}

std::size_t LSTM::input_size() const { return weights_->input_size(); }

std::size_t LSTM::output_size() const { return weights_->hidden(); }

Recurrence LSTM::recurrence(const NodeInputs& inputs, const Schedule& schedule,
                            const InitialStates& initial, const SweepOptions& sweep) const {
  PoolVector<Variable> variables = {inputs.x, weights_->peephole, initial.h, initial.c};
  weights_->append_variables(variables);
  weights_->refresh_all(recording(variables));
  auto cell = std::allocate_shared<LSTMCell>(PoolAllocator<LSTMCell>(), weights_, inputs, schedule,
                                             initial);
  return {.cell = std::move(cell),
          .schedule = schedule,
          .inputs = std::move(variables),
          .options = sweep};
}

}  // namespace espalier
