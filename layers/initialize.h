#pragma once

#include <espalier/base/checks.h>
#include <espalier/ops/random.h>
#include <espalier/ops/tensor.h>

namespace espalier {

/// Numbers uniform in ±1/sqrt(fan_in), the default of the framework that the Tree-LSTM authors
/// used.
Tensor uniform_by_fan_in(const Shape& shape, std::size_t fan_in, Rng& rng);

/// A matrix uniform in ±sqrt(6 / (rows + columns)). Glorot and Bengio, "Understanding the
/// Difficulty of Training Deep Feedforward Neural Networks", AISTATS 2010.
Tensor glorot_uniform(const Shape& shape, Rng& rng);

/// How the matrices begin through which a state reaches the next one.
enum class RecurrentInit {
  kUniform,     ///< Uniform in ±1/sqrt(hidden_size), as PyTorch has it.
  kOrthogonal,  ///< Random orthogonal, each gate's by itself: no direction grows or shrinks (Saxe
                ///< et al., "Exact solutions to the nonlinear dynamics of learning in deep linear
                ///< neural networks", ICLR 2014).
  kIdentity,    ///< The identity, for relu (Le, Jaitly and Hinton, "A Simple Way to Initialize
                ///< Recurrent Networks of Rectified Linear Units", 2015, arXiv:1504.00941).
};

/// [num_gates * hidden_size, hidden_size]: a square matrix for each gate.
Tensor recurrent_matrix(RecurrentInit init, std::size_t num_gates, std::size_t hidden_size,
                        Rng& rng);

/// Biases with which a gate's units keep what they hold for 1 .. steps - 1 steps, each its own
/// time: log(uniform in 1 .. steps - 1). Tallec and Ollivier, "Can Recurrent Neural Networks Warp
/// Time?", ICLR 2018, arXiv:1804.11188, Sec. 3: chrono initialisation. Throws OptionError if
/// `steps` < 2.
Tensor chrono_biases(std::size_t hidden_size, int steps, Rng& rng);

}  // namespace espalier
