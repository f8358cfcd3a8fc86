#include <espalier/layers/gru.h>

#include <algorithm>
#include <array>

#include <espalier/layers/internal/chain_cell.h>
#include <espalier/layers/internal/gru_kernels.h>
#include <espalier/ops/kernels.h>

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
          const NodeInputs& inputs, const Schedule& schedule, const InitialStates& initial)
      : ChainCell(weights->input(), 3 * weights->hidden(), inputs, std::move(input_bias), schedule,
                  h_alone(initial), std::array{weights->hidden()}, initial.nodes),
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
      : GRUCell(weights, update, copy(weights->bias_ih), inputs, schedule, initial) {}

  CellLayout layout() const override {
    return {.state = {{hidden_}}, .node_fields = {}, .relations = {previous_use(1)}};
  }
  void begin(Sweep& sweep) override;
  void forward(const Tile& tile) override;
  void backward(const Tile& tile) override;
  void finish(Sweep& sweep) override;

 private:
  static PoolVector<float> copy(const Variable& bias) {
    if (!bias.defined()) return {};
    return {bias.value().data(), bias.value().data() + bias.value().size()};
  }

  const float* recurrent_bias() const {
    return weights_->bias_hh.defined() ? weights_->bias_hh.value().data() : nullptr;
  }

  // U_n h' + b_hn, then its gradient: [num_nodes, hidden], in the order of the gates. Empty without
  // a backward pass.
  Tensor recurrent_n_;
};

void ResetAfterCell::begin(Sweep& sweep) {
  ChainCell::begin(sweep);
  if (!sweep.keeps_fields()) return;
  recurrent_n_ = Tensor::uninitialized({sweep.schedule().num_nodes(), hidden_});
}

void ResetAfterCell::forward(const Tile& tile) {
  const bool keeps = !recurrent_n_.empty();
  const Rows rows = start(tile);
  const MutableMatrixView recurrent =
      multiply_previous(tile, kH, weights_->u.forward_main(), recurrent_bias());
  for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
    const std::size_t r = row - tile.rows().begin;
    float* const gates = rows.gates(row);
    const float* const input = rows.term(row);
    const float* const h_before = previous(tile, kH, row);
    gru_kernels().step(
        hidden_, update_,
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
         .kept_n = keeps ? recurrent_n_.row(place(row)).data() : gate(recurrent, r, 2, hidden_),
         .h = tile.state(kH, row)});
  }
}

void ResetAfterCell::backward(const Tile& tile) {
  const Rows rows = this->rows(tile);
  const MutableMatrixView d_recurrent = tile.scratch(tile.size(), 3 * hidden_);
  const MutableMatrixView dh = tile.gradient(kH), dh_before = previous_gradient(tile, kH);
  for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
    const std::size_t r = row - tile.rows().begin;
    float* const gates = rows.gates(row);
    float* const recurrent_n = recurrent_n_.row(place(row)).data();
    gru_kernels().step_backward(hidden_, update_,
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
  const Tensor previous_h = all_previous(sweep, kH);
  const MatrixView d_recurrent_n = recurrent_n_.view();
  Tensor d_bias_ih = Tensor::zeros({3 * hidden_}), d_bias_hh = Tensor::zeros({3 * hidden_});
  PoolVector<GradientProduct> products;
  append_input_products(products, d_bias_ih);
  append_bias_products(d_bias_hh, std::array{GateRows{2 * hidden_, hidden_}}, d_recurrent_n,
                       products);
  const Variable& u = weights_->u.weight();
  if (u.requires_gradient()) {
    Tensor& gradient = u.mutable_gradient();
    products.push_back({.a = StridedView(all_gates(), 0, 2 * hidden_),
                        .b = previous_h.view(),
                        .sum = gradient.data()});
    products.push_back(
        {.a = d_recurrent_n, .b = previous_h.view(), .sum = gradient.row(2 * hidden_).data()});
  }
  add_gradient_products(products);
  // To r and z inputs and states give a sum, so that both biases have one gradient.
  std::copy_n(d_bias_ih.data(), 2 * hidden_, d_bias_hh.data());
  if (weights_->bias_ih.requires_gradient()) weights_->bias_ih.add_gradient(std::move(d_bias_ih));
  if (weights_->bias_hh.requires_gradient()) weights_->bias_hh.add_gradient(std::move(d_bias_hh));
  add_input_gradients();
}

// --- Reset before the matrix --------------------------------------------------------------------

// Of U, r and z are packed together, and n by itself.
class ResetBeforeCell final : public GRUCell {
 public:
  ResetBeforeCell(std::shared_ptr<GRU::Weights> weights, GRUUpdate update, const NodeInputs& inputs,
                  const Schedule& schedule, const InitialStates& initial)
      : GRUCell(weights, update, weights->bias(), inputs, schedule, initial) {}

  CellLayout layout() const override {
    return {.state = {{hidden_}}, .node_fields = {hidden_}, .relations = {previous_use(1)}};
  }
  void forward(const Tile& tile) override;
  void backward(const Tile& tile) override;
  void finish(Sweep& sweep) override;

 private:
  static constexpr std::size_t kResetH = 0;  // The field: r * h', what U_n is multiplied with.
};

void ResetBeforeCell::forward(const Tile& tile) {
  const Rows rows = start(tile);
  const MutableMatrixView reset_h = tile.field(kResetH);
  const MutableMatrixView sums = multiply_previous(tile, kH, weights_->u.forward_main());
  for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
    const std::size_t r = row - tile.rows().begin;
    float* const gates = rows.gates(row);
    if (gates != rows.term(row)) std::copy_n(rows.term(row), 3 * hidden_, gates);
    kernels().add(2 * hidden_, sums.row(r).data(), gates);
    gru_kernels().reset(hidden_, previous(tile, kH, row), gates, gates + hidden_,
                        reset_h.row(r).data());
  }
  const MutableMatrixView candidates = tile.scratch(tile.size(), hidden_);
  if (reads(tile)) {
    weights_->u.forward_forget().multiply(reset_h, candidates);
  } else {
    std::ranges::fill(candidates.flat(), 0.0f);
  }
  for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
    float* const gates = rows.gates(row);
    float* const n = gates + 2 * hidden_;
    kernels().add(hidden_, candidates.row(row - tile.rows().begin).data(), n);
    gru_kernels().candidate(hidden_, update_, gates + hidden_, previous(tile, kH, row), n,
                            tile.state(kH, row));
  }
}

void ResetBeforeCell::backward(const Tile& tile) {
  const Rows rows = this->rows(tile);
  const MutableMatrixView dh = tile.gradient(kH), dh_before = previous_gradient(tile, kH);
  const MutableMatrixView d_candidate = tile.scratch(tile.size(), hidden_);
  const MutableMatrixView d_reset_h = tile.scratch(tile.size(), hidden_);
  const MutableMatrixView d_rz = tile.scratch(tile.size(), 2 * hidden_);
  for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
    const std::size_t r = row - tile.rows().begin;
    float* const gates = rows.gates(row);
    float* const n = gates + 2 * hidden_;
    gru_kernels().candidate_backward(hidden_, update_, dh.row(r).data(), previous(tile, kH, row),
                                     gates + hidden_, n, dh_before.row(r).data());
    std::copy_n(n, hidden_, d_candidate.row(r).data());
  }
  weights_->u.backward_forget().multiply(d_candidate, d_reset_h);
  for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
    const std::size_t r = row - tile.rows().begin;
    float* const gates = rows.gates(row);
    gru_kernels().reset_backward(hidden_, d_reset_h.row(r).data(), previous(tile, kH, row), gates,
                                 dh_before.row(r).data());
    std::copy_n(gates, 2 * hidden_, d_rz.row(r).data());
  }
  if (!reads(tile)) return;
  weights_->u.backward_main().multiply(d_rz, dh_before, nullptr, Store::kAdd);
  keep_initial_gradient(tile, kH, dh_before);
}

void ResetBeforeCell::finish(Sweep& sweep) {
  const std::size_t n = sweep.schedule().num_nodes();
  if (n == 0) return;
  const GateWeights& u = weights_->u;
  const Tensor previous_h = all_previous(sweep, kH);
  Tensor d_bias = Tensor::zeros({3 * hidden_});
  PoolVector<GradientProduct> products;
  append_input_products(products, d_bias);
  // Fields lie by row, gates by place.
  Tensor reset_h = Tensor::uninitialized({n, hidden_});
  for (NodeId row = 0; row < n; ++row) {
    std::ranges::copy(sweep.field(kResetH).row(row), reset_h.row(place(row)).data());
  }
  if (u.weight().requires_gradient()) {
    Tensor& gradient = u.weight().mutable_gradient();
    products.push_back({.a = StridedView(all_gates(), 0, 2 * hidden_),
                        .b = previous_h.view(),
                        .sum = gradient.data()});
    products.push_back({.a = StridedView(all_gates(), 2 * hidden_, hidden_),
                        .b = MatrixView(reset_h.view()),
                        .sum = gradient.row(2 * hidden_).data()});
  }
  add_gradient_products(products);
  weights_->add_bias_gradient(std::move(d_bias));
  add_input_gradients();
}

}  // namespace

GRU::GRU(const GRUOptions& options, Rng& rng) : options_(options) {
  const std::size_t input = size_or_given(options.input_size, "input_size");
  const std::size_t hidden = positive_size(options.hidden_size, "hidden_size");
  const std::size_t rows = 3 * hidden;
  Variable w, b_ih, b_hh;
  if (input > 0) w = add_parameter("weight_ih", uniform_by_fan_in({rows, input}, hidden, rng));
  const Variable u =
      add_parameter("weight_hh", recurrent_matrix(options.recurrent_init, 3, hidden, rng));
  if (input > 0) {
    Tensor biases_ih = uniform_by_fan_in({rows}, hidden, rng);
    Tensor biases_hh = uniform_by_fan_in({rows}, hidden, rng);
    if (options.chrono_steps != 0) {
      const float sign = options.update == GRUUpdate::kKeepByZ ? 1.0f : -1.0f;
      const Tensor biases = chrono_biases(hidden, options.chrono_steps, rng);
      std::ranges::transform(biases.flat(), biases_ih.data() + hidden,
                             [&](float bias) { return sign * bias; });
      std::fill_n(biases_hh.data() + hidden, hidden, 0.0f);
    }
    b_ih = add_parameter("bias_ih", std::move(biases_ih));
    b_hh = add_parameter("bias_hh", std::move(biases_hh));
  }
  weights_ =
      std::make_shared<Weights>(w, u, b_ih, b_hh, options.reset == GRUReset::kBefore ? hidden : 0);
  add_warm_up([weights = weights_, bias = options.reset == GRUReset::kAfter && b_hh.defined()] {
    weights->warm_up(bias);
  });
}

std::size_t GRU::input_size() const { return weights_->input_size(); }

std::size_t GRU::output_size() const { return weights_->hidden(); }

Recurrence GRU::recurrence(const NodeInputs& inputs, const Schedule& schedule,
                           const InitialStates& initial, const SweepOptions& sweep) const {
  PoolVector<Variable> variables = {inputs.x, initial.h};
  weights_->append_variables(variables);
  weights_->refresh(records(variables));
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
