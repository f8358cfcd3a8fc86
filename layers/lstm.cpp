#include <espalier/layers/lstm.h>

#include <algorithm>
#include <array>
#include <functional>

#include <espalier/layers/chain_cell.h>
#include <espalier/ops/kernels.h>
#include <espalier/ops/parallel.h>

namespace espalier {

struct LSTM::Weights : ChainWeights {
  using ChainWeights::ChainWeights;
  bool coupled = false;
  Variable peephole;  // Undefined: none.
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
    if (!weights_->peephole.defined() || (weights_->coupled && which == 0)) return nullptr;
    return weights_->peephole.value().row(weights_->coupled ? which - 1 : which).data();
  }
  void add_peephole_gradient(const Sweep& sweep) const;

  std::shared_ptr<LSTM::Weights> weights_;
  std::size_t hidden_;
};

void LSTMCell::forward(const Tile& tile) {
  const Rows rows = start(tile);
  const MutableMatrixView recurrent = multiply_previous(tile, kH, weights_->u.forward_main());
  for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
    const std::size_t r = row - tile.rows().begin;
    kernels().lstm(hidden_, {.input = gates_of(rows.term(row)),
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
}

void LSTMCell::backward(const Tile& tile) {
  const Rows rows = this->rows(tile);
  const MutableMatrixView d_gates = tile.scratch(tile.size(), width());
  const MutableMatrixView dh = tile.gradient(kH), dc = tile.gradient(kC);
  const MutableMatrixView d_before = previous_gradient(tile, kC);
  for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
    const std::size_t r = row - tile.rows().begin;
    kernels().lstm_backward(hidden_, {.dh = dh.row(r).data(),
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
  keep_initial_gradient(tile, kC, d_before);
  if (!reads(tile)) return;
  const MutableMatrixView dh_before = previous_gradient(tile, kH);
  weights_->u.backward_main().multiply(d_gates, dh_before);
  keep_initial_gradient(tile, kH, dh_before);
}

void LSTMCell::finish(Sweep& sweep) {
  if (weights_->peephole.requires_gradient()) add_peephole_gradient(sweep);
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
  weights_->coupled = options.coupled;
  if (options.peephole) {
    weights_->peephole =
        add_parameter("peephole", Tensor::zeros({options.coupled ? 2u : 3u, hidden}));
  }
}

std::size_t LSTM::input_size() const { return weights_->input_size(); }

std::size_t LSTM::output_size() const { return weights_->hidden(); }

Recurrence LSTM::recurrence(const NodeInputs& inputs, const Schedule& schedule,
                            const InitialStates& initial, const SweepOptions& sweep) const {
  PoolVector<Variable> variables = {inputs.x, weights_->peephole, initial.h, initial.c};
  weights_->append_variables(variables);
  weights_->refresh(recording(variables));
  auto cell = std::allocate_shared<LSTMCell>(PoolAllocator<LSTMCell>(), weights_, inputs, schedule,
                                             initial);
  return {.cell = std::move(cell),
          .schedule = schedule,
          .inputs = std::move(variables),
          .options = sweep};
}

}  // namespace espalier
