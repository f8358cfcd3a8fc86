// Why simple recurrent networks forget: the size of d h_T / d h_t over t, the product of the
// Jacobians of the steps between, for gradients that vanish, explode, or are kept by an LSTM.
// Writes gradient_flow.svg, or the file that is named.

#include <cmath>
#include <cstdlib>
#include <iostream>
#include <vector>

#include <espalier/espalier.h>

using namespace espalier;

namespace {

constexpr NodeId kSteps = 100;
constexpr int kSize = 16;

// The recurrent matrix becomes `factor` times an orthogonal one.
ElmanRNN scaled_rnn(float factor, Activation activation, Rng& rng) {
  ElmanRNN rnn({.input_size = kSize,
                .hidden_size = kSize,
                .activation = activation,
                .recurrent_init = RecurrentInit::kOrthogonal},
               rng);
  for (float& u : rnn.parameter("weight_hh").mutable_value().flat()) u *= factor;
  return rnn;
}

training::Line line(const char* name, const std::vector<double>& sizes) {
  training::Line result{.name = name, .points = {}};
  for (std::size_t t = 0; t < sizes.size(); ++t) {
    result.points.emplace_back(static_cast<double>(t), sizes[t]);
  }
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  Rng rng(1);
  const SequenceBatch sequence(std::vector<NodeId>{kSteps});
  const Schedule order = schedule(sequence, Direction::kForward);
  const Variable x(normal_tensor({kSteps, kSize}, 0.3f, rng));

  // Of h, or of an LSTM's memory cell, on which its h depends through the forget gates.
  const auto flow = [&](const RecurrentLayer& layer) {
    return gradient_flow(
        [&](const SweepOptions& sweep) { return layer.forward(x, order, {}, sweep).h; },
        /*target=*/kSteps - 1, /*part=*/layer.has_cell() ? 1 : 0);
  };
  const LSTM lstm({.input_size = kSize, .hidden_size = kSize, .forget_bias = 5.0f}, rng);
  const std::vector<double> exploding = flow(scaled_rnn(1.1f, Activation::kIdentity, rng));
  const std::vector<double> kept = flow(lstm);
  const std::vector<double> vanishing = flow(scaled_rnn(0.9f, Activation::kTanh, rng));

  const std::vector<training::Line> lines = {line("linear, rho = 1.1", exploding),
                                             line("LSTM, cell", kept),
                                             line("tanh, rho = 0.9", vanishing)};
  const char* const path = argc > 1 ? argv[1] : "gradient_flow.svg";
  write_file(path,
             training::line_plot_svg(lines, {.title = "What reaches step t from the last step",
                                             .x_label = "t",
                                             .y_label = "size of d h_T / d h_t",
                                             .log_y = true}));
  std::cout << "At step 0: exploding " << exploding[0] << ", LSTM " << kept[0] << ", vanishing "
            << vanishing[0] << "; see " << path << '\n';

  // 99 steps of the linear network are 1.1^99.
  const bool as_expected = std::abs(exploding[0] / std::pow(1.1, kSteps - 1) - 1.0) < 1e-3 &&
                           kept[0] > 100.0 * vanishing[0];
  return as_expected ? EXIT_SUCCESS : EXIT_FAILURE;
}
