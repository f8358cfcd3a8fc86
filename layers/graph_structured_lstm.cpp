#include <espalier/layers/graph_structured_lstm.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <mutex>
#include <utility>

#include <espalier/base/error.h>
#include <espalier/layers/gate_weights.h>
#include <espalier/layers/initialize.h>
#include <espalier/layers/input_projection.h>
#include <espalier/ops/kernels.h>

namespace espalier {

struct GraphStructuredLSTM::Weights {
  GateWeights w;
  std::array<GateWeights, 2> u;  // By relation.
  Variable bias;
  Variable null_h, null_c;  // Undefined: zeros.
  bool linear = true;
  std::mutex mutex;

  std::size_t hidden() const { return u[0].cols(); }
  void refresh(bool for_backward) {
    const std::lock_guard lock(mutex);
    PackJobs jobs;
    w.refresh(for_backward, jobs);
    for (GateWeights& each : u) each.refresh(for_backward, jobs);
    jobs.run();
  }
};

namespace {

enum Part : std::size_t { kH, kC };
// Relations in the cell's layout, and fields.
enum Use : std::size_t { kTemporal, kHierarchical };
constexpr std::array<const char*, 2> kRelations = {"temporal", "hierarchical"};
constexpr std::array<Use, 2> kUses = {kTemporal, kHierarchical};
enum Field : std::size_t {
  kTemporalH,      // What U is multiplied with,
  kHierarchicalH,  // and V.
  kTanhC,
};

class GraphStructuredCell final : public RecurrentCell {
 public:
  GraphStructuredCell(std::shared_ptr<GraphStructuredLSTM::Weights> weights,
                      const NodeInputs& inputs, const Schedule& schedule)
      : weights_(std::move(weights)),
        hidden_(weights_->hidden()),
        inputs_(weights_->w, inputs, bias(), schedule),
        zeros_(Tensor::zeros({hidden_})) {}

  // Gradients lie by reading row, so that a product can be written there; rows that read nothing
  // are read by nobody.
  CellLayout layout() const override {
    const auto use = [](const char* relation) {
      return RelationUse{relation, {{kH, EdgeGradient::kShared}, {kC, EdgeGradient::kShared}}, {}};
    };
    return {.state = {{hidden_}, {hidden_}},
            .node_fields = {hidden_, hidden_, hidden_},
            .relations = {use(kRelations[kTemporal]), use(kRelations[kHierarchical])}};
  }

  void begin(Sweep&) override { inputs_.begin(); }
  void forward(const Tile& tile) override;
  void backward(const Tile& tile) override;
  void finish(Sweep& sweep) override;

 private:
  PoolVector<float> bias() const {
    const auto values = weights_->bias.value().flat();
    return {values.begin(), values.end()};
  }
  bool has_null() const { return weights_->null_h.defined(); }
  // May any row of the tile read anything but zeros through the relation?
  bool reads(const Tile& tile, Use use) const {
    return has_null() || (tile.level() > 0 && !tile.relation(use).predecessors.empty());
  }
  const float* null(Part part) const {
    if (!has_null()) return zeros_.data();
    return (part == kH ? weights_->null_h : weights_->null_c).value().data();
  }
  const float* source(const Tile& tile, Use use, Part part, NodeId row) const {
    const ScheduledRelation& relation = tile.relation(use);
    if (relation.of(row).empty()) return null(part);
    return tile.source_state(use, part, relation.offsets[row]);
  }
  MutableMatrixView gates(const Tile& tile) {
    return inputs_.values().slice(tile.rows().begin, tile.rows().end);
  }
  float* gate(MutableMatrixView gates, std::size_t r, std::size_t which) const {
    return gates.row(r).data() + which * hidden_;
  }
  void add_null_gradients(const Sweep& sweep) const;

  std::shared_ptr<GraphStructuredLSTM::Weights> weights_;
  std::size_t hidden_;
  InputProjection inputs_;
  Tensor zeros_;
};

void GraphStructuredCell::forward(const Tile& tile) {
  const MutableMatrixView gates = inputs_.start(tile.rows());
  for (const Use use : kUses) {
    if (!reads(tile, use)) continue;
    const MutableMatrixView h = tile.field(use);
    for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
      std::copy_n(source(tile, use, kH, row), hidden_, h.row(row - tile.rows().begin).data());
    }
    weights_->u[use].forward_main().multiply(h, gates, nullptr, Store::kAdd);
  }
  for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
    const std::size_t r = row - tile.rows().begin;
    kernels().two_cell_lstm(hidden_, {.i = gate(gates, r, 0),
                                      .f = gate(gates, r, 1),
                                      .g = gate(gates, r, 2),
                                      .u = gate(gates, r, 3),
                                      .o = gate(gates, r, 4),
                                      .c_first = source(tile, kTemporal, kC, row),
                                      .c_second = source(tile, kHierarchical, kC, row),
                                      .linear = weights_->linear,
                                      .c = tile.state(kC, row),
                                      .tanh_c = tile.field(kTanhC).row(r).data(),
                                      .h = tile.state(kH, row)});
  }
}

void GraphStructuredCell::backward(const Tile& tile) {
  const MutableMatrixView gates = this->gates(tile);
  const MutableMatrixView dh = tile.gradient(kH), dc = tile.gradient(kC);
  const MutableMatrixView dc_temporal = tile.edge_gradients(kTemporal, kC);
  const MutableMatrixView dc_hierarchical = tile.edge_gradients(kHierarchical, kC);
  for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
    const std::size_t r = row - tile.rows().begin;
    kernels().two_cell_lstm_backward(hidden_, {.dh = dh.row(r).data(),
                                               .dc = dc.row(r).data(),
                                               .c_first = source(tile, kTemporal, kC, row),
                                               .c_second = source(tile, kHierarchical, kC, row),
                                               .tanh_c = tile.field(kTanhC).row(r).data(),
                                               .linear = weights_->linear,
                                               .i = gate(gates, r, 0),
                                               .f = gate(gates, r, 1),
                                               .g = gate(gates, r, 2),
                                               .u = gate(gates, r, 3),
                                               .o = gate(gates, r, 4),
                                               .dc_first = dc_temporal.row(r).data(),
                                               .dc_second = dc_hierarchical.row(r).data()});
  }
  for (const Use use : kUses) {
    if (!reads(tile, use)) continue;
    weights_->u[use].backward_main().multiply(gates, tile.edge_gradients(use, kH));
  }
}

// Sums over the rows that read the null states, relation by relation, in the order of the rows.
void GraphStructuredCell::add_null_gradients(const Sweep& sweep) const {
  for (const Part part : {kH, kC}) {
    const Variable& null = part == kH ? weights_->null_h : weights_->null_c;
    if (!null.requires_gradient()) continue;
    float* const sum = null.mutable_gradient().data();
    for (const Use use : kUses) {
      const MatrixView gradients = sweep.edge_gradients(use, part);
      const ScheduledRelation& relation = sweep.relation(use);
      for (NodeId row = 0; row < sweep.schedule().num_nodes(); ++row) {
        if (relation.of(row).empty()) kernels().add(hidden_, gradients.row(row).data(), sum);
      }
    }
  }
}

void GraphStructuredCell::finish(Sweep& sweep) {
  const std::size_t n = sweep.schedule().num_nodes();
  if (n == 0) return;
  const std::size_t first = has_null() ? 0 : sweep.schedule().wavefront(0).size();
  const MatrixView d_gates = std::as_const(inputs_).values();
  PoolVector<GradientProduct> products;
  Tensor d_bias = Tensor::zeros(weights_->bias.shape());
  inputs_.finish(products, d_bias);
  for (const Use use : kUses) {
    if (!has_null() && sweep.relation(use).predecessors.empty()) continue;
    const GateWeights& u = weights_->u[use];
    append_gradient_products(u.weight(), u.main(), d_gates.slice(first, n),
                             sweep.field(use).slice(first, n), products);
  }
  add_gradient_products(products);
  if (weights_->bias.requires_gradient()) weights_->bias.add_gradient(std::move(d_bias));
  if (has_null()) add_null_gradients(sweep);
}

void check_relations(const Schedule& schedule) {
  for (const char* name : kRelations) {
    const ScheduledRelation& relation = schedule.relation(name);
    for (NodeId row = 0; row < schedule.num_nodes(); ++row) {
      if (relation.of(row).size() <= 1) continue;
      throw GraphError(message("node ", schedule.nodes()[row], " has ", relation.of(row).size(),
                               " predecessors in \"", name, "\", expected at most one"));
    }
  }
}

}  // namespace

GraphStructuredLSTM::GraphStructuredLSTM(const GraphStructuredLSTMOptions& options, Rng& rng)
    : options_(options) {
  constexpr std::size_t kGates = 5;
  const std::size_t input = positive_size(options.input_size, "input_size");
  const std::size_t hidden = positive_size(options.hidden_size, "hidden_size");
  const std::size_t rows = kGates * hidden;
  const auto matrix = [&](const char* name, std::size_t cols) {
    Variable weight = add_parameter(name, uniform_by_fan_in({rows, cols}, hidden, rng));
    return GateWeights(weight, {{0, rows}}, {});
  };
  GateWeights w = matrix("weight_ih", input);
  std::array<GateWeights, 2> u = {matrix("weight_temporal", hidden),
                                  matrix("weight_hierarchical", hidden)};
  Tensor biases = uniform_by_fan_in({rows}, hidden, rng);
  std::fill_n(biases.data() + hidden, 2 * hidden, 1.0f);
  weights_.reset(new Weights{.w = std::move(w),
                             .u = std::move(u),
                             .bias = add_parameter("bias", std::move(biases)),
                             .null_h = {},
                             .null_c = {},
                             .linear = options.candidate == Candidate::kLinear,
                             .mutex = {}});
  if (options.null_state == NullState::kZeros) return;
  weights_->null_h = add_parameter("null_h", normal_tensor({1, hidden}, 0.1f, rng));
  weights_->null_c = add_parameter("null_c", normal_tensor({1, hidden}, 0.1f, rng));
}

Recurrence GraphStructuredLSTM::recurrence(const NodeInputs& inputs, const Schedule& schedule,
                                           const SweepOptions& sweep) const {
  check_relations(schedule);
  const Weights& w = *weights_;
  PoolVector<Variable> variables = {inputs.x, w.w.weight()};
  for (const GateWeights& u : w.u) variables.push_back(u.weight());
  for (const Variable& v : {w.bias, w.null_h, w.null_c}) variables.push_back(v);
  weights_->refresh(recording(variables));
  return {.cell = std::allocate_shared<GraphStructuredCell>(PoolAllocator<GraphStructuredCell>(),
                                                            weights_, inputs, schedule),
          .schedule = schedule,
          .inputs = std::move(variables),
          .options = sweep};
}

NodeStates GraphStructuredLSTM::forward(const NodeInputs& inputs, const Schedule& schedule,
                                        const SweepOptions& sweep) const {
  Recurrence run = recurrence(inputs, schedule, sweep);
  const JoinedStates states = run_side_by_side({&run, 1});
  return {.h = states.first, .c = states.others[0][0]};
}

BidirectionalGraphStructuredLSTM::BidirectionalGraphStructuredLSTM(
    const GraphStructuredLSTMOptions& options, Rng& rng)
    : forward_(options, rng), backward_(options, rng) {
  add_module("forward", forward_);
  add_module("backward", backward_);
}

Variable BidirectionalGraphStructuredLSTM::forward(const NodeInputs& inputs,
                                                   const Schedule& forward,
                                                   const Schedule& backward,
                                                   const SweepOptions& sweep) const {
  std::array runs = {forward_.recurrence(inputs, forward, sweep),
                     backward_.recurrence(inputs, backward, sweep)};
  return run_side_by_side(runs).first;
}

}  // namespace espalier
