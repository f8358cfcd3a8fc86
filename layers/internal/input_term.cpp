#include <espalier/layers/internal/input_term.h>

#include <algorithm>
#include <utility>

#include <espalier/base/error.h>
#include <espalier/ops/linear.h>
#include <espalier/ops/parallel.h>
#include <espalier/ops/rows.h>

namespace espalier {
namespace {

constexpr std::size_t kBlockRows = 64;

NodeId num_outer_rows(const Schedule& schedule) {
  return schedule.num_nodes() == 0 ? 0 : schedule.wavefront(0).size();
}

// By node the caller's inputs and their gradients need no sorting. A tile's rows then do not lie
// side by side, so that it cannot multiply its own; and forget gates are set apart by row.
bool saves_sorting(const GateWeights* weights, const NodeInputs& inputs,
                   const InputTerm::Options& options) {
  if (options.by_row || options.outer_only) return false;
  if (weights == nullptr) return true;
  return !inputs.is_partial && !inputs.is_shared && weights->forget_width() == 0;
}

OrderedInputs order_inputs(const GateWeights* weights, std::size_t width, const NodeInputs& inputs,
                           const Schedule& schedule, bool by_node) {
  if (inputs.is_given != (weights == nullptr)) {
    throw OptionError(inputs.is_given
                          ? "terms are given to a layer that has input weights; make it with "
                            "input_size 0"
                          : "a layer of input_size 0 has no input weights; pass "
                            "NodeInputs::given(terms)");
  }
  if (inputs.is_given) {
    check_shape(inputs.x.shape(), {schedule.num_nodes(), width}, "given input terms");
    return OrderedInputs(inputs.x, width);
  }
  if (inputs.is_shared) return OrderedInputs(inputs.x, weights->cols());
  return OrderedInputs(inputs, schedule, weights->cols(),
                       by_node ? NodeOrder::kByNode : NodeOrder::kByRow);
}

// Which row of x the node at each place has, if the inputs are shared.
PoolVector<std::uint32_t> order_shared_rows(const NodeInputs& inputs, const Schedule& schedule) {
  PoolVector<std::uint32_t> rows;
  if (!inputs.is_shared) return rows;
  if (inputs.row_of_node.size() != schedule.num_nodes()) {
    throw ShapeError(message("shared inputs of ", inputs.row_of_node.size(), " nodes, expected ",
                             schedule.num_nodes()));
  }
  for (NodeId node = 0; node < inputs.row_of_node.size(); ++node) {
    const std::uint32_t row = inputs.row_of_node[node];
    if (row < inputs.x.rows() || row == kNoInput) continue;
    throw ShapeError(message("shared inputs: id ", row, " at position ", node,
                             ", expected less than ", inputs.x.rows()));
  }
  rows.reserve(schedule.num_nodes());
  for (const NodeId node : schedule.nodes()) rows.push_back(inputs.row_of_node[node]);
  return rows;
}

}  // namespace

InputTerm::InputTerm(const GateWeights* weights, std::size_t width, const NodeInputs& inputs,
                     PoolVector<float> bias, const Schedule& schedule, const Options& options)
    : weights_(weights),
      inputs_(
          order_inputs(weights, width, inputs, schedule, saves_sorting(weights, inputs, options))),
      row_of_place_(order_shared_rows(inputs, schedule)),
      bias_(std::move(bias)),
      by_node_(saves_sorting(weights, inputs, options)),
      num_outer_(num_outer_rows(schedule)) {
  const NodeId n = schedule.num_nodes();
  nodes_.assign(schedule.nodes().begin(), schedule.nodes().end());
  first_inner_ = is_shared() || by_node_ ? 0 : inputs_.within({0, num_outer_}).second;
  main_width_ = is_given() ? width : weights_->main_width();
  num_places_ = options.outer_only ? num_outer_ : n;
  const bool reaches_inner = is_shared() ? num_outer_ < n : first_inner_ < inputs_.size();
  if (!is_given() && weights_->forget_width() > 0 && reaches_inner) {
    num_forget_rows_ = n - num_outer_;
  }
}

// Multiplies all inputs but those of the first wavefront by row, which its tiles multiply. Where
// every place has an input of its own, the results lie as the gates do.
void InputTerm::begin(bool keeps) {
  if (keeps) gates_ = Tensor::uninitialized({num_places_, main_width_});
  if (is_given()) {
    point_to_terms({}, 0);
    return;
  }
  const MatrixView x = inputs_.x().slice(first_inner_, inputs_.size());
  const bool by_place = !is_shared() && covers_all();
  MutableMatrixView values = gates_.view();
  if (keeps && by_place) {
    values = gates_.view().slice(first_inner_, num_places_);
  } else {
    apart_ = Tensor::uninitialized({x.rows, main_width_});
    values = apart_.view();
  }
  parallel_multiply(x, weights_->forward_main(), values, bias_.data());
  if (has_forget_terms()) {
    if (by_place)
      forget_gates_ = Tensor::uninitialized({num_forget_rows_, weights_->forget_width()});
    if (!by_place) forget_apart_ = Tensor::uninitialized({x.rows, weights_->forget_width()});
    parallel_multiply(x, weights_->forward_forget(),
                      by_place ? forget_gates_.view() : forget_apart_.view(), forget_bias());
  }
  point_to_terms(values, static_cast<NodeId>(first_inner_));
}

// Row 0 of `values` is W x + b of input `first_value`.
void InputTerm::point_to_terms(MatrixView values, NodeId first_value) {
  main_.resize(num_places_);
  forget_.resize(num_forget_rows_);
  std::size_t next = 0;  // The next input.
  for (NodeId place = 0; place < num_places_; ++place) {
    const bool reads_forget = place >= num_outer_ && has_forget_terms();
    std::size_t input = kNoInput;
    if (is_given()) {
      main_[place] = inputs_.x().row(by_node_ ? place : nodes_[place]).data();
      continue;
    }
    if (is_shared()) {
      input = row_of_place_[place];
    } else if (next < inputs_.size() && inputs_.row(next) == place) {
      input = next++;
    }
    if (input == kNoInput) {
      main_[place] = bias_.data();
      if (reads_forget) forget_[place - num_outer_] = forget_bias();
      continue;
    }
    main_[place] = input < first_value ? nullptr : values.row(input - first_value).data();
    if (!reads_forget) continue;
    const bool by_place = forget_apart_.empty();
    forget_[place - num_outer_] = by_place ? forget_gates_.row(place - num_outer_).data()
                                           : forget_apart_.row(input - first_value).data();
  }
}

MutableMatrixView InputTerm::start(const Tile& tile) {
  const auto [begin, end] = tile.rows();
  MutableMatrixView own;
  if (gates_.empty()) own = tile.scratch(tile.size(), main_width_);
  if (tile.level() != 0 || first_inner_ == 0) return own;
  const auto [first, last] = inputs_.within(tile.rows());
  if (first == last) return own;
  const MatrixView x = inputs_.x().slice(first, last);
  const MutableMatrixView to = own.data == nullptr ? gates_.view().slice(begin, end) : own;
  if (last - first == tile.size()) {
    weights_->forward_main().multiply(x, to, bias_.data());
    return own;
  }
  const MutableMatrixView some = tile.scratch(last - first, main_width_);
  weights_->forward_main().multiply(x, some, bias_.data());
  for (std::size_t i = first; i < last; ++i) {
    std::ranges::copy(some.row(i - first), to.row(inputs_.row(i) - begin).data());
  }
  return own;
}

void InputTerm::end_forward(bool keeps_gates) {
  if (!keeps_gates) gates_ = {};
  apart_ = {};
  forget_apart_ = {};
  forget_gates_ = {};
  main_ = {};
  forget_ = {};
}

void InputTerm::begin_backward() {
  if (gates_.empty()) gates_ = Tensor::uninitialized({num_places_, main_width_});
  if (has_forget_terms()) {
    forget_gates_ = Tensor::uninitialized({num_forget_rows_, weights_->forget_width()});
  }
}

// The gradients of W x + b for each input: those of the node that has it, or of all that share it.
// Row 0 of `gates` is row `first_row` of the schedule.
MatrixView InputTerm::by_input(MatrixView gates, std::size_t first_row, Tensor& gathered) const {
  if (is_shared()) {
    static_assert(kNoInput == kNoRow);
    gathered = scatter_rows(gates, std::span(row_of_place_).subspan(first_row, gates.rows),
                            inputs_.size());
    return gathered.view();
  }
  if (covers_all()) return gates;
  const std::size_t first = first_row == 0 ? 0 : first_inner_;
  gathered = Tensor::uninitialized({inputs_.size() - first, gates.cols});
  parallel_rows(gathered.rows(), kBlockRows, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      std::ranges::copy(gates.row(inputs_.row(first + i) - first_row), gathered.row(i).data());
    }
  });
  return gathered.view();
}

void InputTerm::append_products(PoolVector<GradientProduct>& products, Tensor& d_bias) {
  if (is_given()) return;
  const MatrixView delta = by_input(gates(), 0, d_main_);
  append_gradient_products(weights_->weight(), weights_->main(), delta, inputs_.x(), products);
  // Of all nodes: those without an input have the bias too.
  products.push_back({.a = gates(), .b = {}, .column_sums = d_bias.data()});
  if (!has_forget_terms()) return;
  append_gradient_products(weights_->weight(), weights_->forget(),
                           by_input(forget_gates_.view(), num_outer_, d_forget_),
                           inputs_.x().slice(first_inner_, inputs_.size()), products);
}

void InputTerm::add_input_gradient() {
  const Variable& x = inputs_.variable();
  if (!x.requires_gradient() || inputs_.size() == 0) return;
  if (is_given()) {
    if (by_node_) {
      x.add_gradient(std::move(gates_));
    } else {
      x.add_gradient(scatter_rows(gates_.view(), nodes_, num_places_));
    }
    return;
  }
  const MatrixView d_main = d_main_.empty() ? gates_.view() : d_main_.view();
  if (inputs_.in_order() && !has_forget_terms()) {
    add_product_to_gradient(d_main, weights_->backward_main(), x);
    return;
  }
  Tensor dx = Tensor::uninitialized({inputs_.size(), weights_->cols()});
  parallel_multiply(d_main, weights_->backward_main(), dx.view());
  if (has_forget_terms()) {
    const MatrixView d_forget = d_forget_.empty() ? forget_gates_.view() : d_forget_.view();
    parallel_multiply(d_forget, weights_->backward_forget(),
                      dx.view().slice(first_inner_, inputs_.size()), nullptr, Store::kAdd);
  }
  inputs_.add_gradient(std::move(dx));
}

}  // namespace espalier
