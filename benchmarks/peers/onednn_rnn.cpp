// oneDNN's own recurrent layers at the sizes of torch_rnn.py: 32 sequences, 300 inputs, 256 hidden
// units. `equal` lengths are 50 steps; `ragged` ones, 5 + (i * 29 + 7) % 46 for sequence i, are
// padded to 50, for the primitives know one length only, so the work is the same and only the real
// steps count. A training step brings the weights into the primitives' layouts (they are new each
// time), runs forward and backward as far as the input, brings gradients back and takes a step of
// SGD.

#include <cmath>
#include <cstdint>
#include <random>
#include <span>
#include <vector>

#include <benchmark/benchmark.h>

#include "benchmarks/peers/onednn_layer.h"
#include "benchmarks/peers/plain_rnn.h"

// Debian's oneDNN runs on OpenMP.
extern "C" void omp_set_num_threads(int) __attribute__((weak));

namespace espalier::bench {
namespace {

constexpr OneDNNSizes kSizes{.steps = 50, .batch = 32, .input = 300, .hidden = 256};
constexpr OneDNNSizes kSmall{.steps = 4, .batch = 3, .input = 5, .hidden = 6};

std::int64_t num_ragged_tokens() {
  std::int64_t sum = 0;
  for (std::int64_t i = 0; i < kSizes.batch; ++i) sum += 5 + (i * 29 + 7) % 46;
  return sum;
}

std::span<float> values(const dnnl::memory& m) {
  return {static_cast<float*>(m.get_data_handle()), m.get_desc().get_size() / sizeof(float)};
}

std::vector<double> in_double(const dnnl::memory& m) {
  return {values(m).begin(), values(m).end()};
}

void fill(const dnnl::memory& m, float bound, std::mt19937& random) {
  std::uniform_real_distribution<float> uniform(-bound, bound);
  for (float& value : values(m)) value = uniform(random);
}

template <class Cell>
void fill_all(OneDNNLayer<Cell>& layer, float bound) {
  using Layer = OneDNNLayer<Cell>;
  std::mt19937 random(1);
  fill(layer.x(), 1.0f, random);
  for (const auto p : {Layer::kW, Layer::kU, Layer::kBias}) fill(layer.parameter(p), bound, random);
  if (layer.y_gradient()) fill(layer.y_gradient(), 1.0f, random);
}

bool close(double a, double b, double tolerance) {
  return std::abs(a - b) <= tolerance * (1.0 + std::abs(b));
}

// Central differences of sum(y * dy) by every number in `at`, which is one of rnn's own arrays.
bool gradient_agrees(const PlainRNN& rnn, std::vector<double>& at, const dnnl::memory& y_gradient,
                     const dnnl::memory& gradient) {
  const auto loss = [&] {
    double sum = 0.0;
    const std::vector<double> y = rnn.run();
    for (std::size_t i = 0; i < y.size(); ++i) sum += y[i] * values(y_gradient)[i];
    return sum;
  };
  constexpr double kStep = 1e-4;
  for (std::size_t i = 0; i < at.size(); ++i) {
    const double value = at[i];
    at[i] = value + kStep;
    const double above = loss();
    at[i] = value - kStep;
    const double below = loss();
    at[i] = value;
    if (!close(values(gradient)[i], (above - below) / (2.0 * kStep), 1e-4)) return false;
  }
  return true;
}

// States and all gradients of a small layer are those of the equations: what is timed must be
// right.
template <class Cell>
bool agrees(typename OneDNNLayer<Cell>::Use use) {
  using Layer = OneDNNLayer<Cell>;
  Layer layer(kSmall, use);
  fill_all(layer, 0.7f);
  PlainRNN rnn{.cell = Cell::kPlain,
               .steps = kSmall.steps,
               .batch = kSmall.batch,
               .input = kSmall.input,
               .hidden = kSmall.hidden,
               .x = in_double(layer.x()),
               .w = in_double(layer.parameter(Layer::kW)),
               .u = in_double(layer.parameter(Layer::kU)),
               .bias = in_double(layer.parameter(Layer::kBias))};
  layer.take_weights();
  layer.forward();
  const std::vector<double> y = rnn.run();
  for (std::size_t i = 0; i < y.size(); ++i) {
    if (!close(values(layer.y())[i], y[i], 1e-5)) return false;
  }
  if (use == Layer::Use::kInference) return true;
  layer.backward();
  const dnnl::memory& dy = layer.y_gradient();
  return gradient_agrees(rnn, rnn.x, dy, layer.x_gradient()) &&
         gradient_agrees(rnn, rnn.w, dy, layer.gradient(Layer::kW)) &&
         gradient_agrees(rnn, rnn.u, dy, layer.gradient(Layer::kU)) &&
         gradient_agrees(rnn, rnn.bias, dy, layer.gradient(Layer::kBias));
}

template <class Cell>
void train_step(OneDNNLayer<Cell>& layer) {
  using Layer = OneDNNLayer<Cell>;
  constexpr float kLearningRate = 1e-4f;
  layer.take_weights();
  layer.forward();
  layer.backward();
  for (const auto p : {Layer::kW, Layer::kU, Layer::kBias}) {
    float* const to = values(layer.parameter(p)).data();
    const std::span<const float> gradient = values(layer.gradient(p));
    for (std::size_t i = 0; i < gradient.size(); ++i) to[i] -= kLearningRate * gradient[i];
  }
}

// Items are the tokens of equal lengths; the counter `ragged` is tokens per second of ragged ones.
template <class Cell, class Step>
void run(benchmark::State& state, typename OneDNNLayer<Cell>::Use use, const Step& step) {
  if (omp_set_num_threads == nullptr) {
    state.SkipWithError("oneDNN is not built on OpenMP: its threads cannot be set here");
    return;
  }
  omp_set_num_threads(static_cast<int>(state.range(0)));
  if (!agrees<Cell>(use)) {
    state.SkipWithError("differs from the equations");
    return;
  }
  OneDNNLayer<Cell> layer(kSizes, use);
  fill_all(layer, 1.0f / 16.0f);  // 1 / sqrt(hidden), as PyTorch does.
  layer.take_weights();
  for (auto _ : state) step(layer);
  state.SetItemsProcessed(state.iterations() * kSizes.steps * kSizes.batch);
  state.counters["ragged"] = benchmark::Counter(static_cast<double>(num_ragged_tokens()),
                                                benchmark::Counter::kIsIterationInvariantRate);
}

template <class Cell>
void train(benchmark::State& state) {
  run<Cell>(state, OneDNNLayer<Cell>::Use::kTraining, [](auto& layer) { train_step(layer); });
}

template <class Cell>
void infer(benchmark::State& state) {
  run<Cell>(state, OneDNNLayer<Cell>::Use::kInference, [](auto& layer) { layer.forward(); });
}

void onednn_lstm_train(benchmark::State& state) { train<OneDNNLSTM>(state); }
void onednn_lstm_infer(benchmark::State& state) { infer<OneDNNLSTM>(state); }
void onednn_gru_train(benchmark::State& state) { train<OneDNNGRU>(state); }
void onednn_gru_infer(benchmark::State& state) { infer<OneDNNGRU>(state); }
void onednn_reset_after_gru_train(benchmark::State& state) { train<OneDNNResetAfterGRU>(state); }
void onednn_reset_after_gru_infer(benchmark::State& state) { infer<OneDNNResetAfterGRU>(state); }

#define ESPALIER_BY_THREADS(name) \
  BENCHMARK(name)->ArgName("threads")->Arg(1)->Arg(2)->UseRealTime()->MeasureProcessCPUTime()
ESPALIER_BY_THREADS(onednn_lstm_train);
ESPALIER_BY_THREADS(onednn_lstm_infer);
ESPALIER_BY_THREADS(onednn_gru_train);
ESPALIER_BY_THREADS(onednn_gru_infer);
ESPALIER_BY_THREADS(onednn_reset_after_gru_train);
ESPALIER_BY_THREADS(onednn_reset_after_gru_infer);

}  // namespace
}  // namespace espalier::bench
