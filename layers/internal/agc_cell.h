#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include <espalier/layers/agc_lstm.h>
#include <espalier/layers/internal/chain_cell.h>
#include <espalier/ops/linear.h>

namespace espalier {

/// The matrices of an AGC-LSTM beyond that of the inputs.
struct AGCLSTM::Weights {
  LinearWeight input, recurrent;
  Variable bias;
  // Of the attention, if there is one.
  struct Attention {
    LinearWeight query, states, from_query;
    Variable bias, score, score_bias;

    std::size_t size() const { return states.outputs(); }
  };
  std::unique_ptr<const Attention> attention;

  std::size_t hidden() const { return recurrent.outputs() / 4; }
  void append_variables(PoolVector<Variable>& variables) const;
};

/// One run of an AGC-LSTM, whose inputs are given as terms, [frames, joints * 4 hidden].
class AGCCell final : public ChainCell {
 public:
  AGCCell(std::shared_ptr<const AGCLSTM::Weights> weights,
          std::shared_ptr<const JointNeighbours> neighbours, bool feeds_attended,
          const Variable& terms, const Schedule& schedule, const InitialJointStates& initial);

  CellLayout layout() const override;
  void begin(Sweep& sweep) override;
  void forward(const Tile& tile) override;
  void begin_backward(Sweep& sweep) override;
  void backward(const Tile& tile) override;
  void finish(Sweep& sweep) override;

 private:
  // Parts of the state; without attention there is no alpha.
  enum Part : std::size_t { kH, kC, kAlpha };
  // Fields of a node.
  enum Field : std::size_t {
    kTanhC,
    // Of the attention: tanh(W_h Ĥ + W_q q + b_s), then the gradient of what is in it; q, then that
    // of W's product; and, backward alone, sums over joints: of those gradients, of what flows to
    // the score times the tanh, and to its bias.
    kUnits,
    kQuery,
    kQueryGradient,
    kUnitSum,
    kScoreGradient,
  };

  using Attention = AGCLSTM::Weights::Attention;
  const Attention* attention() const { return weights_->attention.get(); }
  // Rows of joints: a frame's lie side by side.
  MutableMatrixView by_joint(MutableMatrixView frames) const {
    return {frames.data, frames.rows * joints_, frames.cols / joints_};
  }
  const float* fed(const Tile& tile, NodeId row, float* memory) const;
  void step(const Tile& tile, MatrixView recurrent, MutableMatrixView h_hat);
  void attend(const Tile& tile, MatrixView h_hat);
  MutableMatrixView unattended(const Tile& tile) const;
  void attend_backward(const Tile& tile, MatrixView h_hat, MutableMatrixView dh);
  void score_backward(const Tile& tile, MatrixView h_hat, MutableMatrixView dh);
  MutableMatrixView step_backward(const Tile& tile, MatrixView dh);
  void feed_backward(const Tile& tile, MatrixView d_gates);
  void add_recurrent_gradient(const Sweep& sweep) const;
  void add_attention_gradients(const Sweep& sweep) const;

  std::shared_ptr<const AGCLSTM::Weights> weights_;
  std::shared_ptr<const JointNeighbours> neighbours_;
  bool feeds_h_;  // What is fed back is H; else Ĥ = H / (1 + alpha).
  std::size_t joints_, hidden_;
};

}  // namespace espalier
