#pragma once

#include <array>
#include <unordered_map>
#include <vector>

#include <oneapi/dnnl/dnnl.hpp>

#include "benchmarks/peers/plain_rnn.h"

namespace espalier::bench {

struct OneDNNLSTM {
  using Forward = dnnl::lstm_forward;
  using Backward = dnnl::lstm_backward;
  static constexpr PlainCell kPlain = PlainCell::kLSTM;
  static constexpr dnnl::memory::dim kGates = 4, kBiases = 4;
};

struct OneDNNGRU {
  using Forward = dnnl::gru_forward;
  using Backward = dnnl::gru_backward;
  static constexpr PlainCell kPlain = PlainCell::kGRU;
  static constexpr dnnl::memory::dim kGates = 3, kBiases = 3;
};

/// "Linear before reset", the form of PyTorch and cuDNN.
struct OneDNNResetAfterGRU {
  using Forward = dnnl::lbr_gru_forward;
  using Backward = dnnl::lbr_gru_backward;
  static constexpr PlainCell kPlain = PlainCell::kResetAfterGRU;
  static constexpr dnnl::memory::dim kGates = 3, kBiases = 4;
};

struct OneDNNSizes {
  dnnl::memory::dim steps, batch, input, hidden;
};

/// One layer in one direction on oneDNN's own primitive, beginning from zeros, which are passed as
/// states: left out, they make oneDNN 2.6 and 3.2 give an LSTM's U a wrong gradient. Its user keeps
/// weights and gradients in plain layouts, which an optimiser and a file need; the primitives'
/// copies are in whatever layouts they ask for.
template <class Cell>
class OneDNNLayer {
 public:
  enum Parameter { kW, kU, kBias, kNumParameters };
  enum class Use { kInference, kTraining };

  OneDNNLayer(const OneDNNSizes& sizes, Use use);

  dnnl::memory& x() { return x_; }            ///< [steps, batch, input]
  dnnl::memory& y() { return y_; }            ///< [steps, batch, hidden]
  dnnl::memory& x_gradient() { return dx_; }  ///< Of x, after backward().
  dnnl::memory& y_gradient() { return dy_; }  ///< What backward() starts from.

  /// w [input, gates, hidden], u [hidden, gates, hidden], bias [biases, hidden].
  dnnl::memory& parameter(Parameter p) { return parameters_[p].plain; }
  dnnl::memory& gradient(Parameter p) { return parameters_[p].plain_gradient; }

  /// Brings the weights into the layout of the forward primitive; after each change of them.
  void take_weights() { run(to_forward_); }
  void forward();
  /// Gradients of x and of all parameters, from those of y; also brings the weights into the
  /// layout of the backward primitive.
  void backward();

 private:
  struct Weight {
    dnnl::memory plain, forward, backward, gradient, plain_gradient;
  };
  struct Move {
    dnnl::reorder reorder;
    dnnl::memory from, to;
  };
  using Forward = typename Cell::Forward;
  using Backward = typename Cell::Backward;
  static constexpr bool kIsLSTM = Cell::kPlain == PlainCell::kLSTM;
  using Description = typename Forward::primitive_desc;

  Description describe(dnnl::prop_kind kind) const;
  typename Backward::primitive_desc describe_backward(const Description& forward) const;
  void prepare_backward(const Description& description);
  dnnl::memory::desc any(Parameter p) const;
  void run(std::vector<Move>& moves);
  static dnnl::memory moved(const dnnl::memory& plain, const dnnl::memory::desc& wanted,
                            std::vector<Move>& moves);

  OneDNNSizes sizes_;
  dnnl::stream stream_;
  dnnl::memory::desc state_;
  dnnl::memory x_, y_, h_0_, c_0_, dx_, dy_, workspace_;
  std::array<Weight, kNumParameters> parameters_;
  std::vector<Move> to_forward_, to_backward_, to_plain_;
  Forward forward_;
  Backward backward_;
  std::unordered_map<int, dnnl::memory> forward_operands_, backward_operands_;
};

}  // namespace espalier::bench
