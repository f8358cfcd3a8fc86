#include <espalier/layers/initialize.h>

#include <cmath>

#include <espalier/base/error.h>
#include <espalier/base/memory.h>

namespace espalier {

Tensor uniform_by_fan_in(const Shape& shape, std::size_t fan_in, Rng& rng) {
  const float bound = 1.0f / std::sqrt(static_cast<float>(fan_in));
  return uniform_tensor(shape, -bound, bound, rng);
}

Tensor glorot_uniform(const Shape& shape, Rng& rng) {
  const float bound = std::sqrt(6.0f / static_cast<float>(shape[0] + shape[1]));
  return uniform_tensor(shape, -bound, bound, rng);
}

namespace {

// Rows of independent normal numbers, made orthonormal one after the other (Gram and Schmidt,
// twice, since once leaves rounding behind): uniform over all orthogonal matrices.
void fill_orthogonal(MutableMatrixView square, Rng& rng) {
  const std::size_t n = square.rows;
  PoolVector<double> rows(n * n);
  for (std::size_t r = 0; r < n; ++r) {
    double* const row = rows.data() + r * n;
    for (std::size_t c = 0; c < n; ++c) row[c] = static_cast<double>(rng.normal());
    for (int pass = 0; pass < 2; ++pass) {
      for (std::size_t other = 0; other < r; ++other) {
        const double* const unit = rows.data() + other * n;
        double along = 0.0;
        for (std::size_t c = 0; c < n; ++c) along += row[c] * unit[c];
        for (std::size_t c = 0; c < n; ++c) row[c] -= along * unit[c];
      }
    }
    double length = 0.0;
    for (std::size_t c = 0; c < n; ++c) length += row[c] * row[c];
    length = std::sqrt(length);
    for (std::size_t c = 0; c < n; ++c) {
      row[c] /= length;
      square.row(r)[c] = static_cast<float>(row[c]);
    }
  }
}

}  // namespace

Tensor recurrent_matrix(RecurrentInit init, std::size_t num_gates, std::size_t hidden_size,
                        Rng& rng) {
  const Shape shape = {num_gates * hidden_size, hidden_size};
  if (init == RecurrentInit::kUniform) return uniform_by_fan_in(shape, hidden_size, rng);
  Tensor matrix = Tensor::zeros(shape);
  for (std::size_t gate = 0; gate < num_gates; ++gate) {
    const std::size_t first = gate * hidden_size;
    if (init == RecurrentInit::kOrthogonal) {
      fill_orthogonal(matrix.view().slice(first, first + hidden_size), rng);
    } else {
      for (std::size_t i = 0; i < hidden_size; ++i) matrix.at(first + i, i) = 1.0f;
    }
  }
  return matrix;
}

Tensor chrono_biases(std::size_t hidden_size, int steps, Rng& rng) {
  if (steps < 2) throw OptionError(message("chrono_steps is ", steps, ", expected 2 or more"));
  Tensor biases = uniform_tensor({hidden_size}, 1.0f, static_cast<float>(steps - 1), rng);
  for (float& bias : biases.flat()) bias = std::log(bias);
  return biases;
}

}  // namespace espalier
