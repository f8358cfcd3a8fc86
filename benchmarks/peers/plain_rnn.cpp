#include "benchmarks/peers/plain_rnn.h"

#include <algorithm>
#include <cmath>

namespace espalier::bench {
namespace {

using Row = std::vector<double>;

double sigmoid(double a) { return 1.0 / (1.0 + std::exp(-a)); }

// One sequence's place in a run: its state, and what the equations of a step are made of.
struct Place {
  const PlainRNN& rnn;
  const double* x;
  Row h, c;

  double input(std::size_t gate, std::size_t j) const {
    double sum = 0.0;
    for (std::size_t k = 0; k < rnn.input; ++k) {
      sum += x[k] * rnn.w[(k * rnn.gates() + gate) * rnn.hidden + j];
    }
    return sum + rnn.bias[gate * rnn.hidden + j];
  }

  double recurrent(const Row& state, std::size_t gate, std::size_t j) const {
    double sum = 0.0;
    for (std::size_t k = 0; k < rnn.hidden; ++k) {
      sum += state[k] * rnn.u[(k * rnn.gates() + gate) * rnn.hidden + j];
    }
    return sum;
  }

  double gate(std::size_t g, std::size_t j) const {
    return sigmoid(input(g, j) + recurrent(h, g, j));
  }
};

void step_lstm(Place& p) {
  Row h(p.h.size());
  for (std::size_t j = 0; j < h.size(); ++j) {
    const double update = std::tanh(p.input(2, j) + p.recurrent(p.h, 2, j));
    p.c[j] = p.gate(1, j) * p.c[j] + p.gate(0, j) * update;
    h[j] = p.gate(3, j) * std::tanh(p.c[j]);
  }
  p.h = h;
}

void step_gru(Place& p) {
  Row h(p.h.size()), kept(p.h.size());
  for (std::size_t j = 0; j < h.size(); ++j) kept[j] = p.gate(1, j) * p.h[j];
  for (std::size_t j = 0; j < h.size(); ++j) {
    const double u = p.gate(0, j);
    h[j] = u * p.h[j] + (1.0 - u) * std::tanh(p.input(2, j) + p.recurrent(kept, 2, j));
  }
  p.h = h;
}

void step_reset_after_gru(Place& p) {
  Row h(p.h.size());
  for (std::size_t j = 0; j < h.size(); ++j) {
    const double u = p.gate(0, j);
    const double past = p.recurrent(p.h, 2, j) + p.rnn.bias[3 * h.size() + j];
    h[j] = u * p.h[j] + (1.0 - u) * std::tanh(p.input(2, j) + p.gate(1, j) * past);
  }
  p.h = h;
}

}  // namespace

std::vector<double> PlainRNN::run() const {
  const auto step = cell == PlainCell::kLSTM  ? step_lstm
                    : cell == PlainCell::kGRU ? step_gru
                                              : step_reset_after_gru;
  std::vector<double> y(steps * batch * hidden);
  for (std::size_t b = 0; b < batch; ++b) {
    Place place{*this, nullptr, Row(hidden), Row(hidden)};
    for (std::size_t t = 0; t < steps; ++t) {
      place.x = x.data() + (t * batch + b) * input;
      step(place);
      std::copy(place.h.begin(), place.h.end(),
                y.begin() + static_cast<std::ptrdiff_t>((t * batch + b) * hidden));
    }
  }
  return y;
}

}  // namespace espalier::bench
