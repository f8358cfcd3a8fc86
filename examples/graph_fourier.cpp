// Signals on a graph, as they are filtered in the lectures: into the spectrum by the graph Fourier
// transform, times a filter's response, and back. The graph is a ring of stations, the signal a
// slow wave with noise, and the filter lets low frequencies pass. Writes graph_fourier.svg, or the
// file that is named.

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iomanip>
#include <iostream>
#include <numbers>
#include <vector>

#include <espalier/espalier.h>
#include <espalier/layers_spectral/graph_fourier.h>

using namespace espalier;

namespace {

constexpr NodeId kStations = 48;

// Each station and the next are connected, both ways: the graph is undirected.
Adjacency ring() {
  std::vector<Edge> edges;
  for (NodeId v = 0; v < kStations; ++v) {
    const NodeId next = (v + 1) % kStations;
    edges.push_back({v, next});
    edges.push_back({next, v});
  }
  return Adjacency::from_edges(kStations, kStations, edges);
}

// Nearly 1 below lambda = 0.12, nearly 0 above.
double response(double lambda) { return 1.0 / (1.0 + std::pow(lambda / 0.12, 4.0)); }

// Root of the mean square of the difference.
double distance(const Tensor& a, const Tensor& b) {
  double sum = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    sum += std::pow(static_cast<double>(a.data()[i]) - static_cast<double>(b.data()[i]), 2.0);
  }
  return std::sqrt(sum / static_cast<double>(a.size()));
}

training::Line line(const char* name, const Tensor& signal) {
  training::Line result{.name = name, .points = {}};
  for (NodeId v = 0; v < kStations; ++v) {
    result.points.emplace_back(static_cast<double>(v), static_cast<double>(signal.data()[v]));
  }
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  const GraphFourier fourier(laplacian(ring()));  // L = U diag(lambda) U^T.

  Rng rng(4);
  Tensor wave = Tensor::zeros({kStations, 1});
  for (NodeId v = 0; v < kStations; ++v) {
    const double turn = 2.0 * std::numbers::pi * static_cast<double>(v) / kStations;
    wave.data()[v] = static_cast<float>(std::sin(2.0 * turn) + 0.5 * std::cos(3.0 * turn));
  }
  const Variable clean(std::move(wave));
  const Variable noisy = clean + Variable(normal_tensor({kStations, 1}, 0.4f, rng));

  const Variable spectrum = fourier.transform(noisy);  // U^T x.
  Tensor passed = spectrum.value().clone();
  for (NodeId k = 0; k < kStations; ++k) {
    passed.data()[k] *= static_cast<float>(response(static_cast<double>(fourier.eigenvalues()[k])));
  }
  const Variable filtered = fourier.inverse(Variable(passed.clone()));  // U of it.

  std::cout << " k  lambda  response  spectrum  filtered\n" << std::fixed << std::setprecision(3);
  for (const NodeId k : {0u, 1u, 2u, 3u, 4u, 5u, 6u, 7u, 15u, 31u, 47u}) {
    const float lambda = fourier.eigenvalues()[k];
    std::cout << std::setw(2) << k << std::setw(8) << std::abs(lambda) << std::setw(10)
              << response(static_cast<double>(lambda)) << std::setw(10)
              << spectrum.value().data()[k] << std::setw(10) << passed.data()[k] << '\n';
  }
  const double before = distance(noisy.value(), clean.value());
  const double after = distance(filtered.value(), clean.value());
  const char* const path = argc > 1 ? argv[1] : "graph_fourier.svg";
  const std::vector<training::Line> lines = {line("with noise", noisy.value()),
                                             line("filtered", filtered.value()),
                                             line("without noise", clean.value())};
  write_file(path, training::line_plot_svg(lines, {.title = "A signal on a ring, filtered",
                                                   .x_label = "station",
                                                   .y_label = "signal"}));
  std::cout << "From the wave without noise: " << before << " before, " << after << " after; see "
            << path << '\n';

  // There and back is where it began; and the three steps are filter() in one.
  const bool as_expected =
      distance(fourier.inverse(spectrum).value(), noisy.value()) < 1e-5 &&
      distance(fourier.filter(noisy, response).value(), filtered.value()) < 1e-5 &&
      after < 0.5 * before;
  return as_expected ? EXIT_SUCCESS : EXIT_FAILURE;
}
