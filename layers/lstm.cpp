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
      : ChainCell(weights->w, inputs, weights->bias(), schedule, std::array{initial.h, initial.c},
                  std::array{weights->hidden(), weights->hidden()}, initial.nodes,
                  inputs.is_shared ? NodeOrder::kByRow : NodeOrder::kByNode),
        weights_(std::move(weights)),
        hidden_(weights_->hidden()) {}

  CellLayout layout() const override {
    return {
        .state = {{hidden_}, {hidden_}}, .node_fields = {hidden_}, .relations = {previous_use(2)}};
  }

  void begin(Sweep& sweep) override;
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
  // What U is multiplied with, [num_nodes, hidden], in the order of the gates, with whose gradients
  // it makes that of U. Empty without a backward pass.
  Tensor previous_h_;
};

void LSTMCell::begin(Sweep& sweep) {
  ChainCell::begin(sweep);
  if (!sweep.keeps_fields()) return;
  previous_h_ = Tensor::uninitialized({sweep.schedule().num_nodes(), hidden_});
}

void LSTMCell::forward(const Tile& tile) {
  const MutableMatrixView recurrent = tile.scratch(tile.size(), width());
  const MutableMatrixView before = tile.scratch(tile.size(), hidden_);
  copy_previous(tile, kH, before);
  if (reads(tile)) {
    weights_->u.forward_main().multiply(before, recurrent);
  } else {
    std::ranges::fill(recurrent.flat(), 0.0f);
  }
  for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
    const std::size_t r = row - tile.rows().begin;
    if (!previous_h_.empty()) {
      std::ranges::copy(before.row(r), previous_h_.row(place(tile, row)).data());
    }
    kernels().lstm(hidden_, {.input = gates_of(input_term(tile, row)),
                             .recurrent = gates_of<const float>(recurrent.row(r).data()),
                             .c_before = previous(tile, kC, row),
                             .peephole_i = peephole(0),
                             .peephole_f = peephole(1),
                             .peephole_o = peephole(2),
                             .gates = gates_of(gates(tile, row)),
                             .c = tile.state(kC, row),
                             .tanh_c = tile.field(kTanhC).row(r).data(),
                             .h = tile.state(kH, row)});
  }
}

void LSTMCell::backward(const Tile& tile) {
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
                                      .gates = gates_of(gates(tile, row)),
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
  finish_chain(*weights_, previous_h_.view(), 0);
  if (weights_->peephole.requires_gradient()) add_peephole_gradient(sweep);
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
      kernels().add_product(hidden_, all_gates().row(place(row, node)).data() + column, c,
                            gradient.row(which).data());
    }
  });
}

}  // namespace

LSTM::LSTM(const LSTMOptions& options, Rng& rng) : options_(options) {
  const std::size_t input = positive_size(options.input_size, "input_size");
  const std::size_t hidden = positive_size(options.hidden_size, "hidden_size");
  const std::size_t num_gates = options.coupled ? 3 : 4;
  const std::size_t rows = num_gates * hidden;
  const Variable w = add_parameter("weight_ih", uniform_by_fan_in({rows, input}, hidden, rng));
  const Variable u =
      add_parameter("weight_hh", recurrent_matrix(options.recurrent_init, num_gates, hidden, rng));
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
  const Variable bias_ih = add_parameter("bias_ih", std::move(b_ih));
  const Variable bias_hh = add_parameter("bias_hh", std::move(b_hh));

  weights_ = std::make_shared<Weights>(w, u, bias_ih, bias_hh);
  weights_->coupled = options.coupled;
  if (options.peephole) {
    weights_->peephole =
        add_parameter("peephole", Tensor::zeros({options.coupled ? 2u : 3u, hidden}));
  }
}

std::size_t LSTM::input_size() const { return weights_->w.cols(); }

std::size_t LSTM::output_size() const { return weights_->hidden(); }

Recurrence LSTM::recurrence(const NodeInputs& inputs, const Schedule& schedule,
                            const InitialStates& initial, const SweepOptions& sweep) const {
  const Weights& w = *weights_;
  PoolVector<Variable> variables = {inputs.x,  w.w.weight(), w.u.weight(), w.bias_ih,
                                    w.bias_hh, w.peephole,   initial.h,    initial.c};
  weights_->refresh(recording(variables));
  auto cell = std::allocate_shared<LSTMCell>(PoolAllocator<LSTMCell>(), weights_, inputs, schedule,
                                             initial);
  return {.cell = std::move(cell),
          .schedule = schedule,
          .inputs = std::move(variables),
          .options = sweep};
}

}  // namespace espalier
