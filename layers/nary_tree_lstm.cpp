#include <espalier/layers/nary_tree_lstm.h>

#include <algorithm>
#include <array>
#include <mutex>

#include <espalier/base/error.h>
#include <espalier/layers/gate_weights.h>
#include <espalier/layers/initialize.h>
#include <espalier/layers/input_gates.h>
#include <espalier/ops/kernels.h>
#include <espalier/ops/matmul.h>

namespace espalier {

struct NaryTreeLSTM::Weights {
  std::size_t hidden, arity, num_gates;  // num_gates: i, u and, if there is one, o.
  bool output_gate, off_diagonal, leaf_module;
  GateWeights input;
  Variable input_bias, weight_hh, forget_hh, bias_hh;
  PackedMatrix forward, backward;  // U: [N H, width()], and back.
  std::uint64_t forward_version = kNever, backward_version = kNever;
  std::mutex mutex;

  static constexpr std::uint64_t kNever = static_cast<std::uint64_t>(-1);

  std::size_t main_width() const { return num_gates * hidden; }       // i, u, o
  std::size_t width() const { return (num_gates + arity) * hidden; }  // i, u, o, f_1 … f_N

  void refresh(bool for_backward) {
    const std::lock_guard lock(mutex);
    PackJobs jobs;
    input.refresh(for_backward, jobs);
    const std::uint64_t version = weight_hh.version() + forget_hh.version();
    const bool stale = forward_version != version;
    const bool stale_backward = for_backward && backward_version != version;
    Tensor u;
    if (stale || stale_backward) u = whole_u();
    if (stale) jobs.add({&forward, {u.view()}, true});
    if (stale_backward) jobs.add({&backward, {u.view()}, false});
    jobs.run();
    forward_version = version;
    if (stale_backward) backward_version = version;
  }

  // U, [width, N H]: weight_hh over forget_hh, with zeros for the off-diagonals that are not there.
  Tensor whole_u() const {
    Tensor u = Tensor::uninitialized({width(), arity * hidden});
    const std::span<const float> main = weight_hh.value().flat();
    const std::span<const float> forget = forget_hh.value().flat();
    std::copy(main.begin(), main.end(), u.data());
    float* const below = u.data() + main.size();
    if (off_diagonal) {
      std::copy(forget.begin(), forget.end(), below);
      return u;
    }
    std::fill_n(below, arity * hidden * arity * hidden, 0.0f);
    for (std::size_t r = 0; r < arity * hidden; ++r) {
      std::copy_n(forget.data() + r * hidden, hidden,
                  below + r * arity * hidden + r / hidden * hidden);
    }
    return u;
  }

  // The sum of the children's biases, for i, u, o, f_1 … f_N.
  PoolVector<float> hidden_bias() const {
    PoolVector<float> sum(width(), 0.0f);
    for (std::size_t l = 0; l < arity; ++l) {
      kernels().add(width(), bias_hh.value().row(l).data(), sum.data());
    }
    return sum;
  }

  // The same and the bias of W x: all that a node without an input has.
  PoolVector<float> node_bias() const {
    PoolVector<float> sum = hidden_bias();
    if (leaf_module) return sum;
    const float* const b = input_bias.value().data();
    kernels().add(hidden, b, sum.data());
    kernels().add(main_width() - hidden, b + 2 * hidden, sum.data() + hidden);
    for (std::size_t k = 0; k < arity; ++k) {
      kernels().add(hidden, b + hidden, sum.data() + main_width() + k * hidden);
    }
    return sum;
  }

  // What W x is added to: in a leaf module its bias; else the node's for the main gates, and for f,
  // whose other biases differ from child to child, the input's alone.
  PoolVector<float> bias_of_input() const {
    const float* const b = input_bias.value().data();
    if (leaf_module) return {b, b + input_bias.value().size()};
    PoolVector<float> bias = node_bias();
    bias.resize(main_width());
    bias.insert(bias.end(), b + hidden, b + 2 * hidden);
    return bias;
  }
};

namespace {

// Positions in the cell's layout.
enum Part : std::size_t { kH, kC };
enum Field : std::size_t {
  kGates,      // Inner nodes: i, u, o, f_1 … f_N; pre-activations, then gates, then gradients.
  kInputSide,  // Leaves: the same for i, u, o, or c, o in a leaf module. Backward: d i, u, o of
               // all.
  kChildren,   // The children's h, side by side.
  kTanhC,      // With an output gate; else empty.
  kForgetSum,  // Backward: over the forget gates, gradients of the pre-activations. No leaf module.
};
constexpr std::size_t kUse = 0;

class NaryCell final : public RecurrentCell {
 public:
  NaryCell(std::shared_ptr<NaryTreeLSTM::Weights> weights, OrderedInputs inputs,
           const Schedule& schedule, std::string_view relation)
      : weights_(std::move(weights)),
        relation_(relation),
        hidden_(weights_->hidden),
        main_width_(weights_->main_width()),
        hidden_bias_(weights_->hidden_bias()),
        bias_(weights_->node_bias()),
        zeros_(hidden_, 0.0f),
        inputs_(weights_->input, std::move(inputs), weights_->bias_of_input(), schedule) {}

  CellLayout layout() const override {
    return {
        .state = {{hidden_}, {hidden_}},
        .node_fields = {weights_->width(), weights_->input.main_width(), weights_->arity * hidden_,
                        weights_->output_gate ? hidden_ : 0, weights_->leaf_module ? 0 : hidden_},
        .relations = {{relation_, {{kH}, {kC}}, {}}}};
  }

  void begin(Sweep&) override { inputs_.begin(); }
  void forward(const Tile& tile) override;
  void backward(const Tile& tile) override;
  void finish(Sweep& sweep) override;

 private:
  void forward_leaves(const Tile& tile) const;
  void backward_leaves(const Tile& tile) const;
  void start_gates(const Tile& tile, MutableMatrixView gates) const;
  void send_to_children(const Tile& tile, MatrixView d_gates) const;
  // From the gates i, u, o that stand at `main`, and c, which holds the sum over forget gates.
  void apply_cell(const Tile& tile, std::size_t r, float* main) const;
  void apply_cell_backward(const Tile& tile, std::size_t r, float* main) const;

  std::shared_ptr<NaryTreeLSTM::Weights> weights_;
  std::string_view relation_;
  std::size_t hidden_;
  std::size_t main_width_;
  PoolVector<float> hidden_bias_;
  PoolVector<float> bias_;
  PoolVector<float> zeros_;
  InputGates inputs_;
};

void NaryCell::apply_cell(const Tile& tile, std::size_t r, float* main) const {
  const auto row = static_cast<NodeId>(tile.rows().begin + r);
  float* const c = tile.state(kC, row);
  float* const h = tile.state(kH, row);
  if (weights_->output_gate) {
    kernels().cell(hidden_, main, main + hidden_, main + 2 * hidden_, c,
                   tile.field(kTanhC).row(r).data(), h);
  } else {
    kernels().cell_ungated(hidden_, main, main + hidden_, c, h);
  }
}

void NaryCell::apply_cell_backward(const Tile& tile, std::size_t r, float* main) const {
  const float* const dh = tile.gradient(kH).row(r).data();
  float* const dc = tile.gradient(kC).row(r).data();
  if (weights_->output_gate) {
    kernels().cell_backward(hidden_, dh, tile.field(kTanhC).row(r).data(), main, main + hidden_,
                            main + 2 * hidden_, dc);
  } else {
    const float* const h = tile.state(kH, static_cast<NodeId>(tile.rows().begin + r));
    kernels().cell_ungated_backward(hidden_, dh, h, main, main + hidden_, dc);
  }
}

void NaryCell::forward_leaves(const Tile& tile) const {
  const MutableMatrixView gates = tile.field(kInputSide);
  inputs_.start(tile, gates);
  for (std::size_t r = 0; r < tile.size(); ++r) {
    const auto row = static_cast<NodeId>(tile.rows().begin + r);
    float* const g = gates.row(r).data();
    float* const c = tile.state(kC, row);
    if (!weights_->leaf_module) {
      std::fill_n(c, hidden_, 0.0f);
      apply_cell(tile, r, g);
      continue;
    }
    std::copy_n(g, hidden_, c);
    if (weights_->output_gate) {
      kernels().output(hidden_, c, g + hidden_, tile.field(kTanhC).row(r).data(),
                       tile.state(kH, row));
    } else {
      kernels().tanh(hidden_, c, tile.state(kH, row));
    }
  }
}

void NaryCell::backward_leaves(const Tile& tile) const {
  const MutableMatrixView gates = tile.field(kInputSide);
  for (std::size_t r = 0; r < tile.size(); ++r) {
    float* const g = gates.row(r).data();
    if (!weights_->leaf_module) {
      apply_cell_backward(tile, r, g);
      continue;
    }
    const float* const dh = tile.gradient(kH).row(r).data();
    float* const dc = tile.gradient(kC).row(r).data();
    if (weights_->output_gate) {
      kernels().output_backward(hidden_, dh, tile.field(kTanhC).row(r).data(), g + hidden_, dc);
    } else {
      const float* const h = tile.state(kH, static_cast<NodeId>(tile.rows().begin + r));
      kernels().tanh_backward(hidden_, dh, h, dc);
    }
    std::copy_n(dc, hidden_, g);
  }
}

// Pre-activations of inner nodes: U times the children's states, the biases, and W x.
void NaryCell::start_gates(const Tile& tile, MutableMatrixView gates) const {
  const ScheduledRelation& children = tile.relation(kUse);
  const MutableMatrixView states = tile.field(kChildren);
  for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
    float* to = states.row(row - tile.rows().begin).data();
    float* const end = to + states.cols;
    for (EdgeId e = children.offsets[row]; e < children.offsets[row + 1]; ++e) {
      to = std::copy_n(tile.source_state(kUse, kH, e), hidden_, to);
    }
    std::fill(to, end, 0.0f);
  }

  const MutableMatrixView projected = tile.field(kInputSide);
  if (weights_->leaf_module || !inputs_.start(tile, projected)) {
    weights_->forward.multiply(states, gates, bias_.data());
    return;
  }
  for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
    const std::size_t r = row - tile.rows().begin;
    float* g = std::copy_n(projected.row(r).data(), main_width_, gates.row(r).data());
    std::copy(hidden_bias_.begin() + static_cast<std::ptrdiff_t>(main_width_), hidden_bias_.end(),
              g);
    for (std::size_t k = 0; k < weights_->arity; ++k) {
      kernels().add(hidden_, inputs_.forget(row), g + k * hidden_);
    }
  }
  weights_->forward.multiply(states, gates, nullptr, Store::kAdd);
}

void NaryCell::forward(const Tile& tile) {
  if (tile.level() == 0) {
    forward_leaves(tile);
    return;
  }
  const MutableMatrixView gates = tile.field(kGates);
  start_gates(tile, gates);
  const ScheduledRelation& children = tile.relation(kUse);
  for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
    const std::size_t r = row - tile.rows().begin;
    float* const c = tile.state(kC, row);
    std::fill_n(c, hidden_, 0.0f);
    float* f = gates.row(r).data() + main_width_;
    for (EdgeId e = children.offsets[row]; e < children.offsets[row + 1]; ++e, f += hidden_) {
      kernels().forget(hidden_, f, zeros_.data(), tile.source_state(kUse, kC, e), f, c);
    }
    apply_cell(tile, r, gates.row(r).data());
  }
}

void NaryCell::backward(const Tile& tile) {
  if (tile.level() == 0) {
    backward_leaves(tile);
    return;
  }
  const Kernels& k = kernels();
  const ScheduledRelation& children = tile.relation(kUse);
  const MutableMatrixView gates = tile.field(kGates);
  float* d_c = tile.edge_gradients(kUse, kC).data;
  for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
    const std::size_t r = row - tile.rows().begin;
    float* const g = gates.row(r).data();
    apply_cell_backward(tile, r, g);
    const float* const dc = tile.gradient(kC).row(r).data();
    float* f = g + main_width_;
    for (EdgeId e = children.offsets[row]; e < children.offsets[row + 1]; ++e, f += hidden_) {
      k.forget_backward(hidden_, dc, f, tile.source_state(kUse, kC, e), f, d_c);
      d_c += hidden_;
    }
    std::fill(f, g + gates.cols, 0.0f);  // Children that are not there.
    if (weights_->leaf_module) continue;
    std::copy_n(g, main_width_, tile.field(kInputSide).row(r).data());
    float* const forget_sum = tile.field(kForgetSum).row(r).data();
    std::copy_n(g + main_width_, hidden_, forget_sum);
    for (f = g + main_width_ + hidden_; f < g + gates.cols; f += hidden_) {
      k.add(hidden_, f, forget_sum);
    }
  }
  send_to_children(tile, gates);
}

// The children's dh: U^T times the gates' gradients.
void NaryCell::send_to_children(const Tile& tile, MatrixView d_gates) const {
  const std::size_t arity = weights_->arity;
  const MutableMatrixView d_h = tile.edge_gradients(kUse, kH);
  if (d_h.rows == tile.size() * arity) {  // No child is missing: products and edges lie alike.
    weights_->backward.multiply(d_gates, {d_h.data, tile.size(), arity * hidden_});
    return;
  }
  const MutableMatrixView d_states = tile.scratch(tile.size(), arity * hidden_);
  weights_->backward.multiply(d_gates, d_states);
  float* to = d_h.data;
  for (NodeId row = tile.rows().begin; row < tile.rows().end; ++row) {
    const float* const from = d_states.row(row - tile.rows().begin).data();
    to = std::copy_n(from, tile.relation(kUse).of(row).size() * hidden_, to);
  }
}

// Products for weight_hh and forget_hh from the inner nodes' gradients.
void append_hidden_products(const NaryTreeLSTM::Weights& w, MatrixView d_gates, MatrixView states,
                            PoolVector<GradientProduct>& products) {
  const std::size_t hidden = w.hidden;
  const GateRows main{0, w.main_width()};
  append_gradient_products(w.weight_hh, std::span(&main, 1), d_gates, states, products);
  if (!w.forget_hh.requires_gradient()) return;
  Tensor& gradient = w.forget_hh.mutable_gradient();
  if (w.off_diagonal) {
    products.push_back({.a = StridedView(d_gates, w.main_width(), w.arity * hidden),
                        .b = states,
                        .sum = gradient.data()});
    return;
  }
  for (std::size_t k = 0; k < w.arity; ++k) {
    products.push_back({.a = StridedView(d_gates, w.main_width() + k * hidden, hidden),
                        .b = StridedView(states, k * hidden, hidden),
                        .sum = gradient.row(k * hidden).data()});
  }
}

void NaryCell::finish(Sweep& sweep) {
  const std::size_t n = sweep.schedule().num_nodes();
  if (n == 0) return;
  const NaryTreeLSTM::Weights& w = *weights_;
  const std::size_t first_inner = sweep.schedule().wavefront(0).size();
  const MatrixView d_main = sweep.field(kInputSide);
  const MatrixView d_forget_sum = sweep.field(kForgetSum);
  const MatrixView d_inner = sweep.field(kGates).slice(first_inner, n);

  PoolVector<GradientProduct> products;
  inputs_.finish(d_main, d_forget_sum, products);
  append_hidden_products(w, d_inner, sweep.field(kChildren).slice(first_inner, n), products);

  Tensor d_input_bias = Tensor::zeros(w.input_bias.shape());
  Tensor d_hidden_bias = Tensor::zeros({w.width()});
  products.push_back({.a = StridedView(d_inner, main_width_, w.width() - main_width_),
                      .b = {},
                      .column_sums = d_hidden_bias.data() + main_width_});
  const GateRows leaf{0, d_main.cols}, hidden{0, main_width_};
  if (w.leaf_module) {
    append_bias_products(d_input_bias, std::span(&leaf, 1), d_main.slice(0, first_inner), products);
    append_bias_products(d_hidden_bias, std::span(&hidden, 1), d_inner, products);
  } else {
    append_bias_products(d_input_bias, w.input.main(), d_main, products);
    append_bias_products(d_input_bias, w.input.forget(), d_forget_sum.slice(first_inner, n),
                         products);
    append_bias_products(d_hidden_bias, std::span(&hidden, 1), d_main, products);
  }
  add_gradient_products(products);

  if (w.input_bias.requires_gradient()) w.input_bias.add_gradient(std::move(d_input_bias));
  if (!w.bias_hh.requires_gradient()) return;
  Tensor& d_bias_hh = w.bias_hh.mutable_gradient();
  for (std::size_t l = 0; l < w.arity; ++l) {
    kernels().add(w.width(), d_hidden_bias.data(), d_bias_hh.row(l).data());
  }
}

void check_nodes(const NaryTreeLSTMOptions& options, const OrderedInputs& inputs,
                 const Schedule& schedule, const ScheduledRelation& children) {
  for (NodeId row = 0; row < schedule.num_nodes(); ++row) {
    if (children.of(row).size() > static_cast<std::size_t>(options.arity)) {
      throw GraphError(message("node ", schedule.nodes()[row], " has ", children.of(row).size(),
                               " children, expected at most ", options.arity));
    }
    if (options.leaf_module && children.of(row).empty() && row >= schedule.wavefront(0).size()) {
      throw GraphError(message("node ", schedule.nodes()[row], " has no children in \"",
                               children.name,
                               "\" but waits for nodes of another relation; with a leaf module "
                               "leaves must come first"));
    }
  }
  if (!options.leaf_module || inputs.size() == 0) return;
  const NodeId last = inputs.row(inputs.size() - 1);
  if (last >= schedule.wavefront(0).size()) {
    throw GraphError(
        message("node ", schedule.nodes()[last],
                " has children and an input; with a leaf module only leaves have one"));
  }
}

}  // namespace

NaryTreeLSTM::NaryTreeLSTM(const NaryTreeLSTMOptions& options, Rng& rng) : options_(options) {
  const std::size_t input = positive_size(options.input_size, "input_size");
  const std::size_t hidden = positive_size(options.hidden_size, "hidden_size");
  const std::size_t arity = positive_size(options.arity, "arity");
  const std::size_t num_gates = options.output_gate ? 3 : 2;
  const std::size_t input_rows = (options.leaf_module ? num_gates - 1 : num_gates + 1) * hidden;
  const char* const prefix = options.leaf_module ? "leaf_" : "";
  const char* const suffix = options.leaf_module ? "" : "_ih";
  const Variable w = add_parameter(message(prefix, "weight", suffix),
                                   uniform_by_fan_in({input_rows, input}, input, rng));
  const Variable b =
      add_parameter(message(prefix, "bias", suffix), uniform_by_fan_in({input_rows}, input, rng));
  const Variable u = add_parameter(
      "weight_hh", uniform_by_fan_in({num_gates * hidden, arity * hidden}, hidden, rng));
  const Variable u_f = add_parameter(
      "forget_hh",
      uniform_by_fan_in({arity * hidden, options.off_diagonal_forget ? arity * hidden : hidden},
                        hidden, rng));
  const Variable b_h = add_parameter(
      "bias_hh", uniform_by_fan_in({arity, (num_gates + arity) * hidden}, hidden, rng));

  PoolVector<GateRows> main = {{0, input_rows}};
  PoolVector<GateRows> forget;
  if (!options.leaf_module) {
    main = {{0, hidden}, {2 * hidden, (num_gates - 1) * hidden}};
    forget = {{hidden, hidden}};
  }
  const std::size_t width = (num_gates + arity) * hidden;
  weights_.reset(new Weights{.hidden = hidden,
                             .arity = arity,
                             .num_gates = num_gates,
                             .output_gate = options.output_gate,
                             .off_diagonal = options.off_diagonal_forget,
                             .leaf_module = options.leaf_module,
                             .input = GateWeights(w, main, forget),
                             .input_bias = b,
                             .weight_hh = u,
                             .forget_hh = u_f,
                             .bias_hh = b_h,
                             .forward = PackedMatrix(arity * hidden, width),
                             .backward = PackedMatrix(width, arity * hidden),
                             .mutex = {}});
}

NodeStates NaryTreeLSTM::forward(const NodeInputs& given, const Schedule& schedule,
                                 std::string_view relation, const SweepOptions& sweep) const {
  const Weights& w = *weights_;
  const NodeInputs inputs = unshared(given);
  const ScheduledRelation& children = schedule.relation(relation);
  OrderedInputs ordered(inputs, schedule, w.input.cols());
  check_nodes(options_, ordered, schedule, children);
  const std::array variables = {inputs.x,    w.input.weight(), w.input_bias,
                                w.weight_hh, w.forget_hh,      w.bias_hh};
  weights_->refresh(recording(variables));
  auto cell = std::allocate_shared<NaryCell>(PoolAllocator<NaryCell>(), weights_,
                                             std::move(ordered), schedule, children.name);
  PoolVector<Variable> states = run_recurrence(std::move(cell), schedule, variables, {}, sweep);
  return {.h = std::move(states[0]), .c = std::move(states[1])};
}

}  // namespace espalier
