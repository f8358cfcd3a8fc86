#include <espalier/layers/gru.h>

#include <algorithm>
#include <array>

#include <espalier/layers/chain_cell.h>

namespace espalier {

struct GRU::Weights : ChainWeights {
  using ChainWeights::ChainWeights;
};

namespace {

constexpr std::size_t kH = 0;  // The part of the state.

float* gate(MutableMatrixView gates, std::size_t r, std::size_t which, std::size_t hidden) {
  return gates.row(r).data() + which * hidden;
}

// What both forms share.
class GRUCell : public ChainCell {
 public:
  GRUCell(std::shared_ptr<GRU::Weights> weights, GRUUpdate update, PoolVector<float> input_bias,
          const NodeInputs& inputs, const Schedule& schedule, const InitialStates& initial,
          NodeOrder order)
      : ChainCell(weights->w, inputs, std::move(input_bias), schedule, h_alone(initial),
                  std::array{weights->hidden()}, initial.nodes, order),
        weights_(std::move(weights)),
        update_(update),
        hidden_(weights_->hidden()) {}

 protected:
  std::shared_ptr<GRU::Weights> weights_;
  GRUUpdate update_;
  std::size_t hidden_;
};

// --- Reset after the matrix ---------------------------------------------------------------------

class ResetAfterCell final : public GRUCell {
 public:
  ResetAfterCell(std::shared_ptr<GRU::Weights> weights, GRUUpdate update, const NodeInputs& inputs,
                 const Schedule& schedule, const InitialStates& initial)
      : GRUCell(weights, update, copy(weights->bias_ih), inputs, schedule, initial,
                inputs.is_shared ? NodeOrder::kByRow : NodeOrder::kByNode) {}

  CellLayout layout() const override {
    return {.state = {{hidden_}}, .node_fields = {}, .relations = {previous_use(1)}};
  }
  void begin(Sweep& sweep) override;
  void forward(const Tile& tile) override;
  void backward(const Tile& tile) override;
  void finish(Sweep& sweep) override;

 private:
  static PoolVector<float> copy(const Variable& bias) {
    return {bias.value().data(), bias.value().data() + bias.value().size()};
  }

  // [num_nodes, hidden], in the order of the gates, with which they meet in gradients; empty
  // without a backward pass.
  Tensor previous_h_;   // What U is multiplied with.
  Tensor recurrent_n_;  // U_n h' + b_hn; then its gradient.
};

void ResetAfterCell::begin(Sweep& sweep) {
  ChainCell::begin(sweep);
  if (!sweep.keeps_fields()) return;
  previous_h_ = Tensor::uninitialized({sweep.schedule().num_nodes(), hidden_});
  recurrent_n_ = Tensor::uninitialized(previous_h_.shape());
}

void ResetAfterCell::forward(const Tile& tile) {
  const bool keeps = !previous_h_.empty();
  const MutableMatrixView recurrent = tile.scratch(tile.size(), 3 * hidden_);
  const float* const bias = weights_->bias_hh.value().data();
  if (reads(tile)) {
    const MutableMatrixView before = tile.scratch(tile.size(), hidden_);
    copy_previous(tile, kH, before);
    weights_->u.forward_main().multiply(before, recurrent, bias);
  } else {
    for (std::size_t r = 0; r < tile.size(); ++r) {
      std::copy_n(bias, recurrent.cols, recurrent.row(r).data());
    }
  }
  for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
    const std::size_t r = row - tile.rows().begin;
    float* const gates = this->gates(tile, row);
    const float* const input = input_term(tile, row);
    const float* const h_before = previous(tile, kH, row);
    const NodeId at = place(tile, row);
    if (keeps) std::copy_n(h_before, hidden_, previous_h_.row(at).data());
    kernels().gru(hidden_, update_,
                  {.input_r = input,
                   .input_z = input + hidden_,
                   .input_n = input + 2 * hidden_,
                   .recurrent_r = gate(recurrent, r, 0, hidden_),
                   .recurrent_z = gate(recurrent, r, 1, hidden_),
                   .recurrent_n = gate(recurrent, r, 2, hidden_),
                   .h_before = h_before,
                   .r = gates,
                   .z = gates + hidden_,
                   .n = gates + 2 * hidden_,
                   .kept_n = keeps ? recurrent_n_.row(at).data() : gate(recurrent, r, 2, hidden_),
                   .h = tile.state(kH, row)});
  }
}

void ResetAfterCell::backward(const Tile& tile) {
  const MutableMatrixView d_recurrent = tile.scratch(tile.size(), 3 * hidden_);
  const MutableMatrixView dh = tile.gradient(kH), dh_before = previous_gradient(tile, kH);
  for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
    const std::size_t r = row - tile.rows().begin;
    float* const gates = this->gates(tile, row);
    float* const recurrent_n = recurrent_n_.row(place(tile, row)).data();
    kernels().gru_backward(hidden_, update_,
                           {.dh = dh.row(r).data(),
                            .h_before = previous(tile, kH, row),
                            .recurrent_n = recurrent_n,
                            .r = gates,
                            .z = gates + hidden_,
                            .n = gates + 2 * hidden_,
                            .d_recurrent_r = gate(d_recurrent, r, 0, hidden_),
                            .d_recurrent_z = gate(d_recurrent, r, 1, hidden_),
                            .d_recurrent_n = gate(d_recurrent, r, 2, hidden_),
                            .dh_before = dh_before.row(r).data()});
    std::copy_n(gate(d_recurrent, r, 2, hidden_), hidden_, recurrent_n);
  }
  if (!reads(tile)) return;
  weights_->u.backward_main().multiply(d_recurrent, dh_before, nullptr, Store::kAdd);
  keep_initial_gradient(tile, kH, dh_before);
}

void ResetAfterCell::finish(Sweep& sweep) {
  if (sweep.schedule().num_nodes() == 0) return;
  const MatrixView previous_h = previous_h_.view(), d_recurrent_n = recurrent_n_.view();
  Tensor d_bias_ih = Tensor::zeros(weights_->bias_ih.shape());
  Tensor d_bias_hh = Tensor::zeros(weights_->bias_hh.shape());
  PoolVector<GradientProduct> products;
  finish_inputs(products, d_bias_ih);
  append_bias_products(d_bias_hh, std::array{GateRows{2 * hidden_, hidden_}}, d_recurrent_n,
                       products);
  const Variable& u = weights_->u.weight();
  if (u.requires_gradient()) {
    Tensor& gradient = u.mutable_gradient();
    products.push_back(
        {.a = StridedView(all_gates(), 0, 2 * hidden_), .b = previous_h, .sum = gradient.data()});
    products.push_back(
        {.a = d_recurrent_n, .b = previous_h, .sum = gradient.row(2 * hidden_).data()});
  }
  add_gradient_products(products);
  // To r and z inputs and states give a sum, so that both biases have one gradient.
  std::copy_n(d_bias_ih.data(), 2 * hidden_, d_bias_hh.data());
  if (weights_->bias_ih.requires_gradient()) weights_->bias_ih.add_gradient(std::move(d_bias_ih));
  if (weights_->bias_hh.requires_gradient()) weights_->bias_hh.add_gradient(std::move(d_bias_hh));
}

// --- Reset before the matrix --------------------------------------------------------------------

// Of U, r and z are packed together, and n by itself.
class ResetBeforeCell final : public GRUCell {
 public:
  ResetBeforeCell(std::shared_ptr<GRU::Weights> weights, GRUUpdate update, const NodeInputs& inputs,
                  const Schedule& schedule, const InitialStates& initial)
      : GRUCell(weights, update, weights->bias(), inputs, schedule, initial, NodeOrder::kByRow) {}

  CellLayout layout() const override {
    return {
        .state = {{hidden_}}, .node_fields = {hidden_, hidden_}, .relations = {previous_use(1)}};
  }
  void forward(const Tile& tile) override;
  void backward(const Tile& tile) override;
  void finish(Sweep& sweep) override;

 private:
  enum Field : std::size_t {
    kPreviousH,  // What U_r and U_z are multiplied with,
    kResetH,     // and U_n: r * h'.
  };
  // Adds the rows of `sums` to gates from `which` on.
  void add_to_gates(MatrixView sums, MutableMatrixView gates, std::size_t which) const {
    for (std::size_t r = 0; r < gates.rows; ++r) {
      kernels().add(sums.cols, sums.row(r).data(), gate(gates, r, which, hidden_));
    }
  }
};

void ResetBeforeCell::forward(const Tile& tile) {
  const MutableMatrixView gates = start_gates(tile), reset_h = tile.field(kResetH);
  if (reads(tile)) {
    const MutableMatrixView before = tile.field(kPreviousH);
    copy_previous(tile, kH, before);
    const MutableMatrixView sums = tile.scratch(tile.size(), 2 * hidden_);
    weights_->u.forward_main().multiply(before, sums);
    add_to_gates(sums, gates, 0);
  }
  for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
    const std::size_t r = row - tile.rows().begin;
    kernels().gru_reset(hidden_, previous(tile, kH, row), gate(gates, r, 0, hidden_),
                        gate(gates, r, 1, hidden_), reset_h.row(r).data());
  }
  if (reads(tile)) {
    const MutableMatrixView sums = tile.scratch(tile.size(), hidden_);
    weights_->u.forward_forget().multiply(reset_h, sums);
    add_to_gates(sums, gates, 2);
  }
  for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
    const std::size_t r = row - tile.rows().begin;
    kernels().gru_candidate(hidden_, update_, gate(gates, r, 1, hidden_), previous(tile, kH, row),
                            gate(gates, r, 2, hidden_), tile.state(kH, row));
  }
}

void ResetBeforeCell::backward(const Tile& tile) {
  const MutableMatrixView gates = this->gates(tile);
  const MutableMatrixView dh = tile.gradient(kH), dh_before = previous_gradient(tile, kH);
  const MutableMatrixView d_candidate = tile.scratch(tile.size(), hidden_);
  const MutableMatrixView d_reset_h = tile.scratch(tile.size(), hidden_);
  const MutableMatrixView d_rz = tile.scratch(tile.size(), 2 * hidden_);
  for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
    const std::size_t r = row - tile.rows().begin;
    float* const n = gate(gates, r, 2, hidden_);
    kernels().gru_candidate_backward(hidden_, update_, dh.row(r).data(), previous(tile, kH, row),
                                     gate(gates, r, 1, hidden_), n, dh_before.row(r).data());
    std::copy_n(n, hidden_, d_candidate.row(r).data());
  }
  weights_->u.backward_forget().multiply(d_candidate, d_reset_h);
  for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
    const std::size_t r = row - tile.rows().begin;
    kernels().gru_reset_backward(hidden_, d_reset_h.row(r).data(), previous(tile, kH, row),
                                 gate(gates, r, 0, hidden_), dh_before.row(r).data());
    std::copy_n(gate(gates, r, 0, hidden_), 2 * hidden_, d_rz.row(r).data());
  }
  if (!reads(tile)) return;
  weights_->u.backward_main().multiply(d_rz, dh_before, nullptr, Store::kAdd);
  keep_initial_gradient(tile, kH, dh_before);
}

void ResetBeforeCell::finish(Sweep& sweep) {
  const std::size_t n = sweep.schedule().num_nodes();
  if (n == 0) return;
  const std::size_t first = first_reading_row(sweep);
  const GateWeights& u = weights_->u;
  Tensor d_bias = Tensor::zeros(weights_->bias_ih.shape());
  PoolVector<GradientProduct> products;
  finish_inputs(products, d_bias);
  if (u.weight().requires_gradient()) {
    const MatrixView d_gates = all_gates().slice(first, n);
    Tensor& gradient = u.weight().mutable_gradient();
    products.push_back({.a = StridedView(d_gates, 0, 2 * hidden_),
                        .b = sweep.field(kPreviousH).slice(first, n),
                        .sum = gradient.data()});
    products.push_back({.a = StridedView(d_gates, 2 * hidden_, hidden_),
                        .b = sweep.field(kResetH).slice(first, n),
                        .sum = gradient.row(2 * hidden_).data()});
  }
  add_gradient_products(products);
  weights_->add_bias_gradient(std::move(d_bias));
}

}  // namespace

GRU::GRU(const GRUOptions& options, Rng& rng) : options_(options) {
  const std::size_t input = positive_size(options.input_size, "input_size");
  const std::size_t hidden = positive_size(options.hidden_size, "hidden_size");
  const std::size_t rows = 3 * hidden;
  const Variable w = add_parameter("weight_ih", uniform_by_fan_in({rows, input}, hidden, rng));
  const Variable u =
      add_parameter("weight_hh", recurrent_matrix(options.recurrent_init, 3, hidden, rng));
  Tensor biases_ih = uniform_by_fan_in({rows}, hidden, rng);
  Tensor biases_hh = uniform_by_fan_in({rows}, hidden, rng);
  if (options.chrono_steps != 0) {
    const float sign = options.update == GRUUpdate::kKeepByZ ? 1.0f : -1.0f;
    const Tensor biases = chrono_biases(hidden, options.chrono_steps, rng);
    std::ranges::transform(biases.flat(), biases_ih.data() + hidden,
                           [&](float bias) { return sign * bias; });
    std::fill_n(biases_hh.data() + hidden, hidden, 0.0f);
  }
  const Variable b_ih = add_parameter("bias_ih", std::move(biases_ih));
  const Variable b_hh = add_parameter("bias_hh", std::move(biases_hh));
  weights_ =
      std::make_shared<Weights>(w, u, b_ih, b_hh, options.reset == GRUReset::kBefore ? hidden : 0);
}

std::size_t GRU::input_size() const { return weights_->w.cols(); }

std::size_t GRU::output_size() const { return weights_->hidden(); }

Recurrence GRU::recurrence(const NodeInputs& inputs, const Schedule& schedule,
                           const InitialStates& initial, const SweepOptions& sweep) const {
  const Weights& w = *weights_;
  PoolVector<Variable> variables = {inputs.x,  w.w.weight(), w.u.weight(),
                                    w.bias_ih, w.bias_hh,    initial.h};
  weights_->refresh(recording(variables));
  std::shared_ptr<RecurrentCell> cell;
  if (options_.reset == GRUReset::kAfter) {
    cell = std::allocate_shared<ResetAfterCell>(PoolAllocator<ResetAfterCell>(), weights_,
                                                options_.update, inputs, schedule, initial);
  } else {
    cell = std::allocate_shared<ResetBeforeCell>(PoolAllocator<ResetBeforeCell>(), weights_,
                                                 options_.update, inputs, schedule, initial);
  }
  return {.cell = std::move(cell),
          .schedule = schedule,
          .inputs = std::move(variables),
          .options = sweep};
}

}  // namespace espalier
