#include <espalier/layers/child_sum_tree_lstm.h>

#include <algorithm>
#include <array>
#include <mutex>

#include <espalier/layers/gate_weights.h>
#include <espalier/layers/initialize.h>
#include <espalier/layers/input_gates.h>
#include <espalier/ops/kernels.h>
#include <espalier/ops/matmul.h>

namespace espalier {

// The matrices W and U, packed; b_ih and b_hh.
struct ChildSumTreeLSTM::Weights {
  std::size_t hidden;
  bool output_gate;
  GateWeights w, u;  // Main gates: i, u and, if there is one, o.
  Variable bias_ih, bias_hh;
  std::mutex mutex;

  void refresh(bool for_backward) {
    const std::lock_guard lock(mutex);
    PackJobs jobs;
    w.refresh(for_backward, jobs);
    u.refresh(for_backward, jobs);
    jobs.run();
  }

  // b_ih + b_hh, main gates first.
  PoolVector<float> bias() const {
    PoolVector<float> sum;
    for (const auto gates : {w.main(), w.forget()}) {
      for (const GateRows& gate : gates) {
        for (std::size_t r = gate.first; r < gate.first + gate.count; ++r) {
          sum.push_back(bias_ih.value().data()[r] + bias_hh.value().data()[r]);
        }
      }
    }
    return sum;
  }
};

namespace {

// Positions in the cell's layout.
enum Part : std::size_t {
  kH,
  kC,
  kForgetTerm,  // U_f h: formed once, where h is, not once for every parent.
};
enum Field : std::size_t {
  kGates,      // i, u, o: pre-activations, then gates, then gradients of pre-activations.
  kSum,        // s
  kTanhC,      // With an output gate; else empty.
  kForgetSum,  // Backward: over the children, gradients of f's pre-activations. If W_f is in use.
};
constexpr std::size_t kChildren = 0;
constexpr std::size_t kForget = 0;  // The field of an edge: f, then its pre-activation's gradient.

class ChildSumCell final : public RecurrentCell {
 public:
  ChildSumCell(std::shared_ptr<ChildSumTreeLSTM::Weights> weights, OrderedInputs inputs,
               const Schedule& schedule, std::string_view relation)
      : weights_(std::move(weights)),
        relation_(relation),
        hidden_(weights_->hidden),
        gates_(weights_->w.main_width()),
        inputs_(weights_->w, std::move(inputs), weights_->bias(), schedule) {}

  CellLayout layout() const override {
    return {.state = {{hidden_}, {hidden_}, {hidden_, /*output=*/false}},
            .node_fields = {gates_, hidden_, weights_->output_gate ? hidden_ : 0,
                            inputs_.reach_inner_nodes() ? hidden_ : 0},
            .relations = {
                {relation_,
                 {{kH, EdgeGradient::kShared}, {kC}, {kForgetTerm, EdgeGradient::kField, kForget}},
                 {hidden_}}}};
  }

  void begin(Sweep& sweep) override {
    inputs_.begin();
    if (sweep.keeps_fields()) {
      d_forget_term_ = Tensor::uninitialized({sweep.schedule().num_nodes(), hidden_});
    }
  }

  void forward(const Tile& tile) override;
  void backward(const Tile& tile) override;
  void finish(Sweep& sweep) override;

 private:
  float* gate(const MutableMatrixView& gates, std::size_t r, std::size_t which) const {
    return gates.data + r * gates_ + which * hidden_;
  }
  void sum_children(const Tile& tile) const;
  void forget(const Tile& tile) const;
  void form_forget_terms(const Tile& tile) const;

  std::shared_ptr<ChildSumTreeLSTM::Weights> weights_;
  std::string_view relation_;
  std::size_t hidden_;
  std::size_t gates_;  // Width of the main gates together.
  InputGates inputs_;
  Tensor d_forget_term_;  // [num_nodes, hidden], in node order, as h is.
};

void ChildSumCell::sum_children(const Tile& tile) const {
  const MutableMatrixView sums = tile.field(kSum);
  for (std::size_t r = 0; r < tile.size(); ++r) {
    const auto row = static_cast<NodeId>(tile.rows().begin + r);
    float* const sum = sums.row(r).data();
    std::fill_n(sum, hidden_, 0.0f);
    const ScheduledRelation& children = tile.relation(kChildren);
    for (EdgeId e = children.offsets[row]; e < children.offsets[row + 1]; ++e) {
      kernels().add(hidden_, tile.source_state(kChildren, kH, e), sum);
    }
  }
}

// c = the sum of f_jk * c_k.
void ChildSumCell::forget(const Tile& tile) const {
  const MutableMatrixView forget = tile.edge_field(kChildren, kForget);
  const ScheduledRelation& children = tile.relation(kChildren);
  for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
    float* const c = tile.state(kC, row);
    std::fill_n(c, hidden_, 0.0f);
    const float* const input_term = tile.level() == 0 ? nullptr : inputs_.forget(row);
    for (EdgeId e = children.offsets[row]; e < children.offsets[row + 1]; ++e) {
      kernels().forget(hidden_, input_term, tile.source_state(kChildren, kForgetTerm, e),
                       tile.source_state(kChildren, kC, e),
                       forget.row(e - tile.first_edge(kChildren)).data(), c);
    }
  }
}

// U_f h for those who read the tile's rows.
void ChildSumCell::form_forget_terms(const Tile& tile) const {
  const auto [begin, end] = tile.rows();
  const ScheduledRelation& children = tile.relation(kChildren);
  if (children.reader_offsets[begin] == children.reader_offsets[end]) return;
  const MutableMatrixView h = tile.scratch(tile.size(), hidden_);
  for (NodeId row = begin; row < end; ++row) {
    std::copy_n(tile.state(kH, row), hidden_, h.row(row - begin).data());
  }
  weights_->u.forward_forget().multiply(h, {tile.state(kForgetTerm, begin), tile.size(), hidden_});
}

void ChildSumCell::forward(const Tile& tile) {
  const MutableMatrixView gates = tile.field(kGates);
  const bool started = inputs_.start(tile, gates);
  if (tile.level() > 0) {
    sum_children(tile);
    const PackedMatrix& u = weights_->u.forward_main();
    if (started) {
      u.multiply(tile.field(kSum), gates, nullptr, Store::kAdd);
    } else {
      u.multiply(tile.field(kSum), gates, inputs_.main_bias());
    }
  }
  forget(tile);
  for (std::size_t r = 0; r < tile.size(); ++r) {
    const auto row = static_cast<NodeId>(tile.rows().begin + r);
    float* const i = gate(gates, r, 0);
    float* const u = gate(gates, r, 1);
    if (weights_->output_gate) {
      kernels().cell(hidden_, i, u, gate(gates, r, 2), tile.state(kC, row),
                     tile.field(kTanhC).row(r).data(), tile.state(kH, row));
    } else {
      kernels().cell_ungated(hidden_, i, u, tile.state(kC, row), tile.state(kH, row));
    }
  }
  form_forget_terms(tile);
}

void ChildSumCell::backward(const Tile& tile) {
  const Kernels& k = kernels();
  const auto [begin, end] = tile.rows();
  const ScheduledRelation& children = tile.relation(kChildren);
  const MutableMatrixView dh = tile.gradient(kH), dc = tile.gradient(kC);
  const MutableMatrixView d_term = tile.gradient(kForgetTerm);
  const MutableMatrixView gates = tile.field(kGates);

  for (NodeId row = begin; row < end; ++row) {
    std::copy_n(d_term.row(row - begin).data(), hidden_, d_forget_term_.row(tile.node(row)).data());
  }
  if (children.reader_offsets[begin] < children.reader_offsets[end]) {
    weights_->u.backward_forget().multiply(d_term, dh, nullptr, Store::kAdd);
  }
  for (std::size_t r = 0; r < tile.size(); ++r) {
    float* const i = gate(gates, r, 0);
    float* const u = gate(gates, r, 1);
    if (weights_->output_gate) {
      k.cell_backward(hidden_, dh.row(r).data(), tile.field(kTanhC).row(r).data(), i, u,
                      gate(gates, r, 2), dc.row(r).data());
    } else {
      const auto row = static_cast<NodeId>(begin + r);
      k.cell_ungated_backward(hidden_, dh.row(r).data(), tile.state(kH, row), i, u,
                              dc.row(r).data());
    }
  }
  if (tile.level() == 0) return;

  weights_->u.backward_main().multiply(gates, tile.edge_gradients(kChildren, kH));
  const MutableMatrixView forget = tile.edge_field(kChildren, kForget);
  const MutableMatrixView d_c = tile.edge_gradients(kChildren, kC);
  for (NodeId row = begin; row < end; ++row) {
    const std::size_t r = row - begin;
    float* forget_sum = nullptr;
    if (inputs_.reach_inner_nodes()) {
      forget_sum = tile.field(kForgetSum).row(r).data();
      std::fill_n(forget_sum, hidden_, 0.0f);
    }
    for (EdgeId edge = children.offsets[row]; edge < children.offsets[row + 1]; ++edge) {
      const std::size_t e = edge - tile.first_edge(kChildren);
      float* const f = forget.row(e).data();
      k.forget_backward(hidden_, dc.row(r).data(), f, tile.source_state(kChildren, kC, edge), f,
                        d_c.row(e).data());
      if (forget_sum != nullptr) k.add(hidden_, f, forget_sum);
    }
  }
}

void ChildSumCell::finish(Sweep& sweep) {
  const std::size_t n = sweep.schedule().num_nodes();
  if (n == 0) return;
  const std::size_t first_inner = sweep.schedule().wavefront(0).size();
  const MatrixView d_gates = sweep.field(kGates);
  const GateWeights& u = weights_->u;

  PoolVector<GradientProduct> products;
  inputs_.finish(d_gates, sweep.field(kForgetSum), products);
  append_gradient_products(u.weight(), u.main(), d_gates.slice(first_inner, n),
                           sweep.field(kSum).slice(first_inner, n), products);
  append_gradient_products(u.weight(), u.forget(), d_forget_term_.view(), sweep.states(kH),
                           products);
  // Every f has one term, so the sum over the terms is that over the gates.
  Tensor d_bias = Tensor::zeros(weights_->bias_ih.shape());
  append_bias_products(d_bias, u.main(), d_gates, products);
  append_bias_products(d_bias, u.forget(), d_forget_term_.view(), products);
  add_gradient_products(products);
  for (const Variable& bias : {weights_->bias_ih, weights_->bias_hh}) {
    if (bias.requires_gradient()) bias.add_gradient(d_bias.clone());
  }
}

}  // namespace

ChildSumTreeLSTM::ChildSumTreeLSTM(const ChildSumTreeLSTMOptions& options, Rng& rng)
    : options_(options) {
  const std::size_t input = positive_size(options.input_size, "input_size");
  const std::size_t hidden = positive_size(options.hidden_size, "hidden_size");
  const std::size_t num_gates = options.output_gate ? 4 : 3;
  const std::size_t rows = num_gates * hidden;
  const Variable w = add_parameter("weight_ih", uniform_by_fan_in({rows, input}, input, rng));
  const Variable u = add_parameter("weight_hh", uniform_by_fan_in({rows, hidden}, hidden, rng));
  const Variable b_ih = add_parameter("bias_ih", uniform_by_fan_in({rows}, input, rng));
  const Variable b_hh = add_parameter("bias_hh", uniform_by_fan_in({rows}, hidden, rng));

  const PoolVector<GateRows> main = {{0, hidden}, {2 * hidden, (num_gates - 2) * hidden}};
  const PoolVector<GateRows> forget = {{hidden, hidden}};
  weights_.reset(new Weights{.hidden = hidden,
                             .output_gate = options.output_gate,
                             .w = GateWeights(w, main, forget),
                             .u = GateWeights(u, main, forget),
                             .bias_ih = b_ih,
                             .bias_hh = b_hh,
                             .mutex = {}});
}

NodeStates ChildSumTreeLSTM::forward(const NodeInputs& given, const Schedule& schedule,
                                     std::string_view relation, const SweepOptions& sweep) const {
  const Weights& w = *weights_;
  const NodeInputs inputs = unshared(given);
  const std::array inputs_and_weights = {inputs.x, w.w.weight(), w.u.weight(), w.bias_ih,
                                         w.bias_hh};
  weights_->refresh(recording(inputs_and_weights));
  auto cell = std::allocate_shared<ChildSumCell>(PoolAllocator<ChildSumCell>(), weights_,
                                                 OrderedInputs(inputs, schedule, w.w.cols()),
                                                 schedule, schedule.relation(relation).name);
  PoolVector<Variable> states =
      run_recurrence(std::move(cell), schedule, inputs_and_weights, {}, sweep);
  return {.h = std::move(states[0]), .c = std::move(states[1])};
}

}  // namespace espalier
