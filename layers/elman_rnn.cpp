#include <espalier/layers/elman_rnn.h>

#include <algorithm>
#include <array>

#include <espalier/layers/internal/chain_cell.h>
#include <espalier/ops/kernels.h>

namespace espalier {

struct ElmanRNN::Weights : ChainWeights {
  using ChainWeights::ChainWeights;
};

namespace {

constexpr std::size_t kH = 0;  // The part of the state.

class ElmanCell final : public ChainCell {
 public:
  ElmanCell(std::shared_ptr<ElmanRNN::Weights> weights, Activation activation,
            const NodeInputs& inputs, const Schedule& schedule, const InitialStates& initial)
      : ChainCell(weights->input(), weights->hidden(), inputs, weights->bias(), schedule,
                  h_alone(initial), std::array{weights->hidden()}, initial.nodes),
        weights_(std::move(weights)),
        activation_(activation),
        hidden_(weights_->hidden()) {}

  CellLayout layout() const override {
    return {.state = {{hidden_}}, .relations = {previous_use(1)}};
  }

  // h = f(W x + b + U h')
  void forward(const Tile& tile) override {
    const Rows rows = start(tile);
    const MutableMatrixView sums = multiply_previous(tile, kH, weights_->u.forward_main());
    for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
      float* const sum = sums.row(row - tile.rows().begin).data();
      kernels().add(hidden_, rows.term(row), sum);
      activate(activation_, hidden_, sum, tile.state(kH, row));
    }
  }

  void end_forward(Sweep&) override { forget_gates(); }

  void backward(const Tile& tile) override {
    const Rows rows = this->rows(tile);
    const MutableMatrixView dh = tile.gradient(kH);
    for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
      float* const d = dh.row(row - tile.rows().begin).data();
      activate_backward(activation_, hidden_, d, tile.state(kH, row), d);
      std::copy_n(d, hidden_, rows.gates(row));
    }
    if (!reads(tile)) return;
    const MutableMatrixView dh_before = previous_gradient(tile, kH);
    weights_->u.backward_main().multiply(dh, dh_before);
    keep_initial_gradient(tile, kH, dh_before);
  }

  void finish(Sweep& sweep) override { finish_chain(*weights_, all_previous(sweep, kH)); }

 private:
  std::shared_ptr<ElmanRNN::Weights> weights_;
  Activation activation_;
  std::size_t hidden_;
};

}  // namespace

ElmanRNN::ElmanRNN(const ElmanRNNOptions& options, Rng& rng) : options_(options) {
  const std::size_t input = size_or_given(options.input_size, "input_size");
  const std::size_t hidden = positive_size(options.hidden_size, "hidden_size");
  Variable w, b_ih, b_hh;
  if (input > 0) w = add_parameter("weight_ih", uniform_by_fan_in({hidden, input}, hidden, rng));
  const Variable u =
      add_parameter("weight_hh", recurrent_matrix(options.recurrent_init, 1, hidden, rng));
  if (input > 0) {
    b_ih = add_parameter("bias_ih", uniform_by_fan_in({hidden}, hidden, rng));
    b_hh = add_parameter("bias_hh", uniform_by_fan_in({hidden}, hidden, rng));
  }
  weights_ = std::make_shared<Weights>(w, u, b_ih, b_hh);
  add_warm_up([weights = weights_] { weights->warm_up(/*bias=*/false); });
}

std::size_t ElmanRNN::input_size() const { return weights_->input_size(); }

std::size_t ElmanRNN::output_size() const { return weights_->hidden(); }

Recurrence ElmanRNN::recurrence(const NodeInputs& inputs, const Schedule& schedule,
                                const InitialStates& initial, const SweepOptions& sweep) const {
  PoolVector<Variable> variables = {inputs.x, initial.h};
  weights_->append_variables(variables);
  weights_->refresh(records(variables));
  auto cell = std::allocate_shared<ElmanCell>(PoolAllocator<ElmanCell>(), weights_,
                                              options_.activation, inputs, schedule, initial);
  return {.cell = std::move(cell),
          .schedule = schedule,
          .inputs = std::move(variables),
          .options = sweep};
}

}  // namespace espalier
