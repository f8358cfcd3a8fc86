#include <espalier/layers/jordan_rnn.h>

#include <algorithm>
#include <array>

#include <espalier/layers/chain_cell.h>
#include <espalier/ops/kernels.h>
#include <espalier/ops/loss.h>

namespace espalier {

struct JordanRNN::Weights : ChainWeights {
  Weights(Variable w_ih, Variable w_hh, Variable b_ih, Variable b_hh, Variable w_ho, Variable b_ho)
      : ChainWeights(std::move(w_ih), std::move(w_hh), std::move(b_ih), std::move(b_hh)),
        v(w_ho, {{0, w_ho.rows()}}, {}),
        bias_ho(std::move(b_ho)),
        packed_v({v.weight()}) {}

  void refresh_all(bool for_backward) {
    refresh(for_backward);
    packed_v.refresh({.forward = true, .backward = for_backward}, [&](PackDirections directions) {
      PackJobs jobs;
      v.append_jobs(directions, jobs);
      jobs.run();
    });
  }

  GateWeights v;  // From s to y.
  Variable bias_ho;
  PackedWeights packed_v;
};

namespace {

constexpr std::size_t kY = 0;  // The part of the state.
enum Field : std::size_t {
  kPreviousY,  // What U is multiplied with.
  kS,          // What V is multiplied with.
  kDY,         // Backward: the gradient of V s + b_y.
};

class JordanCell final : public ChainCell {
 public:
  JordanCell(std::shared_ptr<JordanRNN::Weights> weights, const JordanRNNOptions& options,
             const NodeInputs& inputs, const Schedule& schedule, const Tensor& teacher,
             const InitialStates& initial)
      : ChainCell(weights->w, inputs, weights->bias(), schedule, h_alone(initial),
                  std::array{weights->v.weight().rows()}, initial.nodes),
        weights_(std::move(weights)),
        options_(options),
        hidden_(weights_->w.main_width()),
        outputs_(weights_->v.weight().rows()),
        teacher_(teacher.alias()) {}

  CellLayout layout() const override {
    return {.state = {{outputs_}},
            .node_fields = {outputs_, hidden_, outputs_},
            .relations = {previous_use(1)}};
  }
  void forward(const Tile& tile) override;
  void backward(const Tile& tile) override;
  void finish(Sweep& sweep) override;

 private:
  bool is_taught(const Tile& tile) const { return !teacher_.empty() && tile.level() > 0; }
  void copy_previous_outputs(const Tile& tile, MutableMatrixView to) const;

  std::shared_ptr<JordanRNN::Weights> weights_;
  JordanRNNOptions options_;
  std::size_t hidden_, outputs_;
  Tensor teacher_;  // Empty: none.
};

void JordanCell::copy_previous_outputs(const Tile& tile, MutableMatrixView to) const {
  if (!is_taught(tile)) {
    copy_previous(tile, kY, to);
    return;
  }
  const ScheduledRelation& before = tile.relation(kPrevious);
  for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
    const NodeId node = tile.node(before.of(row)[0]);
    std::copy_n(teacher_.row(node).data(), outputs_, to.row(row - tile.rows().begin).data());
  }
}

void JordanCell::forward(const Tile& tile) {
  const MutableMatrixView sums = start_gates(tile), s = tile.field(kS);
  if (reads(tile)) {
    const MutableMatrixView before = tile.field(kPreviousY);
    copy_previous_outputs(tile, before);
    weights_->u.forward_main().multiply(before, sums, nullptr, Store::kAdd);
  }
  activate(options_.activation, tile.size() * hidden_, sums.data, s.data);
  const MutableMatrixView y = tile.scratch(tile.size(), outputs_);
  weights_->v.forward_main().multiply(s, y, weights_->bias_ho.value().data());
  if (options_.output_activation == OutputActivation::kSoftmax) softmax_rows(y, y);
  for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
    std::copy_n(y.row(row - tile.rows().begin).data(), outputs_, tile.state(kY, row));
  }
}

void JordanCell::backward(const Tile& tile) {
  const MutableMatrixView sums = gates(tile), d_y = tile.field(kDY);
  const MutableMatrixView gradient = tile.gradient(kY);
  for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
    const std::size_t r = row - tile.rows().begin;
    const float* const y = tile.state(kY, row);
    const float* const g = gradient.row(r).data();
    float along = 0.0f;
    const bool softmax = options_.output_activation == OutputActivation::kSoftmax;
    for (std::size_t i = 0; softmax && i < outputs_; ++i) along += g[i] * y[i];
    for (std::size_t i = 0; i < outputs_; ++i) {
      d_y.row(r)[i] = softmax ? y[i] * (g[i] - along) : g[i];
    }
  }
  const MutableMatrixView d_s = tile.scratch(tile.size(), hidden_);
  weights_->v.backward_main().multiply(d_y, d_s);
  activate_backward(options_.activation, tile.size() * hidden_, d_s.data, tile.field(kS).data,
                    sums.data);
  if (!reads(tile)) return;
  const MutableMatrixView d_before = previous_gradient(tile, kY);
  if (is_taught(tile)) {
    std::ranges::fill(d_before.flat(), 0.0f);  // The teacher's words are not the network's.
    return;
  }
  weights_->u.backward_main().multiply(sums, d_before);
  keep_initial_gradient(tile, kY, d_before);
}

void JordanCell::finish(Sweep& sweep) {
  finish_chain(*weights_, sweep.field(kPreviousY), first_reading_row(sweep));
  if (sweep.schedule().num_nodes() == 0) return;
  PoolVector<GradientProduct> products;
  append_gradient_products(weights_->v.weight(), weights_->v.main(), sweep.field(kDY),
                           sweep.field(kS), products);
  if (weights_->bias_ho.requires_gradient()) {
    append_bias_products(weights_->bias_ho.mutable_gradient(), weights_->v.main(), sweep.field(kDY),
                         products);
  }
  add_gradient_products(products);
}

}  // namespace

JordanRNN::JordanRNN(const JordanRNNOptions& options, Rng& rng) : options_(options) {
  const std::size_t input = positive_size(options.input_size, "input_size");
  const std::size_t hidden = positive_size(options.hidden_size, "hidden_size");
  const std::size_t output = positive_size(options.output_size, "output_size");
  const auto add = [&](const char* name, const Shape& shape) {
    return add_parameter(name, uniform_by_fan_in(shape, hidden, rng));
  };
  const Variable w = add("weight_ih", {hidden, input});
  const Variable u = add("weight_hh", {hidden, output});
  const Variable b_ih = add("bias_ih", {hidden});
  const Variable b_hh = add("bias_hh", {hidden});
  const Variable v = add("weight_ho", {output, hidden});
  const Variable b_ho = add("bias_ho", {output});
  weights_ = std::make_shared<Weights>(w, u, b_ih, b_hh, v, b_ho);
}

std::size_t JordanRNN::input_size() const { return weights_->w.cols(); }

std::size_t JordanRNN::output_size() const { return weights_->v.weight().rows(); }

Recurrence JordanRNN::recurrence(const NodeInputs& inputs, const Schedule& schedule,
                                 const InitialStates& initial, const SweepOptions& sweep) const {
  return recurrence(inputs, schedule, Tensor(), initial, sweep);
}

NodeStates JordanRNN::forward_taught(const NodeInputs& inputs, const Schedule& schedule,
                                     const Tensor& teacher, const InitialStates& initial,
                                     const SweepOptions& sweep) const {
  return run(recurrence_taught(inputs, schedule, teacher, initial, sweep));
}

Recurrence JordanRNN::recurrence_taught(const NodeInputs& inputs, const Schedule& schedule,
                                        const Tensor& teacher, const InitialStates& initial,
                                        const SweepOptions& sweep) const {
  check_shape(teacher.shape(), {schedule.num_nodes(), output_size()}, "outputs of a teacher");
  return recurrence(inputs, schedule, teacher, initial, sweep);
}

Recurrence JordanRNN::recurrence(const NodeInputs& inputs, const Schedule& schedule,
                                 const Tensor& teacher, const InitialStates& initial,
                                 const SweepOptions& sweep) const {
  const Weights& w = *weights_;
  PoolVector<Variable> variables = {inputs.x,  w.w.weight(), w.u.weight(), w.bias_ih,
                                    w.bias_hh, w.v.weight(), w.bias_ho,    initial.h};
  weights_->refresh_all(recording(variables));
  auto cell = std::allocate_shared<JordanCell>(PoolAllocator<JordanCell>(), weights_, options_,
                                               inputs, schedule, teacher, initial);
  return {.cell = std::move(cell),
          .schedule = schedule,
          .inputs = std::move(variables),
          .options = sweep};
}

}  // namespace espalier
