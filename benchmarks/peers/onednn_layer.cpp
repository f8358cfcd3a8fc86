#include "benchmarks/peers/onednn_layer.h"

#include <cstddef>
#include <cstring>

namespace espalier::bench {
namespace {

using dnnl::memory;
using dnnl::prop_kind;

dnnl::engine& cpu() {
  static dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

memory::desc plain_desc(const memory::dims& shape, memory::format_tag layout) {
  return {shape, memory::data_type::f32, layout};
}

memory zeros(const memory::desc& layout) {
  memory result(layout, cpu());
  std::memset(result.get_data_handle(), 0, layout.get_size());
  return result;
}

constexpr auto kDirection = dnnl::rnn_direction::unidirectional_left2right;

// Descriptions became one step instead of two in oneDNN 3.
template <class Primitive, class... Layouts>
typename Primitive::primitive_desc describe_forward(prop_kind kind, const Layouts&... layouts) {
#if DNNL_VERSION_MAJOR >= 3
  return {cpu(), kind, kDirection, layouts...};
#else
  return {typename Primitive::desc(kind, kDirection, layouts...), cpu()};
#endif
}

template <class Primitive, class Forward, class... Layouts>
typename Primitive::primitive_desc describe_backward_of(const Forward& forward,
                                                        const Layouts&... layouts) {
#if DNNL_VERSION_MAJOR >= 3
  return {cpu(), prop_kind::backward, kDirection, layouts..., forward};
#else
  return {typename Primitive::desc(prop_kind::backward, kDirection, layouts...), cpu(), forward};
#endif
}

}  // namespace

template <class Cell>
OneDNNLayer<Cell>::OneDNNLayer(const OneDNNSizes& sizes, Use use) : sizes_(sizes), stream_(cpu()) {
  using Tag = memory::format_tag;
  x_ = zeros(plain_desc({sizes.steps, sizes.batch, sizes.input}, Tag::tnc));
  y_ = zeros(plain_desc({sizes.steps, sizes.batch, sizes.hidden}, Tag::tnc));
  state_ = plain_desc({1, 1, sizes.batch, sizes.hidden}, Tag::ldnc);
  h_0_ = zeros(state_);
  parameters_[kW].plain =
      zeros(plain_desc({1, 1, sizes.input, Cell::kGates, sizes.hidden}, Tag::ldigo));
  parameters_[kU].plain =
      zeros(plain_desc({1, 1, sizes.hidden, Cell::kGates, sizes.hidden}, Tag::ldigo));
  parameters_[kBias].plain = zeros(plain_desc({1, 1, Cell::kBiases, sizes.hidden}, Tag::ldgo));

  const Description description =
      describe(use == Use::kTraining ? prop_kind::forward_training : prop_kind::forward_inference);
  const std::array wanted{description.weights_layer_desc(), description.weights_iter_desc(),
                          description.bias_desc()};
  for (std::size_t p = 0; p < kNumParameters; ++p) {
    parameters_[p].forward = moved(parameters_[p].plain, wanted[p], to_forward_);
  }
  forward_ = Forward(description);
  forward_operands_ = {{DNNL_ARG_SRC_LAYER, x_},
                       {DNNL_ARG_SRC_ITER, h_0_},
                       {DNNL_ARG_WEIGHTS_LAYER, parameters_[kW].forward},
                       {DNNL_ARG_WEIGHTS_ITER, parameters_[kU].forward},
                       {DNNL_ARG_BIAS, parameters_[kBias].forward},
                       {DNNL_ARG_DST_LAYER, y_}};
  if (kIsLSTM) forward_operands_[DNNL_ARG_SRC_ITER_C] = c_0_ = zeros(state_);
  if (use == Use::kTraining) prepare_backward(description);
}

template <class Cell>
void OneDNNLayer<Cell>::prepare_backward(const Description& description) {
  dx_ = zeros(x_.get_desc());
  dy_ = zeros(y_.get_desc());
  workspace_ = zeros(description.workspace_desc());
  forward_operands_[DNNL_ARG_WORKSPACE] = workspace_;

  const auto backward = describe_backward(description);
  const std::array wanted{backward.weights_layer_desc(), backward.weights_iter_desc(),
                          backward.bias_desc()};
  const std::array given{backward.diff_weights_layer_desc(), backward.diff_weights_iter_desc(),
                         backward.diff_bias_desc()};
  for (std::size_t p = 0; p < kNumParameters; ++p) {
    Weight& weight = parameters_[p];
    weight.backward = moved(weight.plain, wanted[p], to_backward_);
    weight.gradient = zeros(given[p]);
    weight.plain_gradient = moved(weight.gradient, weight.plain.get_desc(), to_plain_);
  }
  backward_ = Backward(backward);
  backward_operands_ = {{DNNL_ARG_SRC_LAYER, x_},
                        {DNNL_ARG_SRC_ITER, h_0_},
                        {DNNL_ARG_WEIGHTS_LAYER, parameters_[kW].backward},
                        {DNNL_ARG_WEIGHTS_ITER, parameters_[kU].backward},
                        {DNNL_ARG_BIAS, parameters_[kBias].backward},
                        {DNNL_ARG_DST_LAYER, y_},
                        {DNNL_ARG_WORKSPACE, workspace_},
                        {DNNL_ARG_DIFF_SRC_LAYER, dx_},
                        {DNNL_ARG_DIFF_SRC_ITER, zeros(state_)},
                        {DNNL_ARG_DIFF_WEIGHTS_LAYER, parameters_[kW].gradient},
                        {DNNL_ARG_DIFF_WEIGHTS_ITER, parameters_[kU].gradient},
                        {DNNL_ARG_DIFF_BIAS, parameters_[kBias].gradient},
                        {DNNL_ARG_DIFF_DST_LAYER, dy_}};
  if (kIsLSTM) {
    backward_operands_[DNNL_ARG_SRC_ITER_C] = c_0_;
    backward_operands_[DNNL_ARG_DIFF_SRC_ITER_C] = zeros(state_);
  }
}

template <class Cell>
void OneDNNLayer<Cell>::forward() {
  forward_.execute(stream_, forward_operands_);
  stream_.wait();
}

template <class Cell>
void OneDNNLayer<Cell>::backward() {
  run(to_backward_);
  for (Weight& weight : parameters_) {  // oneDNN adds to gradients of weights.
    std::memset(weight.gradient.get_data_handle(), 0, weight.gradient.get_desc().get_size());
  }
  backward_.execute(stream_, backward_operands_);
  run(to_plain_);
  stream_.wait();
}

template <class Cell>
auto OneDNNLayer<Cell>::describe(prop_kind kind) const -> Description {
  const memory::desc none, h = state_, x = x_.get_desc(), y = y_.get_desc();
  if constexpr (kIsLSTM) {
    return describe_forward<Forward>(kind, x, h, h, any(kW), any(kU), any(kBias), y, none, none);
  } else {
    return describe_forward<Forward>(kind, x, h, any(kW), any(kU), any(kBias), y, none);
  }
}

template <class Cell>
auto OneDNNLayer<Cell>::describe_backward(const Description& forward) const ->
    typename Backward::primitive_desc {
  const memory::desc none, h = state_, x = x_.get_desc(), y = y_.get_desc();
  const memory::desc w = any(kW), u = any(kU), bias = any(kBias);
  if constexpr (kIsLSTM) {
    return describe_backward_of<Backward>(forward, x, h, h, w, u, bias, y, none, none,  //
                                          x, h, h, w, u, bias, y, none, none);
  } else {
    return describe_backward_of<Backward>(forward, x, h, w, u, bias, y, none,  //
                                          x, h, w, u, bias, y, none);
  }
}

template <class Cell>
memory::desc OneDNNLayer<Cell>::any(Parameter p) const {
  const memory::dim columns = sizes_.hidden;
  const auto tag = memory::format_tag::any;
  if (p == kBias) return plain_desc({1, 1, Cell::kBiases, columns}, tag);
  return plain_desc({1, 1, p == kW ? sizes_.input : sizes_.hidden, Cell::kGates, columns}, tag);
}

// Memory of the layout that is wanted: the given one if it has it, else a copy to be made later.
template <class Cell>
memory OneDNNLayer<Cell>::moved(const memory& from, const memory::desc& wanted,
                                std::vector<Move>& moves) {
  if (from.get_desc() == wanted) return from;
  memory to = zeros(wanted);
  moves.push_back({dnnl::reorder(from, to), from, to});
  return to;
}

template <class Cell>
void OneDNNLayer<Cell>::run(std::vector<Move>& moves) {
  for (Move& move : moves) move.reorder.execute(stream_, move.from, move.to);
}

template class OneDNNLayer<OneDNNLSTM>;
template class OneDNNLayer<OneDNNGRU>;
template class OneDNNLayer<OneDNNResetAfterGRU>;

}  // namespace espalier::bench
