#include <espalier/layers/input_projection.h>

#include <algorithm>
#include <utility>

#include <espalier/base/error.h>
#include <espalier/ops/linear.h>
#include <espalier/ops/parallel.h>
#include <espalier/ops/rows.h>

namespace espalier {
namespace {

constexpr std::size_t kBlockRows = 64;

// Which row of x the node at each place has, if the inputs are shared.
PoolVector<std::uint32_t> order_shared_rows(const NodeInputs& inputs, const Schedule& schedule,
                                            NodeOrder order) {
  PoolVector<std::uint32_t> rows;
  if (!inputs.is_shared) return rows;
  if (inputs.row_of_node.size() != schedule.num_nodes()) {
    throw ShapeError(message("shared inputs of ", inputs.row_of_node.size(), " nodes, expected ",
                             schedule.num_nodes()));
  }
  check_ids(inputs.row_of_node, inputs.x.rows(), "shared inputs");
  rows.reserve(schedule.num_nodes());
  for (NodeId place = 0; place < schedule.num_nodes(); ++place) {
    const NodeId node = order == NodeOrder::kByNode ? place : schedule.nodes()[place];
    rows.push_back(inputs.row_of_node[node]);
  }
  return rows;
}

// The inputs in their own order, which is to stay, or in that of the nodes.
OrderedInputs order_inputs(const NodeInputs& inputs, const Schedule& schedule,
                           std::size_t input_size, NodeOrder order) {
  if (inputs.is_shared) return OrderedInputs(inputs.x, input_size);
  return OrderedInputs(inputs, schedule, input_size, order);
}

}  // namespace

InputProjection::InputProjection(const GateWeights& w, const NodeInputs& inputs,
                                 PoolVector<float> bias, const Schedule& schedule, NodeOrder order)
    : w_(w),
      inputs_(order_inputs(inputs, schedule, w.cols(), order)),
      row_of_place_(order_shared_rows(inputs, schedule, order)),
      bias_(std::move(bias)),
      order_(order),
      num_nodes_(schedule.num_nodes()) {}

void InputProjection::begin() {
  values_ = Tensor::uninitialized({num_nodes_, w_.main_width()});
  if (!is_shared() && inputs_.size() == num_nodes_) {
    multiply(inputs_.x(), w_.forward_main(), values_.view(), bias_.data());
    return;
  }
  Tensor some = Tensor::uninitialized({inputs_.size(), w_.main_width()});
  multiply(inputs_.x(), w_.forward_main(), some.view(), bias_.data());
  if (is_shared()) {
    shared_ = std::move(some);
    return;
  }
  for (std::size_t r = 0, i = 0; r < num_nodes_; ++r) {
    const bool has_input = i < inputs_.size() && inputs_.row(i) == r;
    std::copy_n(has_input ? some.row(i++).data() : bias_.data(), values_.cols(),
                values_.row(r).data());
  }
}

const float* InputProjection::projected(NodeId place) const {
  return is_shared() ? shared_.row(row_of_place_[place]).data() : values_.row(place).data();
}

MutableMatrixView InputProjection::start(RowRange places) {
  const MutableMatrixView rows = values_.view().slice(places.begin, places.end);
  if (!is_shared()) return rows;
  for (NodeId place = places.begin; place < places.end; ++place) {
    std::copy_n(projected(place), rows.cols, rows.row(place - places.begin).data());
  }
  return rows;
}

// The gradients of W x + b for each input: those of all nodes that have it.
MatrixView InputProjection::input_gradients() {
  if (is_shared()) {
    packed_ = scatter_rows(values_.view(), row_of_place_, inputs_.size());
    return packed_.view();
  }
  if (inputs_.size() == num_nodes_) return values_.view();
  packed_ = Tensor::uninitialized({inputs_.size(), values_.cols()});
  parallel_rows(inputs_.size(), kBlockRows, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      std::copy_n(values_.row(inputs_.row(i)).data(), values_.cols(), packed_.row(i).data());
    }
  });
  return packed_.view();
}

void InputProjection::finish(PoolVector<GradientProduct>& products, Tensor& d_bias) {
  const MatrixView delta = input_gradients();
  append_gradient_products(w_.weight(), w_.main(), delta, inputs_.x(), products);
  // Nodes without an input have the bias too; the sums for shared inputs have all nodes' terms.
  append_bias_products(d_bias, w_.main(), is_shared() ? delta : values_.view(), products);
  if (!inputs_.variable().requires_gradient() || inputs_.size() == 0) return;
  if (inputs_.in_order()) {
    add_product_to_gradient(delta, w_.backward_main(), inputs_.variable());
  } else {
    Tensor dx = Tensor::uninitialized({inputs_.size(), w_.cols()});
    multiply(delta, w_.backward_main(), dx.view());
    inputs_.add_gradient(std::move(dx));
  }
}

}  // namespace espalier
