#pragma once

#include <memory>
#include <span>

#include <espalier/graph/adjacency.h>
#include <espalier/graph/schedule.h>
#include <espalier/layers/joint_convolution.h>
#include <espalier/layers/recurrence.h>
#include <espalier/ops/linear.h>
#include <espalier/ops/module.h>
#include <espalier/ops/random.h>

namespace espalier {

struct AGCLSTMOptions {
  int input_size = 0;          ///< Features of a joint, > 0.
  int hidden_size = 0;         ///< Units of a joint, > 0.
  int attention_size = 0;      ///< Units of the attention; 0: hidden_size.
  bool attends = true;         ///< Else it is the GC-LSTM: H = Ĥ.
  bool feeds_attended = true;  ///< H is fed back, as in the paper; else Ĥ.
  float forget_bias = 1.0f;    ///< What the bias of the forget gate begins with.
};

/// What a layer makes of every frame, in the caller's order.
struct JointStates {
  Variable h;      ///< H, [frames, joints * hidden_size]: attended, if it attends.
  Variable c;      ///< C, likewise.
  Variable alpha;  ///< [frames, joints], in (0, 1); undefined without attention.
};

/// Where frames without one before them go on from: row i is read by frame frames[i]. Undefined, or
/// for other frames: zeros.
struct InitialJointStates {
  JointStates states = {};
  std::span<const NodeId> frames = {};  ///< Must outlive the call.
};

/// Attention-enhanced graph-convolutional LSTM: one layer, from the first frame on. The state of a
/// frame is a matrix, a row for each joint; gates are graph convolutions over groups of neighbours
/// inside the frame.
///
/// Si, Chen, Wang, Wang and Tan, "An Attention Enhanced Graph Convolutional LSTM Network for
/// Skeleton-Based Action Recognition", CVPR 2019, eqs. 4-8. With W * X = sum over groups k of
/// A_k X W_k, and H', C' of the frame before:
///
///     i = sigmoid(W_xi * X + W_hi * H' + b_i)          f, o likewise
///     u = tanh(W_xu * X + W_hu * H' + b_u)
///     C = f * C' + i * u,    Ĥ = o * tanh(C)           element by element
///     q = relu(sum over joints of W Ĥ_n)
///     alpha_n = sigmoid(U_s . tanh(W_h Ĥ_n + W_q q + b_s) + b_u)
///     H_n = (1 + alpha_n) Ĥ_n
///
/// Parameters, K being the groups: weight_ih [4 hidden, K input] and weight_hh [4 hidden, K
/// hidden], gates i, f, u, o, groups side by side; bias [4 hidden]; attention.query [hidden,
/// hidden] (W), attention.states [attention, hidden] (W_h), attention.from_query [attention,
/// hidden] (W_q), attention.bias [attention], attention.score [attention] (U_s) and
/// attention.score_bias [1].
class AGCLSTM final : public Module {
 public:
  /// Weights are uniform in ±1/sqrt(their columns), biases 0 but that of the forget gate. Throws
  /// OptionError if a size is out of range, GraphError as JointNeighbours does.
  AGCLSTM(const AGCLSTMOptions& options, std::span<const Adjacency> groups, Rng& rng);

  /// x is [frames, joints * input_size]; the schedule says which frame is before which, through the
  /// relation "previous". Equal to going frame by frame, bit for bit, at any number of threads.
  /// Throws ShapeError, giving both shapes, if inputs or initial states do not fit, GraphError as
  /// RecurrentLayer::forward does.
  JointStates forward(const Variable& x, const Schedule& schedule,
                      const InitialJointStates& initial = {}, const SweepOptions& sweep = {}) const;

  std::size_t num_joints() const { return neighbours_->num_joints(); }
  const AGCLSTMOptions& options() const { return options_; }

 private:
  struct Weights;

  AGCLSTMOptions options_;
  std::shared_ptr<const JointNeighbours> neighbours_;
  std::shared_ptr<const Weights> weights_;
  friend class AGCCell;
};

/// F^g, [frames, hidden]: the sum over joints of H. Throws ShapeError unless h's columns are those
/// of so many joints.
Variable sum_of_joints(const Variable& h, std::size_t num_joints);
/// F^l, [frames, hidden]: the sum over joints of alpha Ĥ, which is alpha / (1 + alpha) H. Throws
/// ShapeError unless shapes fit.
Variable attended_sum_of_joints(const Variable& h, const Variable& alpha);

}  // namespace espalier
