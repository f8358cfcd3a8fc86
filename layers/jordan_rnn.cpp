#include <espalier/layers/jordan_rnn.h>

#include <algorithm>
#include <array>

#include <espalier/layers/internal/chain_cell.h>
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

Activation as_activation(OutputActivation f) {
  switch (f) {
    case OutputActivation::kTanh:
      return Activation::kTanh;
    case OutputActivation::kRelu:
      return Activation::kRelu;
    case OutputActivation::kSigmoid:
      return Activation::kSigmoid;
    case OutputActivation::kIdentity:
    case OutputActivation::kSoftmax:  // Of a whole row: asked for before.
      break;
  }
  return Activation::kIdentity;
}

enum Part : std::size_t { kY, kS };

class JordanCell final : public ChainCell {
 public:
  JordanCell(std::shared_ptr<JordanRNN::Weights> weights, const JordanRNNOptions& options,
             const NodeInputs& inputs, const Schedule& schedule, const Tensor& teacher,
             const InitialStates& initial)
      : ChainCell(weights->input(), weights->u.main_width(), inputs, weights->bias(), schedule,
                  h_alone(initial), std::array{weights->v.weight().rows()}, initial.nodes),
        weights_(std::move(weights)),
        options_(options),
        hidden_(weights_->u.main_width()),
        outputs_(weights_->v.weight().rows()),
        teacher_(teacher.alias()) {}

  CellLayout layout() const override {
    return {.state = {{outputs_}, {hidden_}}, .relations = {previous_use(1)}};
  }
  void forward(const Tile& tile) override;
  void end_forward(Sweep&) override { forget_gates(); }
  void begin_backward(Sweep& sweep) override {
    ChainCell::begin_backward(sweep);
    d_y_ = Tensor::uninitialized({sweep.schedule().num_nodes(), outputs_});
  }
  void backward(const Tile& tile) override;
  void finish(Sweep& sweep) override;

 private:
  bool is_taught(const Tile& tile) const { return !teacher_.empty() && tile.level() > 0; }
  MutableMatrixView multiply_previous_outputs(const Tile& tile) const;

  std::shared_ptr<JordanRNN::Weights> weights_;
  JordanRNNOptions options_;
  std::size_t hidden_, outputs_;
  Tensor teacher_;  // Empty: none.
  Tensor d_y_;      // The gradient of V s + b_y, by node.
};

// U y', of the teacher's outputs where there is one.
MutableMatrixView JordanCell::multiply_previous_outputs(const Tile& tile) const {
  const PackedMatrix& u = weights_->u.forward_main();
  if (!is_taught(tile)) return multiply_previous(tile, kY, u);
  const ScheduledRelation& before = tile.relation(kPrevious);
  const MutableMatrixView outputs = tile.scratch(tile.size(), outputs_);
  for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
    const NodeId node = tile.node(before.of(row)[0]);
    std::ranges::copy(teacher_.row(node), outputs.row(row - tile.rows().begin).data());
  }
  const MutableMatrixView product = tile.scratch(tile.size(), hidden_);
  u.multiply(outputs, product);
  return product;
}

void JordanCell::forward(const Tile& tile) {
  const Rows rows = start(tile);
  const MutableMatrixView sums = multiply_previous_outputs(tile);
  const MutableMatrixView s = tile.scratch(tile.size(), hidden_);
  for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
    const std::size_t r = row - tile.rows().begin;
    kernels().add(hidden_, rows.term(row), sums.row(r).data());
    activate(options_.activation, hidden_, sums.row(r).data(), s.row(r).data());
    std::ranges::copy(s.row(r), tile.state(kS, row));
  }
  const MutableMatrixView y = tile.scratch(tile.size(), outputs_);
  weights_->v.forward_main().multiply(s, y, weights_->bias_ho.value().data());
  if (options_.output_activation == OutputActivation::kSoftmax) {
    softmax_rows(y, y);
  } else {
    activate(as_activation(options_.output_activation), y.flat().size(), y.data, y.data);
  }
  for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
    std::ranges::copy(y.row(row - tile.rows().begin), tile.state(kY, row));
  }
}

void JordanCell::backward(const Tile& tile) {
  const Rows rows = this->rows(tile);
  const MutableMatrixView d_y = tile.scratch(tile.size(), outputs_),
                          d_s = tile.scratch(tile.size(), hidden_);
  const MutableMatrixView gradient = tile.gradient(kY), ds_outside = tile.gradient(kS);
  const bool softmax = options_.output_activation == OutputActivation::kSoftmax;
  for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
    const std::size_t r = row - tile.rows().begin;
    const float* const y = tile.state(kY, row);
    const float* const g = gradient.row(r).data();
    float* const d = d_y.row(r).data();
    if (softmax) {
      float along = 0.0f;
      for (std::size_t i = 0; i < outputs_; ++i) along += g[i] * y[i];
      for (std::size_t i = 0; i < outputs_; ++i) d[i] = y[i] * (g[i] - along);
    } else {
      activate_backward(as_activation(options_.output_activation), outputs_, g, y, d);
    }
    std::copy_n(d, outputs_, d_y_.row(tile.node(row)).data());
  }
  weights_->v.backward_main().multiply(d_y, d_s);
  for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
    const std::size_t r = row - tile.rows().begin;
    float* const d = d_s.row(r).data();
    kernels().add(hidden_, ds_outside.row(r).data(), d);
    activate_backward(options_.activation, hidden_, d, tile.state(kS, row), d);
    std::copy_n(d, hidden_, rows.gates(row));
  }
  if (!reads(tile)) return;
  const MutableMatrixView d_before = previous_gradient(tile, kY);
  if (is_taught(tile)) {
    std::ranges::fill(d_before.flat(), 0.0f);  // The teacher's words are not the network's.
    return;
  }
  weights_->u.backward_main().multiply(d_s, d_before);
  keep_initial_gradient(tile, kY, d_before);
}

void JordanCell::finish(Sweep& sweep) {
  const Schedule& schedule = sweep.schedule();
  if (schedule.num_nodes() == 0) return;
  Tensor previous_y = all_previous(sweep, kY);
  const ScheduledRelation& before = sweep.relation(kPrevious);
  for (NodeId row = 0; row < schedule.num_nodes() && !teacher_.empty(); ++row) {
    if (before.of(row).empty()) continue;
    std::ranges::copy(teacher_.row(schedule.nodes()[before.of(row)[0]]),
                      previous_y.row(place(row)).data());
  }
  PoolVector<GradientProduct> products;
  append_gradient_products(weights_->v.weight(), weights_->v.main(), d_y_.view(), sweep.states(kS),
                           products);
  if (weights_->bias_ho.requires_gradient()) {
    append_bias_products(weights_->bias_ho.mutable_gradient(), weights_->v.main(), d_y_.view(),
                         products);
  }
  add_gradient_products(products);
  finish_chain(*weights_, previous_y);
}

}  // namespace

JordanRNN::JordanRNN(const JordanRNNOptions& options, Rng& rng) : options_(options) {
  const std::size_t input = size_or_given(options.input_size, "input_size");
  const std::size_t hidden = positive_size(options.hidden_size, "hidden_size");
  const std::size_t output = positive_size(options.output_size, "output_size");
  const auto add = [&](const char* name, const Shape& shape) {
    return add_parameter(name, uniform_by_fan_in(shape, hidden, rng));
  };
  const Variable w = input > 0 ? add("weight_ih", {hidden, input}) : Variable();
  const Variable u = add("weight_hh", {hidden, output});
  const Variable b_ih = input > 0 ? add("bias_ih", {hidden}) : Variable();
  const Variable b_hh = input > 0 ? add("bias_hh", {hidden}) : Variable();
  const Variable v = add("weight_ho", {output, hidden});
  const Variable b_ho = add("bias_ho", {output});
  weights_ = std::make_shared<Weights>(w, u, b_ih, b_hh, v, b_ho);
  add_warm_up([weights = weights_] {
    weights->refresh_all(false);
    weights->warm_up(/*bias=*/false);
    weights->v.warm_up(/*bias=*/true);
  });
}

std::size_t JordanRNN::input_size() const { return weights_->input_size(); }

std::size_t JordanRNN::output_size() const { return weights_->v.weight().rows(); }

Recurrence JordanRNN::recurrence(const NodeInputs& inputs, const Schedule& schedule,
                                 const InitialStates& initial, const SweepOptions& sweep) const {
  return recurrence(inputs, schedule, Tensor(), initial, sweep);
}

JordanStates JordanRNN::forward_with_hidden(const NodeInputs& inputs, const Schedule& schedule,
                                            const InitialStates& initial,
                                            const SweepOptions& sweep) const {
  Recurrence run = recurrence(inputs, schedule, initial, sweep);
  JoinedStates states = run_side_by_side({&run, 1});
  return {.y = std::move(states.first), .s = std::move(states.others[0][0])};
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
  PoolVector<Variable> variables = {inputs.x, weights_->v.weight(), weights_->bias_ho, initial.h};
  weights_->append_variables(variables);
  weights_->refresh_all(records(variables));
  auto cell = std::allocate_shared<JordanCell>(PoolAllocator<JordanCell>(), weights_, options_,
                                               inputs, schedule, teacher, initial);
  return {.cell = std::move(cell),
          .schedule = schedule,
          .inputs = std::move(variables),
          .options = sweep};
}

}  // namespace espalier
