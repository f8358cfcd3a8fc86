#include <espalier/layers/elman_rnn.h>

#include <array>

#include <espalier/layers/chain_cell.h>

namespace espalier {

struct ElmanRNN::Weights : ChainWeights {
  using ChainWeights::ChainWeights;
};

namespace {

constexpr std::size_t kH = 0;          // The part of the state.
constexpr std::size_t kPreviousH = 0;  // The field: what U is multiplied with.

class ElmanCell final : public ChainCell {
 public:
  ElmanCell(std::shared_ptr<ElmanRNN::Weights> weights, Activation activation,
            const NodeInputs& inputs, const Schedule& schedule, const InitialStates& initial)
      : ChainCell(weights->w, inputs, weights->bias(), schedule, h_alone(initial),
                  std::array{weights->hidden()}, initial.nodes),
        weights_(std::move(weights)),
        activation_(activation),
        hidden_(weights_->hidden()) {}

  CellLayout layout() const override {
    return {.state = {{hidden_}}, .node_fields = {hidden_}, .relations = {previous_use(1)}};
  }

  void forward(const Tile& tile) override {
    const MutableMatrixView sums = start_gates(tile);
    if (reads(tile)) {
      const MutableMatrixView before = tile.field(kPreviousH);
      copy_previous(tile, kH, before);
      weights_->u.forward_main().multiply(before, sums, nullptr, Store::kAdd);
    }
    for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
      activate(activation_, hidden_, sums.row(row - tile.rows().begin).data(), tile.state(kH, row));
    }
  }

  void backward(const Tile& tile) override {
    const MutableMatrixView sums = gates(tile);
    const MutableMatrixView dh = tile.gradient(kH);
    for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
      const std::size_t r = row - tile.rows().begin;
      activate_backward(activation_, hidden_, dh.row(r).data(), tile.state(kH, row),
                        sums.row(r).data());
    }
    if (!reads(tile)) return;
    const MutableMatrixView dh_before = previous_gradient(tile, kH);
    weights_->u.backward_main().multiply(sums, dh_before);
    keep_initial_gradient(tile, kH, dh_before);
  }

  void finish(Sweep& sweep) override {
    finish_chain(*weights_, sweep.field(kPreviousH), first_reading_row(sweep));
  }

 private:
  std::shared_ptr<ElmanRNN::Weights> weights_;
  Activation activation_;
  std::size_t hidden_;
};

}  // namespace

ElmanRNN::ElmanRNN(const ElmanRNNOptions& options, Rng& rng) : options_(options) {
  const std::size_t input = positive_size(options.input_size, "input_size");
  const std::size_t hidden = positive_size(options.hidden_size, "hidden_size");
  const Variable w = add_parameter("weight_ih", uniform_by_fan_in({hidden, input}, hidden, rng));
  const Variable u =
      add_parameter("weight_hh", recurrent_matrix(options.recurrent_init, 1, hidden, rng));
  const Variable b_ih = add_parameter("bias_ih", uniform_by_fan_in({hidden}, hidden, rng));
  const Variable b_hh = add_parameter("bias_hh", uniform_by_fan_in({hidden}, hidden, rng));
  weights_ = std::make_shared<Weights>(w, u, b_ih, b_hh);
}

std::size_t ElmanRNN::input_size() const { return weights_->w.cols(); }

std::size_t ElmanRNN::output_size() const { return weights_->hidden(); }

Recurrence ElmanRNN::recurrence(const NodeInputs& inputs, const Schedule& schedule,
                                const InitialStates& initial, const SweepOptions& sweep) const {
  const Weights& w = *weights_;
  PoolVector<Variable> variables = {inputs.x,  w.w.weight(), w.u.weight(),
                                    w.bias_ih, w.bias_hh,    initial.h};
  weights_->refresh(recording(variables));
  auto cell = std::allocate_shared<ElmanCell>(PoolAllocator<ElmanCell>(), weights_,
                                              options_.activation, inputs, schedule, initial);
  return {.cell = std::move(cell),
          .schedule = schedule,
          .inputs = std::move(variables),
          .options = sweep};
}

}  // namespace espalier
