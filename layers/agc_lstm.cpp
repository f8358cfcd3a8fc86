#include <espalier/layers/agc_lstm.h>

#include <algorithm>
#include <utility>

#include <espalier/base/checks.h>
#include <espalier/base/error.h>
#include <espalier/layers/initialize.h>
#include <espalier/layers/internal/agc_cell.h>
#include <espalier/ops/kernels.h>
#include <espalier/ops/parallel.h>
#include <espalier/ops/reshape.h>

namespace espalier {
namespace {

constexpr std::size_t kBlockFrames = 16;

// Sums over the joints of frames, each joint with the weight that weight_of(frame, joint) gives.
void add_joints(std::size_t joints, const Tensor& h, const auto& weight_of, Tensor& sums) {
  const std::size_t hidden = h.cols() / joints;
  parallel_rows(h.rows(), kBlockFrames, [&](std::size_t begin, std::size_t end) {
    for (std::size_t frame = begin; frame < end; ++frame) {
      for (std::size_t n = 0; n < joints; ++n) {
        kernels().add_scaled(hidden, weight_of(frame, n), h.row(frame).data() + n * hidden,
                             sums.row(frame).data());
      }
    }
  });
}

void check_joints(const Variable& h, std::size_t joints) {
  if (joints > 0 && h.cols() > 0 && h.cols() % joints == 0) return;
  throw ShapeError(message("states ", h.shape().to_string(), ", expected [frames, ", joints,
                           " joints * hidden]"));
}

}  // namespace

AGCLSTM::AGCLSTM(const AGCLSTMOptions& options, std::span<const Adjacency> groups, Rng& rng)
    : options_(options), neighbours_(std::make_shared<const JointNeighbours>(groups)) {
  const std::size_t input = positive_size(options.input_size, "input_size");
  const std::size_t hidden = positive_size(options.hidden_size, "hidden_size");
  const std::size_t k = neighbours_->num_groups();
  const auto matrix = [&](const char* name, std::size_t rows, std::size_t columns) {
    return LinearWeight(add_parameter(name, uniform_by_fan_in({rows, columns}, columns, rng)));
  };
  LinearWeight of_input = matrix("weight_ih", 4 * hidden, k * input);
  LinearWeight recurrent = matrix("weight_hh", 4 * hidden, k * hidden);
  Tensor bias = Tensor::zeros({4 * hidden});
  std::fill_n(bias.data() + hidden, hidden, options.forget_bias);
  Weights weights{std::move(of_input), std::move(recurrent), add_parameter("bias", std::move(bias)),
                  nullptr};
  if (options.attends) {
    const std::size_t units = options.attention_size == 0
                                  ? hidden
                                  : positive_size(options.attention_size, "attention_size");
    LinearWeight query = matrix("attention.query", hidden, hidden);
    LinearWeight states = matrix("attention.states", units, hidden);
    LinearWeight from_query = matrix("attention.from_query", units, hidden);
    const Variable unit_bias = add_parameter("attention.bias", Tensor::zeros({units}));
    const Variable score = add_parameter("attention.score", uniform_by_fan_in({units}, units, rng));
    weights.attention = std::make_unique<const Weights::Attention>(
        Weights::Attention{std::move(query), std::move(states), std::move(from_query), unit_bias,
                           score, add_parameter("attention.score_bias", Tensor::zeros({1}))});
  }
  weights_ = std::make_shared<const Weights>(std::move(weights));
  add_warm_up([weights = weights_] {
    weights->input.forward().warm_up(true);
    weights->recurrent.forward().warm_up(false);
    if (!weights->attention) return;
    weights->attention->query.forward().warm_up(false);
    weights->attention->states.forward().warm_up(false);
    weights->attention->from_query.forward().warm_up(true);
  });
}

JointStates AGCLSTM::forward(const Variable& x, const Schedule& schedule,
                             const InitialJointStates& initial, const SweepOptions& sweep) const {
  const auto input = static_cast<std::size_t>(options_.input_size);
  check_shape(x.shape(), {schedule.num_nodes(), num_joints() * input}, "frames of an AGC-LSTM");
  if (initial.states.h.defined() && options_.attends && !options_.feeds_attended &&
      !initial.states.alpha.defined()) {
    throw ShapeError("initial states without alpha, expected it where Ĥ is fed back");
  }
  if (initial.states.alpha.defined() && !options_.attends) {
    throw ShapeError("initial states with alpha for a layer without attention, expected none");
  }
  const Variable terms =
      reshape(linear(gather_joints(x, neighbours_), weights_->input, weights_->bias),
              {x.rows(), num_joints() * weights_->recurrent.outputs()});
  PoolVector<Variable> variables = {terms, initial.states.h, initial.states.c,
                                    initial.states.alpha};
  weights_->append_variables(variables);
  auto cell = std::allocate_shared<AGCCell>(PoolAllocator<AGCCell>(), weights_, neighbours_,
                                            options_.feeds_attended, terms, schedule, initial);
  const PoolVector<Variable> states =
      run_recurrence(std::move(cell), schedule, variables, {}, sweep);
  return {states[0], states[1], options_.attends ? states[2] : Variable()};
}

Variable sum_of_joints(const Variable& h, std::size_t num_joints) {
  check_joints(h, num_joints);
  const std::size_t hidden = h.cols() / num_joints;
  Tensor sums = Tensor::zeros({h.rows(), hidden});
  add_joints(
      num_joints, h.value(), [](std::size_t, std::size_t) { return 1.0f; }, sums);
  return record(std::move(sums), {h}, [h, num_joints, hidden](const Tensor& d_sums) {
    Tensor& dh = h.mutable_gradient();
    for (std::size_t frame = 0; frame < h.rows(); ++frame) {
      for (std::size_t n = 0; n < num_joints; ++n) {
        kernels().add(hidden, d_sums.row(frame).data(), dh.row(frame).data() + n * hidden);
      }
    }
  });
}

Variable attended_sum_of_joints(const Variable& h, const Variable& alpha) {
  const std::size_t joints = alpha.cols();
  check_joints(h, joints);
  check_shape(alpha.shape(), {h.rows(), joints}, "alpha");
  const std::size_t hidden = h.cols() / joints;
  Tensor sums = Tensor::zeros({h.rows(), hidden});
  add_joints(
      joints, h.value(),
      [&](std::size_t frame, std::size_t n) {
        const float a = alpha.value().at(frame, n);
        return a / (1.0f + a);
      },
      sums);
  return record(std::move(sums), {h, alpha}, [h, alpha, joints, hidden](const Tensor& d_sums) {
    Tensor* const dh = h.requires_gradient() ? &h.mutable_gradient() : nullptr;
    Tensor* const d_alpha = alpha.requires_gradient() ? &alpha.mutable_gradient() : nullptr;
    for (std::size_t frame = 0; frame < h.rows(); ++frame) {
      const float* const d = d_sums.row(frame).data();
      for (std::size_t n = 0; n < joints; ++n) {
        const float share = 1.0f / (1.0f + alpha.value().at(frame, n));
        if (dh != nullptr) {
          kernels().add_scaled(hidden, 1.0f - share, d, dh->row(frame).data() + n * hidden);
        }
        if (d_alpha != nullptr) {
          d_alpha->at(frame, n) +=
              share * share * kernels().dot(hidden, d, h.value().row(frame).data() + n * hidden);
        }
      }
    }
  });
}

}  // namespace espalier
